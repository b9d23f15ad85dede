"""Which state of a subscription a caller saw before changing it; where it is another one by now, nothing is done."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import VersionMismatch
from portal.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Seen:
    """`sequences`: one of these, or with "*" any state of one that exists (RFC 9110 section 13.1.1); None: not said.

    `version`: of the terms; a subscription that is only being added has none to contradict it.
    """

    sequences: frozenset[str] | None = None
    version: int | None = None

    def require(self, present: Subscription | None) -> None:
        """Raises VersionMismatch; `present` is locked, or None where there is none yet."""
        if self.sequences is not None and not (present and self.sequences & {"*", str(present.sequence)}):
            raise VersionMismatch
        if self.version is not None and present is not None and self.version != present.version:
            raise VersionMismatch


NOTHING = Seen()
