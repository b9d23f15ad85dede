"""What can go wrong, in plain words: each error has a code, a status and a sentence that says what to do next."""

from __future__ import annotations

from dataclasses import dataclass


class PortalError(Exception):
    """Base of every refusal. `code` is stable for programs, the message is for people."""

    status = 400
    code = "refused"
    message = "This cannot be done."
    passes = False  # True where it is over by itself within seconds, so that the same call may be repeated

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message or self.message)
        if code:
            self.code = code


class NotFound(PortalError):
    status, code, message = 404, "not_found", "There is nothing with this id."


class NotAllowedNow(PortalError):
    """The state does not allow the event; nothing has changed (contract section 5)."""

    status, code, message = 409, "not_allowed", "This is not possible in the present state."


class VersionMismatch(PortalError):
    status, code, message = 412, "version_mismatch", "It was changed since you read it. Read it again, then repeat."


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong field: `kind` is missing or invalid, `field` as the caller spells it, `message` says what to do."""

    field: str
    kind: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind} {self.field}"


class InvalidFields(PortalError):
    """One or more fields cannot be used; nothing has been done."""

    status, code = 422, "invalid_fields"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(map(str, problems)))
        self.problems = problems


def invalid(field: str, message: str) -> InvalidFields:
    return InvalidFields([Problem(field, "invalid", message)])
