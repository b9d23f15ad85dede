"""Addresses of the dialect: subscriptions listed, read, made and patched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g
from sqlalchemy import ColumnElement

from portal.api import preconditions
from portal.api.answers import answer
from portal.api.fundraising import answers, bodies, names, orders, patching, reading, samples, shapes
from portal.api.fundraising.bodies import PatchBody, PatchedFields, SubscriptionBody
from portal.api.fundraising.catalog_bodies import SubscriptionsQuery
from portal.api.fundraising.door import bp
from portal.api.fundraising.manual import SUBSCRIPTIONS, manual
from portal.api.fundraising.shapes import Engaged, Shape
from portal.billing import merchants_word
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import NotAllowedNow, invalid
from portal.core.ids import read_id
from portal.sites.models import Site
from portal.subscriptions import engagements, external_ids, lifecycle, update
from portal.subscriptions.add import add
from portal.subscriptions.models import Subscription
from portal.subscriptions.orders import SubscriptionOrder
from portal.subscriptions.seen import Seen


@bp.get("/subscriptions")
@manual.operation(
    "List subscriptions", tag=SUBSCRIPTIONS, query=SubscriptionsQuery, answers={200: answers.Subscriptions}
)
def list_subscriptions(query: SubscriptionsQuery) -> Response:
    """Newest first. `next` leads on without a gap even while new ones are made, pageNumber counts from 0."""
    with only_reading():
        site = reading.the_site()
        wanted = reading.all_engaged().where(*_filters(site, query))

        def write(rows: Sequence[Any]) -> list[Shape]:
            return [shapes.subscription_shape(site, one) for one in reading.complete(site, rows)]

        shape = reading.page(wanted, (Subscription.created_at, Subscription.id), query, write)
    asked = {"startDate": query.start_date, "endDate": query.end_date, "state": query.state}
    return answer(shape | asked)


@bp.get("/subscription/<subscription_id>")
@manual.operation(
    "Get a subscription",
    tag=SUBSCRIPTIONS,
    answers={200: answers.Subscription},
    tagged=True,
    answer_examples={200: samples.SUBSCRIPTION},
)
def get_subscription(subscription_id: str) -> Response:
    """One subscription, an archived one too."""
    with only_reading():
        site = reading.the_site()
        found = reading.engaged(site, subscription_id)
    return answer(shapes.subscription_shape(site, found), headers=preconditions.etag(found.subscription))


@bp.post("/subscription")
@manual.operation(
    "Insert a subscription",
    tag=SUBSCRIPTIONS,
    body=SubscriptionBody,
    answers={201: answers.Subscription},
    body_example=samples.SUBSCRIPTION_BODY,
    answer_examples={201: samples.SUBSCRIPTION},
)
def add_subscription(body: SubscriptionBody) -> Response:
    """Without a payment method it is Pending and the contact is sent the link. With one that the contact saved before
    it begins at once: by sending it you say that the contact has agreed to these terms, which is kept with your key
    and told to the contact."""
    with transaction():
        site = reading.the_site()
        external_ids.reserve(site.id, body.external_id)
        chosen = orders.choice(body)
        guid = body.payment_method_guid
        method = merchants_word.usable(site, chosen.contact.id, read_id(guid)) if guid else None
        saved = add(site, orders.subscription_order(site, body, chosen), asks=method is None)
        subscription = session().get_one(Subscription, saved.subscription_id, with_for_update=True)
        engagements.note(engagements.of(subscription), **orders.engagement_values(site, body, chosen.agreement))
        if method is not None:
            merchants_word.begin(site, subscription, method, g.key.key_id)
        return answer(shape_now(site, subscription), 201, headers=preconditions.etag(subscription))


@bp.patch("/subscription/<subscription_id>")
@manual.operation(
    "Patch a subscription",
    tag=SUBSCRIPTIONS,
    body=PatchBody,
    answers={200: answers.Subscription},
    versioned=True,
    body_example=samples.PATCH_BODY,
    answer_examples={200: samples.SUBSCRIPTION},
)
def patch_subscription(subscription_id: str, body: PatchBody) -> Response:
    """JSON Patch (RFC 6902) of expiresAfterDate, holdDescription, quantity, externalId and externalLink; all of it or
    nothing. `test` asks about these five too. What is removed is empty, quantity 1."""
    with transaction():
        site = reading.the_site()
        subscription = reading.locked(subscription_id)
        Seen(preconditions.if_match()).require(subscription)
        lifecycle.refuse_if_archived(subscription)
        before = _patchable(reading.engaged(site, subscription_id))
        after = patching.patch_fields(before, body.operations())
        _apply(site, subscription, bodies.read(PatchedFields, before), bodies.read(PatchedFields, after))
        return answer(shape_now(site, subscription), headers=preconditions.etag(subscription))


def shape_now(site: Site, subscription: Subscription) -> Shape:
    """The subscription as it stands, with what was done to it in this transaction."""
    session().flush()
    return shapes.subscription_shape(site, reading.engaged(site, str(subscription.id)))


def _patchable(one: Engaged) -> dict[str, Any]:
    """The five fields as JSON has them, each there."""
    end = one.terms.end_on
    return {
        "expiresAfterDate": end.isoformat() if end else None,
        "holdDescription": shapes.hold_description(one),
        "quantity": one.terms.quantity,
        "externalId": one.subscription.external_id,
        "externalLink": one.engagement.external_link if one.engagement else None,
    }


def _apply(site: Site, subscription: Subscription, before: PatchedFields, after: PatchedFields) -> None:
    after.quantity = after.quantity or 1
    wanted = {
        name: getattr(after, name)
        for name in PatchedFields.model_fields
        if getattr(before, name) != getattr(after, name)
    }
    if subscription.status == "closed" and wanted.keys() & {"expires_after_date", "quantity", "hold_description"}:
        raise NotAllowedNow("This subscription has ended: only externalId and externalLink can change.")
    order = SubscriptionOrder()
    if "quantity" in wanted:
        order = replace(order, quantity=wanted.pop("quantity"))
    if "expires_after_date" in wanted:
        order = replace(order, end_on=wanted.pop("expires_after_date"))
    if order != SubscriptionOrder():
        update.update(site, subscription, order)
    if "hold_description" in wanted:
        wanted["hold_words"] = wanted.pop("hold_description")
    if wanted:
        engagements.keep(site, subscription, **wanted)


def _filters(site: Site, query: SubscriptionsQuery) -> list[ColumnElement[bool]]:
    found = [names.with_state(query.state) if query.state else Subscription.archived_at.is_(None)]
    if query.start_date is not None:
        found.append(Subscription.created_at >= _dawn(site, query.start_date))
    if query.end_date is not None:
        found.append(Subscription.created_at < _dawn(site, query.end_date, days=1))
    if query.external_id is not None:
        found.append(Subscription.external_id == query.external_id)
    if query.contact_guid is not None:
        found.append(Subscription.customer_id == read_id(query.contact_guid))
    return found


def _dawn(site: Site, day: date, days: int = 0) -> datetime:
    """When this day, or one so many days later, begins at the site."""
    try:
        return datetime.combine(day + timedelta(days=days), time(), ZoneInfo(site.timezone)).astimezone(UTC)
    except OverflowError:
        raise invalid("endDate" if days else "startDate", "Give a day that a calendar has.") from None
