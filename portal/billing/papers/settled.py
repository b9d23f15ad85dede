"""What the database says about a payment or an invoice, read for its paper in a bounded number of reads."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.billing.models import Consent, Invoice, Payment, PaymentMethod
from portal.billing.payer_models import Payer
from portal.billing.refund_models import Refund
from portal.core.database import session
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions import memos
from portal.subscriptions.models import Subscription, Terms


@dataclass(frozen=True, slots=True)
class Settled:
    """An invoice with the payment that settled it, what was sent back since, and the yes that it rests on."""

    site: Site
    customer: Customer
    invoice: Invoice
    payment: Payment
    method: PaymentMethod
    refunds: Sequence[Refund]
    consent: Consent | None
    agreed: Terms | None
    terms: Terms
    memo: str = ""  # what the merchant adds for the customer
    payer: Payer | None = None  # whose card it was, where it was not the customer's


def by_payment(subscription_id: uuid.UUID, payment_id: uuid.UUID) -> Settled | None:
    """None for a payment of somebody else, and for one by which no money came."""
    payment = session().get(Payment, payment_id)
    if payment is None or payment.subscription_id != subscription_id or payment.paid_at is None:
        return None
    return _read(payment, session().get_one(Invoice, payment.invoice_id))


def by_invoice(subscription_id: uuid.UUID, invoice_id: uuid.UUID) -> Settled | None:
    """None for an invoice of somebody else, and for one that has no number yet."""
    invoice = session().get(Invoice, invoice_id)
    if invoice is None or invoice.subscription_id != subscription_id or invoice.invoice_number is None:
        return None
    paid = select(Payment).where(Payment.invoice_id == invoice.id, Payment.paid_at.is_not(None))
    payment = session().scalar(paid.order_by(Payment.paid_at.desc()).limit(1))
    return None if payment is None else _read(payment, invoice)


def _read(payment: Payment, invoice: Invoice) -> Settled:
    subscription = session().get_one(Subscription, payment.subscription_id)
    done = select(Refund).where(Refund.payment_id == payment.id, Refund.status == "succeeded").order_by(Refund.number)
    given = (
        select(Consent)
        .where(Consent.subscription_id == subscription.id, Consent.at <= payment.paid_at)
        .order_by(Consent.at.desc())
        .limit(1)
    )
    consent = session().scalar(given)
    method = session().get_one(PaymentMethod, payment.payment_method_id)
    return Settled(
        site=session().get_one(Site, payment.site_id),
        customer=session().get_one(Customer, subscription.customer_id),
        invoice=invoice,
        payment=payment,
        method=method,
        refunds=session().scalars(done).all(),
        consent=consent,
        agreed=session().get(Terms, consent.terms_id) if consent else None,
        terms=session().get_one(Terms, invoice.terms_id),
        memo=memos.of([subscription.id])[subscription.id].on(invoice.id).for_customer,
        payer=session().get(Payer, method.payer_id) if method.payer_id else None,
    )
