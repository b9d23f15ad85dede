"""What the sandbox's own page for one payment does: taken once, by the key that it was opened with."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from portal.core.faults import reach
from portal.gateways.base import ChargeOrder, PayOrder, PayState, SavedMethod, SetupPage
from portal.gateways.sandbox import taking
from portal.gateways.sandbox.cards import Card, card
from portal.gateways.sandbox.saving import CardEntry, CardRefused
from portal.gateways.sandbox.store import Store, cards, ledger, pays

Step = Literal["over", "bank_check", "expired", "lost"]


@dataclass(frozen=True, slots=True)
class OpenPay:
    """A payment as the gateway's page shows it; `status` open, bank_check, over or expired."""

    ref: str
    visit_id: uuid.UUID
    site_id: uuid.UUID
    merchant_name: str
    description: str
    amount_text: str
    return_path: str
    status: str


def open_page(store: Store, order: PayOrder) -> SetupPage:
    """The page of this visit; a second call, or another visit with the same key, finds the first one's."""
    ref = f"sbp_{order.visit_id.hex}"
    with store.writing() as connection:
        store.lock(connection, order.key)
        before = connection.scalar(select(pays.c.ref).where(pays.c.idempotency_key == order.key))
        ref = before or ref
        if before is None:
            connection.execute(
                insert(pays).values(
                    ref=ref,
                    visit_id=str(order.visit_id),
                    idempotency_key=order.key,
                    reference=order.reference,
                    site_id=str(order.site_id),
                    merchant_name=order.merchant_name,
                    description=order.description,
                    amount_minor=order.amount_minor,
                    currency=order.currency,
                    amount_text=order.amount_text,
                    return_path=order.return_path,
                    status="open",
                    opened_at=order.at,
                    expires_at=order.expires_at,
                )
            )
    return SetupPage(ref, f"/sandbox/pay/{ref}")


def find(store: Store, ref: str) -> OpenPay | None:
    with store.writing() as connection:
        row = _find(connection, ref)
    if row is None:
        return None
    return OpenPay(
        row.ref,
        uuid.UUID(row.visit_id),
        uuid.UUID(row.site_id),
        row.merchant_name,
        row.description,
        row.amount_text,
        row.return_path,
        row.status,
    )


def pay(store: Store, ref: str, entry: CardEntry, at: datetime) -> Step:
    """Take the money by this card, or send the customer to the bank first. Raises CardRefused: nothing was tried.

    `lost`: taken, and this gateway forgets to tell the portal (its test card asks for that).
    """
    kind = card(entry.number)
    if kind is None:
        raise CardRefused("Only test cards work here. Use 4242 4242 4242 4242.")
    if kind.refusal:
        raise CardRefused(kind.refusal)
    with store.writing() as connection:
        row = _locked(store, connection, ref, at)
        if row.status not in {"open", "bank_check"}:
            return "over" if row.status == "over" else "expired"
        card_ref = _keep(connection, row, kind, entry)
        if kind.bank_check:
            connection.execute(update(pays).where(pays.c.ref == ref).values(status="bank_check", card_ref=card_ref))
            return "bank_check"
        lost = _take(connection, row, card_ref, at)
    reach("gateway.paid")
    return "lost" if lost else "over"


def bank_answered(store: Store, ref: str, at: datetime, *, approved: bool) -> Step:
    """The bank's word: the money is taken, or the customer may type another card."""
    with store.writing() as connection:
        row = _locked(store, connection, ref, at)
        if row.status != "bank_check":
            return "over" if row.status == "over" else "expired"
        if not approved:
            connection.execute(update(pays).where(pays.c.ref == ref).values(status="open", card_ref=None))
            return "bank_check"
        _take(connection, row, row.card_ref, at)
    reach("gateway.paid")
    return "over"


def state(store: Store, ref: str, at: datetime, *, end: bool) -> PayState:
    """How the visit stands; past its time, or with `end`, it is shut first unless the money has been asked for."""
    with store.writing() as connection:
        row = _locked(store, connection, ref, at)
        if row is None:
            return PayState("expired")
        if row.status == "over":
            entry = connection.execute(select(ledger).where(ledger.c.idempotency_key == row.idempotency_key)).one()
            used = connection.execute(select(cards).where(cards.c.ref == row.card_ref)).one()
            saved = SavedMethod(used.ref, used.brand, used.last4, used.exp_month, used.exp_year)
            return PayState("over", taking.result_of(entry), saved)
        if end:
            connection.execute(update(pays).where(pays.c.ref == ref).values(status="expired"))
        return PayState("expired" if end or row.status == "expired" else "open")


def _find(connection: Connection, ref: str) -> Row[Any] | None:
    return connection.execute(select(pays).where(pays.c.ref == ref)).first()


def _locked(store: Store, connection: Connection, ref: str, at: datetime) -> Any:
    """The visit, by one caller at a time; shut where its time is over."""
    store.lock(connection, ref)
    row = _find(connection, ref)
    if row is None or row.status not in {"open", "bank_check"} or at < _utc(row.expires_at):
        return row
    connection.execute(update(pays).where(pays.c.ref == ref).values(status="expired"))
    return _find(connection, ref)


def _keep(connection: Connection, row: Any, kind: Card, entry: CardEntry) -> str:
    """The card under a name of its own for what is paid: a test card that declines twice counts these tries."""
    owed = row.reference.rpartition("/")[0]
    ref = f"sbc_{hashlib.sha256(f'{owed}:{kind.name}:{entry.number[-4:]}'.encode()).hexdigest()[:24]}"
    if connection.execute(select(cards.c.ref).where(cards.c.ref == ref)).first() is None:
        connection.execute(
            insert(cards).values(
                ref=ref,
                site_id=row.site_id,
                behavior=kind.name,
                brand=kind.brand,
                last4=entry.number[-4:],
                exp_month=entry.exp_month,
                exp_year=entry.exp_year,
            )
        )
    return ref


def _take(connection: Connection, row: Any, card_ref: str, at: datetime) -> bool:
    order = ChargeOrder(
        key=row.idempotency_key,
        site_id=uuid.UUID(row.site_id),
        method_ref=card_ref,
        amount_minor=row.amount_minor,
        currency=row.currency,
        description=row.description,
        at=at,
        reference=row.reference,
    )
    connection.execute(update(pays).where(pays.c.ref == row.ref).values(status="over", card_ref=card_ref))
    return taking.take(connection, order)[1]


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
