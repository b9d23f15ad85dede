"""The whole subscription as merchants read it (HF21–HF34), in snake_case; doors turn it into their dialect's casing."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.billing import line_shapes
from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.core.database import session
from portal.core.money import Money
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.schedules import from_column

Shape = dict[str, Any]

TRANSACTIONS = {"refunded": "refund", "partially_refunded": "refund", "voided": "void"}


def subscription_shape(site: Site, subscription: Subscription) -> Shape:
    """Six reads, whatever the number of invoices. Money is Decimal, dates are date, times carry the site's offset."""
    terms = session().get_one(Terms, subscription.terms_id)
    customer = session().get_one(Customer, subscription.customer_id)
    return {
        "_id": str(subscription.id),
        "id": str(subscription.id),
        "external_id": subscription.external_id,
        "description": terms.description,
        "amount": Money(terms.unit_amount_minor, terms.currency).decimal,
        "quantity": terms.quantity,
        "lines": [line_shapes.item_shape(item, terms.currency) for item in terms.price.items],
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
        "invoices": _invoices(site, subscription),
        "status": subscription.status,
        "close_reason": subscription.close_reason,
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


def _invoices(site: Site, subscription: Subscription) -> list[Shape]:
    invoices = (
        session()
        .scalars(select(Invoice).where(Invoice.subscription_id == subscription.id).order_by(Invoice.period_start))
        .all()
    )
    payments, terms = _payments(subscription.id), _versions(invoices)
    return [_invoice(site, invoice, terms[invoice.terms_id], payments[invoice.id]) for invoice in invoices]


def _versions(invoices: Sequence[Invoice]) -> dict[uuid.UUID, Terms]:
    """The terms of each invoice: most are of the version that is read already."""
    wanted = {invoice.terms_id for invoice in invoices}
    if len(wanted) > 1:
        return {terms.id: terms for terms in session().scalars(select(Terms).where(Terms.id.in_(wanted)))}
    return {terms_id: session().get_one(Terms, terms_id) for terms_id in wanted}


def _payments(subscription_id: uuid.UUID) -> dict[uuid.UUID, list[tuple[Payment, PaymentMethod]]]:
    rows = session().execute(
        select(Payment, PaymentMethod)
        .join(PaymentMethod, PaymentMethod.id == Payment.payment_method_id)
        .where(Payment.subscription_id == subscription_id)
        .order_by(Payment.created_at, Payment.id)
    )
    grouped: dict[uuid.UUID, list[tuple[Payment, PaymentMethod]]] = defaultdict(list)
    for payment, method in rows:
        grouped[payment.invoice_id].append((payment, method))
    return grouped


def _invoice(site: Site, invoice: Invoice, terms: Terms, payments: Sequence[tuple[Payment, PaymentMethod]]) -> Shape:
    return {
        "_id": str(invoice.id),
        "id": str(invoice.id),
        "invoice_number": invoice.invoice_number,
        "totals": line_shapes.totals_shape(invoice),
        "notifications": [],
        "lines": [line_shapes.line_shape(line) for line in line_shapes.lines_of(invoice, terms)],
        "description": invoice.description,
        "invoice_date": invoice.invoice_on,
        "due_date": invoice.invoice_on,
        "customer_memo": "",
        "internal_memo": "",
        "active": invoice.status != "void",
        "status": invoice.status,
        "payments": [payment_shape(site, payment, method) for payment, method in payments],
    }
