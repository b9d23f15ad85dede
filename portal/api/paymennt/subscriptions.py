"""Addresses of the dialect: subscriptions, which collect by link, and their payments."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, g
from sqlalchemy import ColumnElement, func, select

from portal.api import preconditions
from portal.api.answers import answer
from portal.api.paymennt import answers, names, orders, reading, shapes
from portal.api.paymennt.bodies import PageQuery, SearchQuery, SubscriptionBody
from portal.api.paymennt.door import bp, enveloped
from portal.api.paymennt.manual import manual
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
@manual.operation(
    "Create subscription",
    tag="Subscriptions (Paymennt)",
    body=SubscriptionBody,
    answers={200: answers.SubscriptionAnswer},
)
def create(body: SubscriptionBody) -> Response:
    """Active at once; a start date in the past sends the first link now (PM9)."""
    with transaction():
        site = session().get_one(Site, g.site_id)
        saved = by_link.open_first(add(site, orders.subscription_order(site, body)))
        session().flush()
        return answer(enveloped(shapes.subscription_shape(reading.agreed(str(saved.subscription_id)))))


@bp.get("/subscription", strict_slashes=False)
@manual.operation(
    "Search subscriptions",
    tag="Subscriptions (Paymennt)",
    query=SearchQuery,
    answers={200: answers.SubscriptionsAnswer},
)
def search(query: SearchQuery) -> Response:
    """By status, by customer, after an id or a moment; newest first, a page at a time."""
    page, size = query.page, query.size
    with only_reading():
        wanted = reading.all_agreed().where(*_filters(query))
        total = reading.count(wanted.with_only_columns(Subscription.id))
        newest = wanted.order_by(Subscription.id.desc()).limit(size).offset(page * size)
        content = [shapes.subscription_shape(Agreed(*row)) for row in session().execute(newest)]
    return answer(enveloped(shapes.page_shape(content, page, size, total)))


@bp.get("/subscription/<subscription_id>", strict_slashes=False)
@manual.operation(
    "Get subscription", tag="Subscriptions (Paymennt)", answers={200: answers.SubscriptionAnswer}, tagged=True
)
def get(subscription_id: str) -> Response:
    """One subscription; its payments are read beside it."""
    with only_reading():
        found = reading.agreed(subscription_id)
        shape, tag = shapes.subscription_shape(found), preconditions.etag(found.subscription)
    return answer(enveloped(shape), headers=tag)


@bp.post("/subscription/<subscription_id>/pause", strict_slashes=False)
@manual.operation(
    "Pause subscription", tag="Subscriptions (Paymennt)", answers={200: answers.SubscriptionAnswer}, versioned=True
)
def pause(subscription_id: str) -> Response:
    """No links until it is resumed by hand; the end date stands, and open links stay payable."""
    with transaction():
        found = reading.agreed(subscription_id, lock=True)
        preconditions.seen().require(found.subscription)
        site = session().get_one(Site, g.site_id)
        pausing.pause(site, found.subscription, _binding(found))
        return answer(enveloped(shapes.subscription_shape(found)), headers=preconditions.etag(found.subscription))


@bp.post("/subscription/<subscription_id>/resume", strict_slashes=False)
@manual.operation(
    "Resume subscription", tag="Subscriptions (Paymennt)", answers={200: answers.SubscriptionAnswer}, versioned=True
)
def resume(subscription_id: str) -> Response:
    """Links go on with the next date; those that the pause left out are not sent."""
    with transaction():
        found = reading.agreed(subscription_id, lock=True)
        preconditions.seen().require(found.subscription)
        site = session().get_one(Site, g.site_id)
        holds.resume(site, found.subscription, _binding(found))
        return answer(enveloped(shapes.subscription_shape(found)), headers=preconditions.etag(found.subscription))


@bp.get("/subscription/<subscription_id>/payment", strict_slashes=False)
@manual.operation(
    "Get subscription payments", tag="Subscriptions (Paymennt)", query=PageQuery, answers={200: answers.PaymentsAnswer}
)
def payments(subscription_id: str, query: PageQuery) -> Response:
    """Its instalments, newest first."""
    page, size = query.page, query.size
    with only_reading():
        found = reading.agreed(subscription_id)
        site = session().get_one(Site, g.site_id)
        mine = select(Invoice).where(Invoice.subscription_id == found.subscription.id)
        total = reading.count(mine.with_only_columns(Invoice.id))
        newest = mine.order_by(Invoice.created_at.desc(), Invoice.id.desc()).limit(size).offset(page * size)
        content = [shapes.payment_shape(site, found, one) for one in reading.instalments(newest)]
    return answer(enveloped(shapes.page_shape(content, page, size, total)))


def _binding(found: Agreed) -> Terms:
    return session().get_one(Terms, found.subscription.binding_terms_id or found.subscription.terms_id)


def _filters(query: SearchQuery) -> list[ColumnElement[bool]]:
    found = [names.with_status(query.status)] if query.status else []
    if query.customer_reference:
        found.append(Customer.external_id == query.customer_reference)
    if query.customer_email:
        found.append(func.lower(Customer.email) == query.customer_email.lower())
    if query.customer_phone:
        digits = "".join(sign for sign in query.customer_phone if sign.isascii() and sign.isdigit())
        found.append(Customer.mobile_phone == f"+{digits}")
    if query.after_id:
        after = read_id(query.after_id)
        if after is None:
            raise invalid("afterId", "Give the id of a subscription.")
        found.append(Subscription.id > after)
    if query.after_timestamp:
        found.append(Subscription.created_at > _moment(query.after_timestamp))
    return found


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("afterTimestamp", "Give a time as yyyy-mm-dd HH:MM:SS, in UTC.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
