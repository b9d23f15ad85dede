"""Collection by link: a due instalment is an invoice with a request and a link of its own; nothing is charged by us.

The customer says yes to each instalment by paying it, so that the subscription is active as soon as it is made. An
instalment that is not paid stays open, through a pause and after the end; the next one is asked for all the same.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.billing import slots
from portal.billing.models import Invoice, Payment
from portal.core.clock import real_now
from portal.core.database import session
from portal.customers.models import Customer
from portal.links import requests
from portal.links.instalments import Issued
from portal.links.models import PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, asking_instalments, calendar, lifecycle
from portal.subscriptions.announce import announce
from portal.subscriptions.asking_instalments import Instalment
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import Saved


def is_owed(row: Any) -> bool:
    """Of a row that the billing run has claimed: its instalment is due, and is asked for by link.

    run.py opens the invoices of a batch, links_of_run.py asks for them."""
    has_all = row.next_index is not None and row.terms_id is not None and row.extra_on is None
    return bool(row.collection == "link" and row.status == "active" and has_all)


def open_first(saved: Saved) -> Saved:
    """Ask at once for an instalment that is due when the subscription is made: its link goes with the answer.

    Whoever does not call this leaves it to the billing run.
    """
    subscription = session().get_one(Subscription, saved.subscription_id)
    is_due = subscription.due_at is not None and subscription.due_at <= real_now()
    if saved.action != "added" or subscription.collection != "link" or not is_due:
        return saved
    return replace(saved, link_id=open_due(subscription.id))


def open_due(subscription_id: uuid.UUID) -> uuid.UUID | None:
    """The due instalment of a locked subscription: its invoice, its request, its messages; then the next date.

    The id of its link; None where the period has its invoice already (a restart on a day that was billed).
    """
    subscription = session().get_one(Subscription, subscription_id)
    site = session().get_one(Site, subscription.site_id)
    terms = session().get_one(Terms, subscription.binding_terms_id)
    index = subscription.next_index
    assert index is not None
    start, _ = calendar.period(agenda.schedule_of(subscription, terms), index)
    link_id = None
    if not _is_taken(subscription, start):
        invoice_on = max(start, agenda.today(site, terms)) if subscription.installments == 0 else start
        invoice = slots.open_invoice(site, subscription, terms, index, invoice_on=invoice_on)
        link_id = ask(site, subscription, invoice) if invoice.status == "open" else None
    agenda.place(site, subscription, terms, index + 1)
    if link_id is None:
        lifecycle.finish_if_over(site, subscription, terms)
    return link_id


def _is_taken(subscription: Subscription, start: date) -> bool:
    mine = select(Invoice.id).where(Invoice.subscription_id == subscription.id, Invoice.slot == start.isoformat())
    return session().scalar(mine) is not None


def ask(site: Site, subscription: Subscription, invoice: Invoice) -> uuid.UUID:
    """Send an open invoice to the customer: a request with its links and messages; the id of its newest link."""
    terms = session().get_one(Terms, invoice.terms_id)
    invoice.sent_at = clock.now(site)
    customer = session().get_one(Customer, subscription.customer_id)
    owed = (invoice.id, invoice.amount_minor, invoice.invoice_on)
    session().flush()
    (issued,) = asking_instalments.ask([Instalment(site, subscription.id, terms, customer, *owed)])
    announce(site, subscription, "notification", **told(invoice.id, issued))
    return issued.link_ids[-1]


def told(invoice_id: uuid.UUID, issued: Issued) -> dict[str, Any]:
    """What the event says of an instalment that was asked for."""
    ids = {"invoice_id": str(invoice_id), "request_id": str(issued.request_id)}
    return {"message": "Payment requested by link", "error": False} | ids


def request_of(invoice_id: uuid.UUID) -> PaymentRequest | None:
    """The request by which an invoice is asked for; None for one that is charged."""
    return session().scalar(
        select(PaymentRequest).where(
            PaymentRequest.invoice_id == invoice_id, PaymentRequest.kind == requests.INSTALMENT
        )
    )


def note_paid(site: Site, invoice: Invoice) -> None:
    """The request has got what it asked for; one that had expired or was withdrawn meanwhile too."""
    request = request_of(invoice.id)
    if request is None:
        return
    if request.status == "expired":
        requests.move(request, "opened")
    elif request.status == "withdrawn":
        requests.move(request, "issued")
    requests.mark(site, request, "confirmed")


def is_not_ours(subscription: Subscription, payment: Payment) -> bool:
    """True where the customer pays on the gateway's page: no worker tries such a payment, whatever made it due."""
    if subscription.collection == "link":
        payment.due_at = payment.site_due_at = None
    return subscription.collection == "link"
