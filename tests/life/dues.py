"""What the model knows of cards and of one period's debt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

RETRIES = (timedelta(hours=2), timedelta(days=1), timedelta(days=3), timedelta(days=5), timedelta(days=7))
NUMBERS = {
    "good": "4242 4242 4242 4242",
    "soft": "4000 0000 0000 9995",
    "hard": "4000 0000 0000 0341",
    "bank": "4000 0025 0000 3155",
    "lost": "4000 0000 0000 4954",
    "not saved": "4000 0000 0000 0002",
}


@dataclass(eq=False)
class Card:
    """A saved test card; the soft one refuses twice, then pays."""

    kind: str
    refusals: int = 0

    @property
    def loses_answers(self) -> bool:
        return self.kind == "lost"

    def refusal(self) -> Literal["soft", "hard"] | None:
        if self.kind == "hard" or (self.kind == "soft" and self.refusals < 2):
            self.refusals += 1
            return "hard" if self.kind == "hard" else "soft"
        return None


@dataclass(eq=False)
class Due:
    """One period's debt. `at`: the next try or question; `captured`: what the bank took for it."""

    slot: date
    amount: int
    card: Card
    at: datetime | None
    status: str = "open"
    tries: int = 0
    first_failed: datetime | None = None
    refusal: str | None = None
    is_unknown: bool = False
    captured: int | None = None
    returned: int = 0
    taken_on: datetime | None = None
    back_at: datetime | None = None
    is_voided: bool = False

    def by_another(self, card: Card, now: datetime) -> None:
        """Another card tries at once and has a window of its own."""
        self.card, self.at, self.tries, self.first_failed, self.refusal = card, now, 0, None, None

    def goes_back(self, amount: int, now: datetime) -> None:
        """The card that loses answers loses this one too: what became of it is known a minute later."""
        self.returned += amount
        self.back_at = now + timedelta(minutes=self.card.loses_answers)
        self.comes_back(now)

    def comes_back(self, now: datetime) -> None:
        if self.back_at is not None and self.back_at <= now:
            self.back_at = None
            self.status = "void" if self.is_voided else self.status

    def next_try(self, now: datetime) -> datetime | None:
        """Offsets from the first refusal; what has passed is not made up for at once."""
        assert self.first_failed is not None
        if self.refusal == "hard":
            return self.first_failed + RETRIES[-1]
        if self.tries > len(RETRIES):
            return None
        at = self.first_failed + RETRIES[self.tries - 1]
        return at if at > now else now + timedelta(days=1)
