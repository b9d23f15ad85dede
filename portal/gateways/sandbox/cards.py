"""Test cards and how each behaves (contract section 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Charging = Literal["take", "decline_hard", "decline_twice", "lose_answer", "ask_bank"]


@dataclass(frozen=True, slots=True)
class Card:
    """What a test card does. `name` is what is stored, never the number; `refusal` says why saving fails."""

    name: str
    brand: str
    charging: Charging = "take"
    refusal: str | None = None
    bank_check: bool = False


CARDS = {
    "4242424242424242": Card("good", "Visa"),
    "4000000000000002": Card(
        "refused_when_saved", "Visa", refusal="Your bank refused this card. Use another card, or ask your bank why."
    ),
    "4000000000000341": Card("declined_when_charged", "Visa", charging="decline_hard"),
    "4000000000009995": Card("no_funds_twice", "Visa", charging="decline_twice"),
    "4000002500003155": Card("bank_check", "Visa", bank_check=True),
    "4000000000000069": Card("expired", "Visa", refusal="This card has expired. Use another card."),
    "4000000000004954": Card("lost_answer", "Visa", charging="lose_answer"),
    "4000002760003184": Card("asks_bank_each_time", "Visa", charging="ask_bank"),  # beyond the contract's list
    "5555555555554444": Card("good_mastercard", "Mastercard"),
}

BY_NAME = {card.name: card for card in CARDS.values()}


def card(number: str) -> Card | None:
    """The test card with this number (digits only), or None: nothing but test cards works in the sandbox."""
    return CARDS.get(number)
