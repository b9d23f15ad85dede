"""The sandbox as a gateway: honours idempotency keys, declines, bank checks, and loses an answer when asked to."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from portal.core.faults import reach
from portal.gateways.base import (
    NO_ANSWER,
    ChargeOrder,
    ChargeResult,
    Decline,
    GatewayCharge,
    Pace,
    RefundOrder,
    RefundResult,
    SavedMethod,
    SetupOrder,
    SetupPage,
    SetupState,
)
from portal.gateways.sandbox import refunds
from portal.gateways.sandbox.cards import BY_NAME, Card
from portal.gateways.sandbox.store import Store, cards, ledger, setups

WORDS = {
    "approved": "Approved",
    "card_declined": "Do not honor",
    "insufficient_funds": "Insufficient funds",
    "no_such_card": "No such card",
}


class SandboxGateway:
    """Implements portal.gateways.base.Gateway over its own store."""

    name = "sandbox"

    def __init__(self, store: Store) -> None:
        self.store = store

    def pace(self, site_id: uuid.UUID) -> Pace | None:
        return None

    async def charge(self, order: ChargeOrder) -> ChargeResult:
        return await asyncio.to_thread(self._charge, order)

    async def look_up(self, site_id: uuid.UUID, key: str) -> ChargeResult | None:
        return await asyncio.to_thread(self._look_up, key)

    async def refund(self, order: RefundOrder) -> RefundResult:
        return await asyncio.to_thread(refunds.give_back, self.store, order, "refunded")

    async def void(self, order: RefundOrder) -> RefundResult:
        return await asyncio.to_thread(refunds.give_back, self.store, order, "voided")

    async def look_up_refund(self, site_id: uuid.UUID, key: str) -> RefundResult | None:
        return await asyncio.to_thread(refunds.look_up, self.store, key)

    def open_setup(self, order: SetupOrder) -> SetupPage:
        ref = f"sbs_{order.setup_id.hex}"
        with self.store.writing() as connection:
            if connection.execute(select(setups.c.ref).where(setups.c.ref == ref)).first() is None:
                connection.execute(
                    insert(setups).values(
                        ref=ref,
                        setup_id=str(order.setup_id),
                        site_id=str(order.site_id),
                        merchant_name=order.merchant_name,
                        description=order.description,
                        amount_text=order.amount_text,
                        return_path=order.return_path,
                        status="open",
                        opened_at=order.at,
                    )
                )
        return SetupPage(ref, f"/sandbox/setup/{ref}")

    def setup_state(self, gateway_ref: str) -> SetupState:
        with self.store.writing() as connection:
            setup = connection.execute(select(setups).where(setups.c.ref == gateway_ref)).first()
            if setup is None:
                return SetupState("expired")
            if setup.status != "saved":
                return SetupState("open")
            row = connection.execute(select(cards).where(cards.c.ref == setup.card_ref)).one()
        reach("gateway.setup_read")
        return SetupState("saved", SavedMethod(row.ref, row.brand, row.last4, row.exp_month, row.exp_year))

    def charges(self, site_id: uuid.UUID) -> Iterable[GatewayCharge]:
        for row in self.entries(site_id):
            if row.outcome in {"captured", "declined"}:
                yield GatewayCharge(
                    key=row.idempotency_key,
                    gateway_ref=row.ref,
                    amount_minor=row.amount_minor,
                    currency=row.currency,
                    outcome=row.outcome,
                    code=row.code,
                    reference=row.reference,
                    at=row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at,
                )

    def entries(self, site_id: uuid.UUID) -> Sequence[Row[Any]]:
        """The ledger of a site, oldest first."""
        with self.store.writing() as connection:
            mine = select(ledger).where(ledger.c.site_id == str(site_id))
            return connection.execute(mine.order_by(ledger.c.position)).all()

    def _charge(self, order: ChargeOrder) -> ChargeResult:
        with self.store.writing() as connection:
            self.store.lock(connection, order.key)
            before = connection.execute(select(ledger).where(ledger.c.idempotency_key == order.key)).first()
            if before is not None:
                return _result(before)
            self.store.lock(connection, order.method_ref)
            result, loses_answer = self._take(connection, order)
        reach("gateway.charged")
        return NO_ANSWER if loses_answer else result

    def _take(self, connection: Connection, order: ChargeOrder) -> tuple[ChargeResult, bool]:
        card = self._card(connection, order.method_ref)
        code = _answer_of(card, self._declines(connection, order.method_ref))
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
        return _result(written), card is not None and card.charging == "lose_answer"

    def _card(self, connection: Connection, ref: str) -> Card | None:
        name = connection.scalar(select(cards.c.behavior).where(cards.c.ref == ref))
        return BY_NAME.get(name) if name else None

    def _declines(self, connection: Connection, card_ref: str) -> int:
        mine = select(func.count()).where(ledger.c.card_ref == card_ref, ledger.c.outcome == "declined")
        return connection.scalar(mine) or 0

    def _look_up(self, key: str) -> ChargeResult | None:
        with self.store.writing() as connection:
            row = connection.execute(select(ledger).where(ledger.c.idempotency_key == key)).first()
        return None if row is None else _result(row)


def _answer_of(card: Card | None, declines: int) -> str:
    if card is None:
        return "no_such_card"
    if card.charging == "decline_hard":
        return "card_declined"
    if card.charging == "decline_twice" and declines < 2:
        return "insufficient_funds"
    return "approved"


def _result(entry: Row[Any]) -> ChargeResult:
    if entry.outcome == "captured":
        return ChargeResult("succeeded", entry.ref, code=entry.code, words=WORDS[entry.code])
    decline: Decline = "soft" if entry.code == "insufficient_funds" else "hard"
    return ChargeResult("failed", entry.ref, code=entry.code, decline=decline, words=WORDS[entry.code])
