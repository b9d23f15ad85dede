"""The sandbox as a gateway: honours idempotency keys, declines, bank checks, and loses an answer when asked to."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select

from portal.core.faults import reach
from portal.gateways.base import (
    NO_ANSWER,
    ApprovalOrder,
    ChargeOrder,
    ChargeResult,
    GatewayCharge,
    Pace,
    PayOrder,
    PayState,
    RefundOrder,
    RefundResult,
    SavedMethod,
    SetupOrder,
    SetupPage,
    SetupState,
)
from portal.gateways.sandbox import approvals, paying, refunds, taking
from portal.gateways.sandbox.store import Store, cards, ledger, setups


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

    async def call_off(self, site_id: uuid.UUID, key: str) -> ChargeResult:
        return await asyncio.to_thread(self._call_off, key)

    def approval_page(self, order: ApprovalOrder) -> str | None:
        return approvals.page(self.store, order)

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

    def open_payment(self, order: PayOrder) -> SetupPage:
        return paying.open_page(self.store, order)

    def payment_state(self, gateway_ref: str, at: datetime, *, end: bool = False) -> PayState:
        state = paying.state(self.store, gateway_ref, at, end=end)
        reach("gateway.payment_read")
        return state

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
                return taking.result_of(before)
            self.store.lock(connection, order.method_ref)
            if taking.asks_bank(connection, order.method_ref):
                return approvals.ask(connection, order)
            result, loses_answer = taking.take(connection, order)
        reach("gateway.charged")
        return NO_ANSWER if loses_answer else result

    def _look_up(self, key: str) -> ChargeResult | None:
        with self.store.writing() as connection:
            row = connection.execute(select(ledger).where(ledger.c.idempotency_key == key)).first()
            return taking.result_of(row) if row is not None else approvals.look_up(connection, key)

    def _call_off(self, key: str) -> ChargeResult:
        with self.store.writing() as connection:
            self.store.lock(connection, key)
            row = connection.execute(select(ledger).where(ledger.c.idempotency_key == key)).first()
            return taking.result_of(row) if row is not None else approvals.call_off(connection, key)
