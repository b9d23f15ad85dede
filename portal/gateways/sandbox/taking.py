"""How the sandbox takes money: what each card answers, one line in the ledger for each key."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from portal.gateways.base import ChargeOrder, ChargeResult, Decline
from portal.gateways.sandbox.cards import BY_NAME, Card
from portal.gateways.sandbox.store import cards, ledger

WORDS = {
    "approved": "Approved",
    "card_declined": "Do not honor",
    "insufficient_funds": "Insufficient funds",
    "no_such_card": "No such card",
}


def take(connection: Connection, order: ChargeOrder) -> tuple[ChargeResult, bool]:
    """One line in the ledger, and whether its answer shall get lost; the caller has looked for the key before."""
    card = _card(connection, order.method_ref)
    code = _answer_of(card, _declines(connection, order.method_ref))
    entry = {
        "idempotency_key": order.key,
        "ref": f"sbx_{hashlib.sha256(order.key.encode()).hexdigest()[:16]}",
        "site_id": str(order.site_id),
        "card_ref": order.method_ref,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "outcome": "captured" if code == "approved" else "declined",
        "code": code,
        "description": order.description,
        "reference": order.reference,
        "at": order.at,
    }
    connection.execute(insert(ledger).values(entry))
    written = connection.execute(select(ledger).where(ledger.c.idempotency_key == order.key)).one()
    return result_of(written), card is not None and card.charging == "lose_answer"


def asks_bank(connection: Connection, card_ref: str) -> bool:
    """True for the card whose bank wants to be asked before each payment."""
    card = _card(connection, card_ref)
    return card is not None and card.charging == "ask_bank"


def result_of(entry: Row[Any]) -> ChargeResult:
    """A line of the ledger as the gateway's answer."""
    if entry.outcome == "captured":
        return ChargeResult("succeeded", entry.ref, code=entry.code, words=WORDS[entry.code])
    decline: Decline = "soft" if entry.code == "insufficient_funds" else "hard"
    return ChargeResult("failed", entry.ref, code=entry.code, decline=decline, words=WORDS[entry.code])


def _card(connection: Connection, ref: str) -> Card | None:
    name = connection.scalar(select(cards.c.behavior).where(cards.c.ref == ref))
    return BY_NAME.get(name) if name else None


def _declines(connection: Connection, card_ref: str) -> int:
    mine = select(func.count()).where(ledger.c.card_ref == card_ref, ledger.c.outcome == "declined")
    return connection.scalar(mine) or 0


def _answer_of(card: Card | None, declines: int) -> str:
    if card is None:
        return "no_such_card"
    if card.charging == "decline_hard":
        return "card_declined"
    if card.charging == "decline_twice" and declines < 2:
        return "insufficient_funds"
    return "approved"
