"""What the sandbox's own pages do: save a card for a setup, or send the customer to the bank first."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import insert, select, update

from portal.gateways.sandbox.cards import card
from portal.gateways.sandbox.store import Store, cards, setups


@dataclass(frozen=True, slots=True)
class OpenSetup:
    """A setup as the gateway's page shows it."""

    ref: str
    setup_id: uuid.UUID
    site_id: uuid.UUID
    merchant_name: str
    description: str
    amount_text: str
    return_path: str
    status: str


@dataclass(frozen=True, slots=True)
class CardEntry:
    """What was typed, already checked for form: digits only, month 1–12, four-digit year."""

    number: str
    exp_month: int
    exp_year: int


class CardRefused(Exception):
    """The bank does not let this card be saved; the message is for the customer."""


def find(store: Store, ref: str) -> OpenSetup | None:
    with store.writing() as connection:
        row = connection.execute(select(setups).where(setups.c.ref == ref)).first()
    if row is None:
        return None
    return OpenSetup(
        row.ref,
        uuid.UUID(row.setup_id),
        uuid.UUID(row.site_id),
        row.merchant_name,
        row.description,
        row.amount_text,
        row.return_path,
        row.status,
    )


def save(store: Store, setup: OpenSetup, entry: CardEntry) -> Literal["saved", "bank_check"]:
    """Save the card; a card that wants a bank check is kept aside until the bank has answered. Raises CardRefused."""
    kind = card(entry.number)
    if kind is None:
        raise CardRefused("Only test cards work here. Use 4242 4242 4242 4242.")
    if kind.refusal:
        raise CardRefused(kind.refusal)
    status: Literal["saved", "bank_check"] = "bank_check" if kind.bank_check else "saved"
    ref = f"sbc_{secrets.token_hex(12)}"
    with store.writing() as connection:
        moved = connection.execute(
            update(setups)
            .where(setups.c.ref == setup.ref, setups.c.status.in_(["open", "bank_check"]))
            .values(status=status, card_ref=ref)
        )
        if moved.rowcount:
            connection.execute(
                insert(cards).values(
                    ref=ref,
                    site_id=str(setup.site_id),
                    behavior=kind.name,
                    brand=kind.brand,
                    last4=entry.number[-4:],
                    exp_month=entry.exp_month,
                    exp_year=entry.exp_year,
                )
            )
    return status


def bank_answered(store: Store, setup: OpenSetup, *, approved: bool) -> None:
    """The bank's word: the card is saved, or the customer may type another one."""
    values = {"status": "saved"} if approved else {"status": "open", "card_ref": None}
    with store.writing() as connection:
        connection.execute(
            update(setups).where(setups.c.ref == setup.ref, setups.c.status == "bank_check").values(values)
        )
