"""What events say, many at once by a constant number of reads: the stored body where one was sent, else as of now."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.billing.snapshot import Shape, subscription_shapes
from portal.billing.webhook import body_of
from portal.core import json
from portal.core.database import session
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from portal.webhooks.models import Event


def bodies(site: Site, events: Sequence[Event]) -> list[Shape]:
    """The body of each event, as its webhook has it."""
    fresh = [event for event in events if event.body is None]
    subscriptions = {one.id: one for one in _rows(Subscription, {event.subscription_id for event in fresh})}
    _held = _payments(fresh)  # the session keeps only what somebody holds
    about = {event.subscription_id for event in fresh if event.action == "subscription"}
    wanted = [subscriptions[one] for one in about]
    shapes = subscription_shapes(site, wanted) if wanted else []
    whole = {one.id: shape for one, shape in zip(wanted, shapes, strict=True)}
    return [
        json.loads(event.body) if event.body is not None else body_of(site, event, whole.get(event.subscription_id))
        for event in events
    ]


def _payments(events: Sequence[Event]) -> list[Any]:
    """The rows that the bodies of payments are made of."""
    ids = {uuid.UUID(event.facts["payment_id"]) for event in events if event.action == "payment"}
    payments = _rows(Payment, ids)
    invoices = _rows(Invoice, {payment.invoice_id for payment in payments})
    return [payments, invoices, _rows(PaymentMethod, {payment.payment_method_id for payment in payments})]


def _rows(table: Any, ids: set[uuid.UUID]) -> Sequence[Any]:
    return session().scalars(select(table).where(table.id.in_(ids))).all() if ids else []
