"""What a webhook says: rendered once when its delivery is first claimed, then sent on every try in one style."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from portal.billing import line_shapes
from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.billing.snapshot import Shape, local, payment_shape, subscription_shape
from portal.core import json
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.money import Money
from portal.customers.models import Customer
from portal.links.models import PaymentRequest
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from portal.webhooks import outbox, rotation, styles
from portal.webhooks.models import Delivery, Endpoint, Event
from portal.webhooks.sign import headers
from portal.webhooks.styles import Told

MOST_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call to make now: signed, complete, to be sent with nothing held."""

    delivery_id: uuid.UUID
    url: str
    body: bytes
    headers: dict[str, str]
    live: bool


def claim(delivery_id: uuid.UUID, public_url: str) -> Outgoing | None:
    """Take a due delivery and write what it says; None when it is not due, finished, or held by another worker.

    `public_url` is where the API is, for the link of a body that is too long to be sent whole.
    """
    delivery = outbox.claim(delivery_id)
    if delivery is None:
        return None
    event = session().get_one(Event, delivery.event_id, with_for_update=True)
    site = session().get_one(Site, event.site_id)
    if event.body is None:
        event.body = json.dumps(body_of(site, event))
    endpoint = session().get_one(Endpoint, delivery.endpoint_id) if delivery.endpoint_id else None
    body = sent_body(delivery, endpoint, event, public_url).encode()
    signed = headers(rotation.signing(site, endpoint), str(event.id), real_now(), body)
    return Outgoing(delivery.id, delivery.url, body, _all_headers(event, signed), site.mode == "live")


def sent_body(delivery: Delivery, endpoint: Endpoint | None, event: Event, public_url: str) -> str:
    """The stored body as this receiver is told it, alike on every try; thin where it is too long."""
    body = event.body or ""
    if endpoint is not None and endpoint.style != "native":
        body = _in_style(endpoint, event, body, delivery.id)  # none of the other styles tells whole histories
    return body if len(body.encode()) <= MOST_BYTES else _thin(event, body, public_url)


def _in_style(endpoint: Endpoint, event: Event, body: str, delivery_id: uuid.UUID) -> str:
    """In the words of another system; our own where its style has no name for the event."""
    style = styles.named(endpoint.style)
    name = style.name_of(event)
    if name is None:
        return body
    zone = session().get_one(Site, endpoint.site_id).timezone
    told = Told(name, json.loads(body), str(endpoint.site_id), zone, str(event.id), str(endpoint.id), str(delivery_id))
    return json.dumps(style.write(told))


def _thin(event: Event, body: str, public_url: str) -> str:
    """Without its lists and parts, which are read at its link; without all but its ids where that is still too long.

    Standard Webhooks: a payload stays below 20 kB. A daily subscription outgrows that within weeks, by its invoices.
    """
    said = json.loads(body)
    address = f"{public_url}/api/v4/site/{event.site_id}/subscription/{event.subscription_id}"
    more = {"thin": True, "links": {"subscription": address}}
    data = said["data"]
    plain = {name: value for name, value in data.items() if not isinstance(value, list | dict)}
    ids = {name: value for name, value in plain.items() if name in ("_id", "id", "external_id", "version", "status")}
    written = json.dumps(said | more | {"data": plain})
    return written if len(written.encode()) <= MOST_BYTES else json.dumps(said | more | {"data": ids})


def _all_headers(event: Event, signed: dict[str, str]) -> dict[str, str]:
    return signed | {"content-type": "application/json", "x-request-id": event.request_id}


@dataclass(frozen=True, slots=True)
class Known:
    """What a caller has read for many events at once: the whole subscription, and by invoice the request that asks."""

    whole: Shape | None = None
    requests: Mapping[uuid.UUID, uuid.UUID] | None = None


def body_of(site: Site, event: Event, known: Known = Known()) -> Shape:
    """What the event says now; once sent, its stored body is what it said."""
    subscription = session().get_one(Subscription, event.subscription_id)
    body: Shape = {"action": event.action}
    if event.event is not None:
        body["event"] = event.event
    body |= {"sequence": event.sequence, "id": str(event.id), "created": local(site, event.created_at)}
    return body | {"data": _data(site, subscription, event, known)}


def _data(site: Site, subscription: Subscription, event: Event, known: Known) -> Shape:
    if event.action == "subscription":
        return known.whole or subscription_shape(site, subscription)
    customer = session().get_one(Customer, subscription.customer_id)
    about = {
        "site_id": str(site.id),
        "subscription_id": str(subscription.id),
        "subscription_external_id": subscription.external_id,
        "customer_id": str(customer.id),
        "customer_external_id": customer.external_id,
    }
    if event.action == "notification":
        of = event.facts.get("invoice_id")
        invoice = _invoice(uuid.UUID(of), known) if of else None
        return about | {"invoice": invoice, "message": event.facts["message"], "error": event.facts["error"]}
    return about | _payment(site, event, known)


def _payment(site: Site, event: Event, known: Known) -> Shape:
    payment = session().get_one(Payment, uuid.UUID(event.facts["payment_id"]))
    method = session().get_one(PaymentMethod, payment.payment_method_id)
    owed = _invoice(payment.invoice_id, known)
    return payment_shape(site, payment, method) | _moment(event, payment) | {"code": payment.code, "invoice": owed}


def _invoice(invoice_id: uuid.UUID, known: Known) -> Shape:
    """`request_id` is the ask of an instalment by link; null where it is charged."""
    invoice = session().get_one(Invoice, invoice_id)
    asked = requests_of([invoice_id]) if known.requests is None else known.requests
    return {
        "_id": str(invoice.id),
        "invoice_number": invoice.invoice_number,
        "due_date": invoice.invoice_on,
        "currency": invoice.currency,
        "totals": line_shapes.totals_shape(invoice),
        "request_id": str(asked[invoice_id]) if invoice_id in asked else None,
    }


def requests_of(invoice_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """By invoice the request by which the customer was asked for it."""
    if not invoice_ids:
        return {}
    asked = select(PaymentRequest.invoice_id, PaymentRequest.id).where(PaymentRequest.invoice_id.in_(invoice_ids))
    return {row.invoice_id: row.id for row in session().execute(asked)}


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
