"""Collection by link: a due instalment is an invoice with a request and a link of its own; nothing is charged by us.

The customer says yes to each instalment by paying it, so that the subscription is active as soon as it is made. An
instalment that is not paid stays open, through a pause and after the end; the next one is asked for all the same.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.billing import slots
from portal.billing.models import Invoice, Payment
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import PortalError
from portal.core.instants import DateOutOfRange
from portal.customers.models import Customer
from portal.links import requests
from portal.links.models import Link, PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, asking, calendar, lifecycle, words
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import Saved

log = logging.getLogger(__name__)


def is_owed(row: Any) -> bool:
    """Of a row that the billing run has claimed: its instalment is due, and is asked for by link."""
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
    link = open_due(subscription.id)
    return replace(saved, link_id=link.id if link else None)


def open_or_put_aside(subscription_id: uuid.UUID, wait: timedelta) -> None:
    """As open_due, for the billing run: one that cannot be reckoned must not hold up the others of its batch."""
    try:
        with session().begin_nested():
            open_due(subscription_id)
    except PortalError as error:
        log.exception("subscription put aside by the billing run", extra={"subscription": str(subscription_id)})
        subscription = session().get_one(Subscription, subscription_id)
        subscription.due_at = None if isinstance(error, DateOutOfRange) else real_now() + wait


def open_due(subscription_id: uuid.UUID) -> Link | None:
    """The due instalment of a locked subscription: its invoice, its request, its message; then the next date.

    None where the period has its invoice already (a restart on a day that was billed).
    """
    subscription = session().get_one(Subscription, subscription_id)
    site = session().get_one(Site, subscription.site_id)
    terms = session().get_one(Terms, subscription.binding_terms_id)
    index = subscription.next_index
    assert index is not None
    start, _ = calendar.period(agenda.schedule_of(subscription, terms), index)
    link = None
    if not _is_taken(subscription, start):
        invoice_on = max(start, agenda.today(site, terms)) if subscription.installments == 0 else start
        invoice = slots.open_invoice(site, subscription, terms, index, invoice_on=invoice_on)
        link = ask(site, subscription, invoice) if invoice.status == "open" else None
    agenda.place(site, subscription, terms, index + 1)
    if link is None:
        lifecycle.finish_if_over(site, subscription, terms)
    return link


def _is_taken(subscription: Subscription, start: date) -> bool:
    mine = select(Invoice.id).where(Invoice.subscription_id == subscription.id, Invoice.slot == start.isoformat())
    return session().scalar(mine) is not None


def ask(site: Site, subscription: Subscription, invoice: Invoice) -> Link:
    """Send an open invoice to the customer: a request and a link of its own, and its message."""
    terms = session().get_one(Terms, invoice.terms_id)
    invoice.sent_at = clock.now(site)
    customer = session().get_one(Customer, subscription.customer_id)
    locale = customer.locale or site.locale
    link = asking.ask_instalment(
        site,
        subscription,
        terms,
        customer,
        invoice.id,
        amount_text=words.money_text(invoice.amount_minor, invoice.currency, locale),
        due_day=words.day_text(invoice.invoice_on, locale, today=agenda.today(site, terms)),
    )
    announce(
        site, subscription, "notification", message="Payment requested by link", error=False,
        invoice_id=str(invoice.id), request_id=str(link.request_id),
    )  # fmt: skip
    return link


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
