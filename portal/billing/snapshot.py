"""The whole subscription as merchants read it (HF21–HF34), in snake_case; doors turn it into their dialect's casing."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm.util import identity_key

from portal.billing import line_shapes, message_shapes
from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.core.database import session
from portal.core.money import Money
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions import memos
from portal.subscriptions.memos import Memos, Said
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.schedules import from_column

Shape = dict[str, Any]

TRANSACTIONS = {"refunded": "refund", "partially_refunded": "refund", "voided": "void"}


def subscription_shape(site: Site, subscription: Subscription) -> Shape:
    """Seven reads, whatever the number of invoices. Money is Decimal, dates are date, times carry the site's offset."""
    return subscription_shapes(site, [subscription])[0]


def subscription_shapes(site: Site, subscriptions: Sequence[Subscription]) -> list[Shape]:
    """The same for many, by as many reads as for one."""
    terms = _by_id(Terms, {one.terms_id for one in subscriptions})
    said = memos.of([subscription.id for subscription in subscriptions])
    invoices = _invoices_of(site, said)
    shapes = _summaries(subscriptions, terms, said)
    return [shape | {"invoices": invoices[uuid.UUID(shape["id"])]} for shape in shapes]


def summary_shapes(subscriptions: Sequence[Subscription]) -> list[Shape]:
    """Subscriptions without their invoices, as they stand in a list, by three reads."""
    said = memos.of([subscription.id for subscription in subscriptions])
    return _summaries(subscriptions, _by_id(Terms, {one.terms_id for one in subscriptions}), said)


def _summaries(
    subscriptions: Sequence[Subscription], terms: dict[uuid.UUID, Terms], said: Mapping[uuid.UUID, Said]
) -> list[Shape]:
    customers = _by_id(Customer, {one.customer_id for one in subscriptions})
    return [
        _summary(one, terms[one.terms_id], customers[one.customer_id]) | _memos(said[one.id].now)
        for one in subscriptions
    ]


def _memos(memos: Memos) -> Shape:
    return {"customer_memo": memos.for_customer, "internal_memo": memos.internal}


