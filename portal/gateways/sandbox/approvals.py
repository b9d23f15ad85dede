"""Charges that the pretend bank asks the cardholder about: kept aside, in the ledger only once they are approved."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from portal.gateways.base import ApprovalOrder, ChargeOrder, ChargeResult
from portal.gateways.sandbox.store import Store, approvals, cards, ledger

REFUSED = {
    "refused": ChargeResult("failed", None, code="authentication_refused", decline="customer", words="Refused"),
    "called_off": ChargeResult("failed", None, code="authentication_expired", decline="customer", words="Timed out"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the bank's page shows; `status`: open, approved, refused, called_off."""

    ref: str
    key: str
    status: str
    merchant_name: str
    amount_text: str
    description: str
    return_path: str
    card_text: str


def ask(connection: Connection, order: ChargeOrder) -> ChargeResult:
    """Nothing is taken until the cardholder has approved; asked twice with one key, it is one question."""
    known = look_up(connection, order.key)
    if known is not None:
        return known
    connection.execute(
        insert(approvals).values(
            idempotency_key=order.key,
            ref=f"sba_{hashlib.sha256(order.key.encode()).hexdigest()[:24]}",
            site_id=str(order.site_id),
            card_ref=order.method_ref,
            amount_minor=order.amount_minor,
            currency=order.currency,
            description=order.description,
            reference=order.reference,
            status="open",
            at=order.at,
        )
    )
    return _waits(connection, order.key)


def look_up(connection: Connection, key: str) -> ChargeResult | None:
    status = connection.scalar(select(approvals.c.status).where(approvals.c.idempotency_key == key))
    if status is None:
        return None
    return REFUSED.get(status) or _waits(connection, key)


def _waits(connection: Connection, key: str) -> ChargeResult:
    ref = connection.scalar(select(approvals.c.ref).where(approvals.c.idempotency_key == key))
    return ChargeResult("requires_action", ref, code="authentication_required", words="Authentication required")


def call_off(connection: Connection, key: str) -> ChargeResult:
    connection.execute(
        update(approvals)
        .where(approvals.c.idempotency_key == key, approvals.c.status == "open")
        .values(status="called_off")
    )
    return look_up(connection, key) or REFUSED["called_off"]


def page(store: Store, order: ApprovalOrder) -> str | None:
    """The address of the bank's page for this charge; None where nothing is asked any more."""
    with store.writing() as connection:
        mine = update(approvals).where(approvals.c.idempotency_key == order.key, approvals.c.status == "open")
        about = {"merchant_name": order.merchant_name, "amount_text": order.amount_text}
        connection.execute(mine.values(about | {"return_path": order.return_path}))
        open_one = select(approvals.c.ref).where(approvals.c.idempotency_key == order.key)
        ref = connection.scalar(open_one.where(approvals.c.status == "open"))
    return f"/sandbox/approve/{ref}" if ref else None


def find(store: Store, ref: str) -> Asked | None:
    with store.writing() as connection:
        row = connection.execute(
            select(approvals, cards.c.brand, cards.c.last4)
            .join(cards, cards.c.ref == approvals.c.card_ref)
            .where(approvals.c.ref == ref)
        ).first()
    if row is None or row.return_path is None:
        return None
    card = f"{row.brand} ending {row.last4}"
    return Asked(
        row.ref, row.idempotency_key, row.status, row.merchant_name, row.amount_text, row.description, row.return_path,
        card,
    )  # fmt: skip


def answered(store: Store, asked: Asked, *, approved: bool) -> None:
    """The cardholder's word, once: approved, the charge stands in the ledger; refused, nothing was taken."""
    with store.writing() as connection:
        store.lock(connection, asked.key)
        moved = connection.execute(
            update(approvals)
            .where(approvals.c.idempotency_key == asked.key, approvals.c.status == "open")
            .values(status="approved" if approved else "refused")
        )
        if not approved or not moved.rowcount:
            return
        row = connection.execute(select(approvals).where(approvals.c.idempotency_key == asked.key)).one()
        kept = ("idempotency_key", "site_id", "card_ref", "amount_minor", "currency", "description", "reference", "at")
        entry = {name: getattr(row, name) for name in kept}
        ref = f"sbx_{hashlib.sha256(asked.key.encode()).hexdigest()[:16]}"
        connection.execute(insert(ledger).values(entry | {"ref": ref, "outcome": "captured", "code": "approved"}))
