"""Addresses of the dialect: subscriptions, which collect by link, and their payments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g, request
from sqlalchemy import ColumnElement, func, select

from portal.api.body import read_object
from portal.api.paymennt import bodies, names, orders, reading, shapes
from portal.api.paymennt.bodies import SubscriptionBody
from portal.api.paymennt.door import bp, done
from portal.api.paymennt.shapes import Agreed
from portal.billing import by_link, holds
from portal.billing.models import Invoice
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import invalid
from portal.core.ids import read_id
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions import pausing
from portal.subscriptions.add import add
from portal.subscriptions.models import Subscription, Terms


@bp.post("/subscription", strict_slashes=False)
def create() -> Response:
    """Active at once; a start date in the past sends the first link now (PM9)."""
    body = bodies.read(SubscriptionBody, read_object())
    with transaction():
        site = session().get_one(Site, g.site_id)
        saved = by_link.open_first(add(site, orders.subscription_order(site, body)))
        session().flush()
        return done(shapes.subscription_shape(reading.agreed(str(saved.subscription_id))))


@bp.get("/subscription", strict_slashes=False)
def search() -> Response:
    """By status, by customer, after an id or a moment; newest first, a page at a time."""
    page, size = reading.pages()
    with only_reading():
        wanted = reading.all_agreed().where(*_filters())
        total = reading.count(wanted.with_only_columns(Subscription.id))
        newest = wanted.order_by(Subscription.id.desc()).limit(size).offset(page * size)
        content = [shapes.subscription_shape(Agreed(*row)) for row in session().execute(newest)]
    return done(shapes.page_shape(content, page, size, total))


@bp.get("/subscription/<subscription_id>", strict_slashes=False)
def get(subscription_id: str) -> Response:
    with only_reading():
        shape = shapes.subscription_shape(reading.agreed(subscription_id))
    return done(shape)


@bp.post("/subscription/<subscription_id>/pause", strict_slashes=False)
def pause(subscription_id: str) -> Response:
    """No links until it is resumed by hand; the end date stands, and open links stay payable."""
    with transaction():
        found = reading.agreed(subscription_id, lock=True)
        site = session().get_one(Site, g.site_id)
        pausing.pause(site, found.subscription, _binding(found))
        return done(shapes.subscription_shape(found))


@bp.post("/subscription/<subscription_id>/resume", strict_slashes=False)
def resume(subscription_id: str) -> Response:
    """Links go on with the next date; those that the pause left out are not sent."""
    with transaction():
        found = reading.agreed(subscription_id, lock=True)
        site = session().get_one(Site, g.site_id)
        holds.resume(site, found.subscription, _binding(found))
        return done(shapes.subscription_shape(found))


@bp.get("/subscription/<subscription_id>/payment", strict_slashes=False)
def payments(subscription_id: str) -> Response:
    """Its instalments, newest first."""
    page, size = reading.pages()
    with only_reading():
        found = reading.agreed(subscription_id)
        site = session().get_one(Site, g.site_id)
        mine = select(Invoice).where(Invoice.subscription_id == found.subscription.id)
        total = reading.count(mine.with_only_columns(Invoice.id))
        newest = mine.order_by(Invoice.created_at.desc(), Invoice.id.desc()).limit(size).offset(page * size)
        content = [shapes.payment_shape(site, found, one) for one in reading.instalments(newest)]
    return done(shapes.page_shape(content, page, size, total))


def _binding(found: Agreed) -> Terms:
    return session().get_one(Terms, found.subscription.binding_terms_id or found.subscription.terms_id)


def _filters() -> list[ColumnElement[bool]]:
    given: dict[str, Any] = {name: text for name, text in request.args.items() if text}
    found = [names.with_status(given["status"])] if "status" in given else []
    if "customer.reference" in given:
        found.append(Customer.external_id == given["customer.reference"])
    if "customer.email" in given:
        found.append(func.lower(Customer.email) == given["customer.email"].lower())
    if "customer.phone" in given:
        digits = "".join(sign for sign in given["customer.phone"] if sign.isascii() and sign.isdigit())
        found.append(Customer.mobile_phone == f"+{digits}")
    if "afterId" in given:
        after = read_id(given["afterId"])
        if after is None:
            raise invalid("afterId", "Give the id of a subscription.")
        found.append(Subscription.id > after)
    if "afterTimestamp" in given:
        found.append(Subscription.created_at > _moment(given["afterTimestamp"]))
    return found


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("afterTimestamp", "Give a time as yyyy-mm-dd HH:MM:SS, in UTC.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
