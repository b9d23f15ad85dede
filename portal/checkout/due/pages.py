"""The view models of an instalment's pages beside due.html: finished words only, as of every page of the customer."""

from __future__ import annotations

from dataclasses import dataclass

from portal.checkout.parts import MethodText, PageLink, Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidPage:
    """due/paid.html. `returned_text`: what was sent back since; `next_day_text` empty: no further link will come."""

    shell: Shell
    amount_text: str
    paid_on_text: str
    paid_on_iso: str
    number: str = ""
    method: MethodText | None = None
    returned_text: str = ""
    next_day_text: str = ""
    next_day_iso: str = ""
    receipt: PageLink | None = None
    go_on: PageLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CanceledPage:
    """due/canceled.html (410): the merchant does not ask for this payment any more."""

    shell: Shell
    reference: str = ""
