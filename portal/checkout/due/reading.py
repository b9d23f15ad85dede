"""What the database says about one instalment: its invoice, its payment so far, and the visit to the gateway's page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.billing.pay_models import PaySession
from portal.core.database import session
from portal.links.models import PaymentRequest
from portal.links.requests import INSTALMENT


@dataclass(frozen=True, slots=True)
class Instalment:
    """`payment` None: nobody has tried to pay. `code` is what the last try was answered; `visit` the newest."""

    invoice: Invoice
    payment: Payment | None
    method: PaymentMethod | None
    code: str | None
    visit: PaySession | None


def instalment_of(request: PaymentRequest) -> Instalment | None:
    """None for a request that asks for something else; otherwise three reads."""
    if request.kind != INSTALMENT or request.invoice_id is None:
        return None
    visit = session().scalar(
        select(PaySession)
        .where(PaySession.invoice_id == request.invoice_id)
        .order_by(PaySession.real_created_at.desc())
        .limit(1)
    )
    payment, method, code = _payment(request.invoice_id)
    return Instalment(session().get_one(Invoice, request.invoice_id), payment, method, code, visit)


def _payment(invoice_id: uuid.UUID) -> tuple[Payment | None, PaymentMethod | None, str | None]:
    found = (
        session()
        .execute(
            select(Payment, PaymentMethod, Attempt.code)
            .join(PaymentMethod, PaymentMethod.id == Payment.payment_method_id)
            .outerjoin(Attempt, (Attempt.payment_id == Payment.id) & (Attempt.number == _last_number()))
            .where(Payment.invoice_id == invoice_id)
            .order_by(Payment.created_at.desc(), Payment.id.desc())
            .limit(1)
        )
        .first()
    )
    return (None, None, None) if found is None else (found[0], found[1], found[2])


def _last_number() -> object:
    """The last try that the gateway answered: a visit without a payment says nothing about the bank."""
    tried = Attempt.__table__.alias("tried")
    return (
        select(tried.c.number)
        .where(tried.c.payment_id == Payment.id, tried.c.gateway_ref.is_not(None))
        .order_by(tried.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
