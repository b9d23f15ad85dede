"""What events say, many at once by a constant number of reads: the stored body where one was sent, else as of now."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.billing.snapshot import Shape, subscription_shapes
from portal.billing.webhook import Known, body_of, requests_of
from portal.core import json
from portal.core.database import session
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from portal.webhooks.models import Event


def bodies(site: Site, events: Sequence[Event]) -> list[Shape]:
    """The body of each event, as its webhook has it."""
    fresh = [event for event in events if event.body is None]
    subscriptions = {one.id: one for one in _rows(Subscription, {event.subscription_id for event in fresh})}
    about = {event.subscription_id for event in fresh if event.action == "subscription"}
    wanted = [subscriptions[one] for one in about]
    shapes = subscription_shapes(site, wanted) if wanted else []
    whole = {one.id: shape for one, shape in zip(wanted, shapes, strict=True)}
    payments = _payments(fresh)
    invoice_ids = {payment.invoice_id for payment in payments} | set(_told_invoices(fresh))
    _held = [payments, *_beside(payments, invoice_ids, subscriptions.values())]  # the session keeps what is held
    asked = requests_of(invoice_ids)
    return [
        json.loads(event.body)
        if event.body is not None
        else body_of(site, event, Known(whole.get(event.subscription_id), asked))
        for event in events
    ]


def _payments(events: Sequence[Event]) -> Sequence[Payment]:
    return _rows(Payment, {uuid.UUID(event.facts["payment_id"]) for event in events if event.action == "payment"})


def _told_invoices(events: Sequence[Event]) -> Iterator[uuid.UUID]:
    for event in events:
        if event.action == "notification" and event.facts.get("invoice_id"):
            yield uuid.UUID(event.facts["invoice_id"])


def _beside(payments: Sequence[Payment], invoice_ids: set[uuid.UUID], subscriptions: Any) -> list[Any]:
    """The other rows that bodies of payments and notifications are made of."""
    return [
        _rows(Invoice, invoice_ids),
        _rows(PaymentMethod, {payment.payment_method_id for payment in payments}),
        _rows(Customer, {one.customer_id for one in subscriptions}),
    ]


def _rows(table: Any, ids: set[uuid.UUID]) -> Sequence[Any]:
    return session().scalars(select(table).where(table.id.in_(ids))).all() if ids else []