def _by_id(table: Any, ids: set[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """Those that are read already are not read again."""
    found = {one: session().identity_map.get(identity_key(table, one)) for one in ids}
    missing = {one for one, row in found.items() if row is None}
    if missing:
        found |= {row.id: row for row in session().scalars(select(table).where(table.id.in_(missing)))}
    return found


def _summary(subscription: Subscription, terms: Terms, customer: Customer) -> Shape:
    return {
        "_id": str(subscription.id),
        "id": str(subscription.id),
        "external_id": subscription.external_id,
        "description": terms.description,
        "amount": Money(terms.unit_amount_minor, terms.currency).decimal,
        "quantity": terms.quantity,
        "lines": [line_shapes.item_shape(item, terms.currency) for item in terms.price.items],
        "coupons": [line_shapes.coupon_shape(coupon, terms.currency) for coupon in terms.price.coupons],
        "taxes": [line_shapes.tax_shape(tax, terms.currency) for tax in terms.price.taxes],
        "total": terms.amount.decimal,
        "currency": terms.currency,
        "frequency": terms.frequency,
        "frequency_units": terms.frequency_units,
        "fixed_day": from_column(terms.fixed_day),
        "months": terms.months or [],
        "send_on_hour": terms.send_on_hour,
        "collection": subscription.collection,
        "start_date": terms.start_on or subscription.anchor_on,
        "number_of_payments": terms.number_of_payments,
        "end_date": terms.end_on,
        "next_due_date": subscription.next_due_on if subscription.status == "active" else None,
        "status": subscription.status,
        "close_reason": subscription.close_reason,
        "closes_on": subscription.cancel_on,
        "customer": customer_shape(customer),
        "active": subscription.status != "closed",
        "webhook_url": subscription.webhook_url,
        "attachment_refs": subscription.attachments,
        "bill_to_customer": terms.bill_to_customer,
        "bill_to": terms.bill_to,
        "sold_to": terms.sold_to,
        "deleted": subscription.deleted_at is not None,
        "version": subscription.version,
        "sequence": subscription.sequence,
    }


def customer_shape(customer: Customer) -> Shape:
    return {
        "_id": str(customer.id),
        "id": str(customer.id),
        "external_id": customer.external_id,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "account_name": customer.account_name,
        "mobile_phone": customer.phone_as_given,
        "email": customer.email,
        "notification_options": {
            "notify_phone": "sms" in customer.channels,
            "notify_email": "email" in customer.channels,
        },
    }


def payment_shape(site: Site, payment: Payment, method: PaymentMethod) -> Shape:
    """HF31. `paid_on` is null until the money is there."""
    return {
        "_id": str(payment.id),
        "id": str(payment.id),
        "gateway_transaction_id": payment.gateway_ref,
        "display_name": method.display_name,
        "amount": payment.amount.decimal,
        "currency": payment.currency,
        "tip": 0,
        "tax": 0,
        "paid_on": local(site, payment.paid_at),
        "payment_type": method.kind,
        "transaction_type": TRANSACTIONS.get(payment.status, "capture"),
        "status": payment.status,
        "refunded_amount": Money(payment.refunded_minor, payment.currency).decimal,
    }


def local(site: Site, moment: datetime | None) -> datetime | None:
    """An instant with the offset of the site's zone, to the second (X12)."""
    return moment.astimezone(ZoneInfo(site.timezone)).replace(microsecond=0) if moment else None


def _invoices_of(site: Site, said: Mapping[uuid.UUID, Said]) -> dict[uuid.UUID, list[Shape]]:
    """The invoices of each of these subscriptions with their payments, oldest period first."""
    wanted = select(Invoice).where(Invoice.subscription_id.in_(list(said))).order_by(Invoice.period_start)
    invoices = session().scalars(wanted).all()
    grouped: dict[uuid.UUID, list[Shape]] = defaultdict(list)
    for invoice, shape in zip(invoices, invoice_shapes(site, invoices, said), strict=True):
        grouped[invoice.subscription_id].append(shape)
    return grouped


def invoice_shapes(site: Site, invoices: Sequence[Invoice], said: Mapping[uuid.UUID, Said]) -> list[Shape]:
    """These invoices with their payments, messages and memos (`said`, of their subscriptions), by two reads.

    One more where they have other terms than those read.
    """
    rows = session().execute(
        select(Payment, PaymentMethod)
        .join(PaymentMethod, PaymentMethod.id == Payment.payment_method_id)
        .where(Payment.invoice_id.in_([invoice.id for invoice in invoices]))
        .order_by(Payment.created_at, Payment.id)
    )
    payments: dict[uuid.UUID, list[tuple[Payment, PaymentMethod]]] = defaultdict(list)
    for payment, method in rows:
        payments[payment.invoice_id].append((payment, method))
    terms = _by_id(Terms, {invoice.terms_id for invoice in invoices})
    messages = message_shapes.about_invoices(site, [invoice.id for invoice in invoices])
    return [
        _invoice(site, invoice, terms[invoice.terms_id], payments[invoice.id])
        | {"notifications": messages[invoice.id]}
        | _memos(said[invoice.subscription_id].on(invoice.id))
        for invoice in invoices
    ]


def _invoice(site: Site, invoice: Invoice, terms: Terms, payments: Sequence[tuple[Payment, PaymentMethod]]) -> Shape:
    """All of it but what was sent and said about it."""
    return {
        "_id": str(invoice.id),
        "id": str(invoice.id),
        "invoice_number": invoice.invoice_number,
        "totals": line_shapes.totals_shape(invoice),
        "lines": [line_shapes.line_shape(line) for line in line_shapes.lines_of(invoice, terms)],
        "description": invoice.description,
        "invoice_date": invoice.invoice_on,
        "due_date": invoice.invoice_on,
        "active": invoice.status != "void",
        "status": invoice.status,
        "payments": [payment_shape(site, payment, method) for payment, method in payments],
    }
