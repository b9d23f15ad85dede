"""Invoices are slots: one for each period of a subscription, and the keys of the attempts to collect them."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date

from sqlalchemy import select

from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.core.database import session
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, bills, calendar, previews
from portal.subscriptions.bills import Bill
from portal.subscriptions.models import Subscription, Terms

CLOSING = "+close"  # how the slot ends of what is billed when a subscription ends


def is_closing(invoice: Invoice) -> bool:
    """Made by the end of its subscription, so that the end is no reason not to collect it."""
    return invoice.slot.endswith(CLOSING)


def stays_owed(invoice: Invoice) -> bool:
    """Whether the end of the subscription leaves this to be paid: it was made by the end, or was refused before it."""
    refused = select(Payment.id).where(Payment.invoice_id == invoice.id, Payment.first_failed_at.is_not(None))
    return is_closing(invoice) or session().scalar(refused.limit(1)) is not None


def attempt_key(site_id: uuid.UUID, subscription_id: uuid.UUID, slot: str, number: int) -> str:
    """The idempotency key of a try: a hash of what it is for, so that a restored backup asks with the same key.

    The slot leads, so that the keys of one day stand together in their index. A bare hash falls anywhere: with a
    million stored, each new one wrote a page of its own.
    """
    hashed = hashlib.sha256(f"{site_id}:{subscription_id}:{slot}:{number}".encode()).hexdigest()
    return f"{slot}-{hashed}"


def reference(subscription_id: uuid.UUID, slot: str, number: int) -> str:
    """What a try was for, kept by the gateway beside the charge."""
    return f"{subscription_id}/{slot}/{number}"


def open_invoice(
    site: Site, subscription: Subscription, terms: Terms, index: int, *, invoice_on: date, reuse: Invoice | None = None
) -> Invoice:
    """The invoice of period `index`; an unpaid first one is dated anew and used again (contract section 5)."""
    schedule = agenda.schedule_of(subscription, terms)
    start, end = calendar.period_to_the_end(schedule, index)
    number = subscription.installments + 1 if reuse is None else reuse.installment
    waiting = previews.carried(subscription, terms)
    bill = bills.bill(terms.price, schedule, index, installment=number, carried=waiting)
    if reuse is None:
        subscription.installments += 1
        reuse = Invoice(
            site_id=site.id,
            subscription_id=subscription.id,
            installment=subscription.installments,
            created_at=clock.now(site),
        )
        session().add(reuse)
    reuse.terms_id = terms.id
    reuse.slot = start.isoformat()
    reuse.period_start, reuse.period_end, reuse.invoice_on = start, end, invoice_on
    fill(site, reuse, bill)
    reuse.currency, reuse.description = terms.currency, terms.description
    subscription.carried = bill.carried_held()
    session().flush()
    return reuse


def fill(site: Site, invoice: Invoice, bill: Bill) -> None:
    """Write what was reckoned; an invoice that comes to nothing is paid."""
    invoice.amount_minor, invoice.tax_minor, invoice.lines = bill.total_minor, bill.tax_minor, bill.lines_held()
    invoice.status, invoice.paid_at = ("open", None) if bill.total_minor else ("paid", clock.now(site))


def open_payment(site: Site, invoice: Invoice, method: PaymentMethod) -> Payment:
    """The collection of an invoice by a method, due at once."""
    now = clock.now(site)
    times = clock.due(site, now)
    payment = Payment(
        site_id=site.id,
        subscription_id=invoice.subscription_id,
        invoice_id=invoice.id,
        payment_method_id=method.id,
        status="pending",
        amount_minor=invoice.amount_minor,
        currency=invoice.currency,
        gateway=method.gateway,
        attempts=0,
        created_at=now,
        due_at=times.due_at,
        site_due_at=times.site_due_at,
    )
    session().add(payment)
    session().flush()
    return payment
