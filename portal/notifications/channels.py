"""What every channel can do: take one text or email, and say what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One message, complete: `message_id` is the same on every try, so that a receiver can tell a repeat."""

    message_id: str
    channel: Literal["sms", "email"]
    to: str
    subject: str | None
    text: str
    html: str | None
    sender_name: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel took the message; `delivered` only where it knows that it arrived."""

    gateway_ref: str | None
    delivered: bool


class SendFailed(Exception):
    """The channel did not take the message; `final` when another try cannot help. `reason` names no person."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Channel(Protocol):
    """A way to reach a customer."""

    name: str

    def send(self, outgoing: OutgoingText) -> Receipt:
        """Hand the message over. Raises SendFailed, and nothing else, when that does not work."""
