"""What a webhook says: rendered once when its delivery is first claimed, then sent unchanged on every try."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.billing.snapshot import Shape, local, payment_shape, subscription_shape
from portal.core import json
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.money import Money
from portal.core.security import keys
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from portal.webhooks import outbox
from portal.webhooks.models import Endpoint, Event
from portal.webhooks.sign import headers


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call to make now: signed, complete, to be sent with nothing held."""

    delivery_id: uuid.UUID
    url: str
    body: bytes
    headers: dict[str, str]
    live: bool


def claim(delivery_id: uuid.UUID) -> Outgoing | None:
    """Take a due delivery and write what it says; None when it is not due, finished, or held by another worker."""
    delivery = outbox.claim(delivery_id)
    if delivery is None:
        return None
    event = session().get_one(Event, delivery.event_id, with_for_update=True)
    site = session().get_one(Site, event.site_id)
    if event.body is None:
        event.body = json.dumps(body_of(site, event))
    body = event.body.encode()
    endpoint = session().get_one(Endpoint, delivery.endpoint_id) if delivery.endpoint_id else None
    secret = keys().unseal(endpoint.secret_sealed if endpoint else site.webhook_secret_sealed)
    signed = headers([secret], str(event.id), real_now(), body)
    return Outgoing(delivery.id, delivery.url, body, _all_headers(event, signed), site.mode == "live")


def _all_headers(event: Event, signed: dict[str, str]) -> dict[str, str]:
    return signed | {"content-type": "application/json", "x-request-id": event.request_id}


def body_of(site: Site, event: Event, whole: Shape | None = None) -> Shape:
    """What the event says now; once sent, its stored body is what it said. `whole`: its subscription, if read."""
    subscription = session().get_one(Subscription, event.subscription_id)
    body: Shape = {"action": event.action}
    if event.event is not None:
        body["event"] = event.event
    body |= {"sequence": event.sequence, "id": str(event.id), "created": local(site, event.created_at)}
    return body | {"data": _data(site, subscription, event, whole)}


def _data(site: Site, subscription: Subscription, event: Event, whole: Shape | None) -> Shape:
    if event.action == "subscription":
        return whole or subscription_shape(site, subscription)
    about = {
        "site_id": str(site.id),
        "subscription_id": str(subscription.id),
        "subscription_external_id": subscription.external_id,
    }
    if event.action == "notification":
        return about | {"invoice": None, "message": event.facts["message"], "error": event.facts["error"]}
    return about | _payment(site, event)


def _payment(site: Site, event: Event) -> Shape:
    payment = session().get_one(Payment, uuid.UUID(event.facts["payment_id"]))
    invoice = session().get_one(Invoice, payment.invoice_id)
    method = session().get_one(PaymentMethod, payment.payment_method_id)
    owed = {"_id": str(invoice.id), "invoice_number": invoice.invoice_number, "due_date": invoice.invoice_on}
    return payment_shape(site, payment, method) | _moment(event, payment) | {"code": payment.code, "invoice": owed}


def _moment(event: Event, payment: Payment) -> Shape:
    """What this event was about; the payment itself may have moved on when the body is written.

    `amount` is what this transaction moved: of a refund what goes back, while `refunded_amount` is the sum so far.
    """
    facts, currency = event.facts, payment.currency
    return {
        "status": facts["status"],
        "transaction_type": facts.get("transaction_type", "capture"),
        "amount": Money(facts.get("amount_minor", payment.amount_minor), currency).decimal,
        "refunded_amount": Money(facts.get("refunded_minor", 0), currency).decimal,
        "refund_id": facts.get("refund_id"),
    }
