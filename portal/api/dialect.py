"""Which dialect a path speaks, how it writes an error, and how its callers may give their key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from flask import Response

from portal.api.credentials import Way, bearer
from portal.core.errors import InvalidFields, NotAllowedNow, NotFound, PortalError, VersionMismatch
from portal.sites.kept_answers import AnswerLost, KeyInUse, KeyUsedOtherwise


class Case(Enum):
    """The cases whose status differs from dialect to dialect (contract section 5)."""

    UNKNOWN_ID = "unknown id"
    BAD_FIELD = "bad field"
    NOT_ALLOWED = "not allowed in this state"
    VERSION = "version does not match"


STATUS = {
    #                  native  fundraising  hyperline  paymennt
    Case.UNKNOWN_ID: (404, 404, 404, 400),
    Case.BAD_FIELD: (422, 400, 400, 400),
    Case.NOT_ALLOWED: (409, 400, 400, 400),
    Case.VERSION: (412, 412, 412, 400),
}
COLUMNS = ("native", "fundraising", "hyperline", "paymennt")
# Where a call is repeated under its key, every dialect answers alike.
_ALIKE = (KeyInUse, KeyUsedOtherwise, AnswerLost)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect of the API. A folder in api/ makes one and opens its blueprint by `door.guard`.

    `prefix`: the path under which all its addresses are, without a slash at the end. `write_error(error, status)`
    makes the whole answer but for headers that every dialect has. `key_ways`: how a key may be given, tried in order.
    """

    name: str
    prefix: str
    write_error: Callable[[PortalError, int], Response]
    key_ways: tuple[Way, ...] = (bearer,)

    def refuse(self, error: PortalError) -> Response:
        """The error in the shape of this dialect and with its status."""
        status = self.status_of(error)
        response = self.write_error(error, status)
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def status_of(self, error: PortalError) -> int:
        case = _case(error)
        return error.status if case is None else STATUS[case][COLUMNS.index(self.name)]


_registered: dict[str, Dialect] = {}


def register(dialect: Dialect) -> None:
    """Make a dialect known; `door.guard` does it for every blueprint that it opens."""
    assert dialect.name in COLUMNS, f"{dialect.name} has no column in the table of statuses"
    _registered[dialect.prefix] = dialect


def of(path: str) -> Dialect | None:
    """The dialect of this path; None for pages."""
    asked = path.lower()
    for prefix, dialect in _registered.items():
        if asked == prefix or asked.startswith(f"{prefix}/"):
            return dialect
    return None


def _case(error: PortalError) -> Case | None:
    """None: the status is the error's own in every dialect."""
    if isinstance(error, _ALIKE):
        return None
    if isinstance(error, NotFound):
        return Case.UNKNOWN_ID
    if isinstance(error, VersionMismatch):
        return Case.VERSION
    if isinstance(error, InvalidFields) or error.status == 422:
        return Case.BAD_FIELD
    return Case.NOT_ALLOWED if isinstance(error, NotAllowedNow) or error.status == 409 else None
