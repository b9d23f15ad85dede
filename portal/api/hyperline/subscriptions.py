"""Addresses of the dialect: subscriptions as wholes: made with their products, read, listed and changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Response, request
from pydantic import BaseModel
from sqlalchemy import ColumnElement

from portal.api import preconditions
from portal.api.answers import answer
from portal.api.hyperline import answers, filters, names, orders, reading, shapes, values
from portal.api.hyperline.bodies import SubscriptionBody, SubscriptionChange
from portal.api.hyperline.door import bp
from portal.api.hyperline.filters import ListQuery
from portal.api.hyperline.manual import manual
from portal.billing import cancellations
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import NotAllowedNow, invalid
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import ending, lifecycle, phases, properties, update, versions
from portal.subscriptions.add import add
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import SubscriptionOrder

TAG = "Subscriptions (Hyperline)"
EXAMPLE = {
    "customer_id": "0199c1f5-8a51-7d07-8b4c-6a1f0c9d3e11",
    "name": "Gold+ Plan",
    "billing_interval_period": "months",
    "billing_interval_count": 1,
    "products": [{"product_name": "Gold+ Plan", "count": 1, "prices": [{"type": "fee", "amount": 3499}]}],
}
FIELDS = {
    "id": filters.by_id(Subscription.id),
    "customer_id": filters.by_id(Subscription.customer_id),
    "name": filters.by_text(Terms.description),
    "currency": filters.by_text(Terms.currency),
    "starts_at": filters.by_day(Subscription.anchor_on),
    "cancel_at": filters.by_day(Subscription.cancel_on),
    "next_payment_at": filters.by_day(Subscription.next_due_on),
    "created_at": filters.by_instant(Subscription.created_at),
    "updated_at": filters.by_instant(Subscription.updated_at),
}


@bp.post("/subscriptions", strict_slashes=False)
@manual.operation(
    "Create subscription",
    tag=TAG,
    body=SubscriptionBody,
    answers={201: answers.Subscription},
    refuses=(404,),
    tagged=True,
    body_example=EXAMPLE,
)
def create_subscription(body: SubscriptionBody) -> Response:
    """Pending until the customer confirms a payment method on `checkout_url`, which is sent to them as well."""
    with transaction():
        site = reading.own_site()
        currency = body.currency or site.currency
        found = orders.held(site, body.first_products, currency, _place(body))
        later = orders.phase_orders(site, (body.phases or [])[1:], currency, 1)
        saved = add(site, orders.subscription_order(site, body, currency, found))
        made = session().get_one(Subscription, saved.subscription_id)
        made.custom_properties = body.custom_properties
        found.keep_own(site, made.id)
        _plan(site, made, later)
        return _answered(made, 201)


@bp.get("/subscriptions", strict_slashes=False)
@manual.operation("List subscriptions", tag=TAG, query=ListQuery, answers={200: answers.Subscriptions})
def list_subscriptions(query: ListQuery) -> Response:
    """Newest first; drafts, voided and cancelled ones only where `status` asks for them (`all` is every one). Filters:
    status (`status__in`, `status__notIn`), id, customer_id, name, currency, starts_at, cancel_at, next_payment_at,
    created_at, updated_at, each with its operators: `created_at__gte`."""
    conditions = filters.asked(FIELDS, besides=frozenset({"status"}))
    with only_reading():
        site = reading.own_site()
        wanted = reading.all_agreed(*conditions, *_by_status(clock.today(site)))
        newest = Subscription.created_at.desc(), Subscription.id.desc()

        def written(rows: list[Any]) -> list[shapes.Shape]:
            return [shapes.subscription_shape(one) for one in reading.wholes(site, rows)]

        shape = filters.page(wanted, query, newest, written)
    return answer(shape)


@bp.get("/subscriptions/<subscription_id>", strict_slashes=False)
@manual.operation("Get subscription", tag=TAG, answers={200: answers.Subscription}, tagged=True)
def get_subscription(subscription_id: str) -> Response:
    """One subscription with its products, its next payment and the customer's payment link."""
    with only_reading():
        found = reading.subscription(subscription_id)
        shape = shapes.subscription_shape(reading.whole(found))
        tag = preconditions.etag(found)
    return answer(shape, headers=tag)


@bp.put("/subscriptions/<subscription_id>", strict_slashes=False)
@manual.operation(
    "Update subscription",
    tag=TAG,
    body=SubscriptionChange,
    answers={200: answers.Subscription},
    versioned=True,
    tagged=True,
    body_example={"name": "Gold+ Plan", "custom_properties": {"segment": "retail"}},
)
def update_subscription(subscription_id: str, body: SubscriptionChange) -> Response:
    """What is left out stays. Products change here before the customer's yes alone, afterwards by updates; `phases`
    replace those that are planned."""
    with transaction():
        site = reading.own_site()
        found = reading.subscription(subscription_id, lock=True)
        given = body.model_fields_set
        _refuse_ended(found)
        if given & {"name", "starts_at", "products"}:
            _change_terms(site, found, body)
        if "cancel_at" in given:
            _change_end(site, found, body)
        if "custom_properties" in given:
            properties.change(site, found, body.custom_properties)
        if "phases" in given:
            currency = versions.terms_of(found.terms_id).currency
            _plan(site, found, orders.phase_orders(site, body.phases or [], currency, 0))
        return _answered(found)


def _answered(found: Subscription, status: int = 200) -> Response:
    """The whole subscription as it now is, inside the transaction that changed it."""
    shape = shapes.subscription_shape(reading.whole(found))
    return answer(shape, status, headers=preconditions.etag(found))


def _place(body: BaseModel) -> str:
    return "products" if getattr(body, "products", None) else "phases.0.products"


def _plan(site: Site, found: Subscription, later: list[tuple[Any, orders.Held]]) -> None:
    terms = versions.terms_of(found.terms_id)
    for order, goods in later:
        orders.check_recurs(terms.rhythm, order.items, "phases")
        goods.keep_own(site, found.id)
    if later or phases.planned(found.id):
        phases.plan(site, found, [order for order, _ in later])


def _refuse_ended(found: Subscription) -> None:
    lifecycle.refuse_if_archived(found)
    if found.status == "closed":
        raise NotAllowedNow("This subscription has ended.")


def _change_terms(site: Site, found: Subscription, body: SubscriptionChange) -> None:
    given, order = body.model_fields_set, SubscriptionOrder()
    changes: dict[str, Any] = {"description": body.name} if "name" in given else {}
    if "starts_at" in given:
        changes["start_on"] = values.day_of(body.starts_at, site.timezone)
    if body.products is not None:
        if lifecycle.is_accepted(found):
            raise invalid("products", "The customer has confirmed: change products by updates.")
        terms = versions.terms_of(found.terms_id)
        goods = orders.held(site, body.products, terms.currency, "products")
        if not terms.unit_amount_minor:
            orders.check_recurs(terms.rhythm, goods.items, "products")
        goods.keep_own(site, found.id)
        changes["items"] = goods.items
    update.update(site, found, SubscriptionOrder(**changes) if changes else order)


def _change_end(site: Site, found: Subscription, body: SubscriptionChange) -> None:
    """Before the yes an end is part of the terms; afterwards it is a planned cancellation."""
    on, today = values.day_of(body.cancel_at, site.timezone), clock.today(site)
    if on is not None and on <= today:
        raise invalid("cancel_at", "Give a day after today, or call cancel to end it now.")
    if not lifecycle.is_accepted(found):
        update.update(site, found, SubscriptionOrder(end_on=on - timedelta(days=1) if on else None))
    elif on is not None:
        cancellations.cancel(site, found, reading.binding(found), cancellations.CancelOrder(on=on))
    elif found.cancel_on is not None:
        ending.undo_cancel(site, found, reading.binding(found))


def _by_status(today: date) -> list[ColumnElement[bool]]:
    """Those that a list shows; drafts, voided and cancelled ones only where they are asked for."""
    asked: dict[str, set[str]] = {}
    for name, value in request.args.items():
        field, _, operator = name.partition("__")
        if field != "status":
            continue
        if operator not in {"", "equals", "not", "in", "notIn"}:
            raise invalid(name, "There is no such filter. There are status, status__not, status__in, status__notIn.")
        wanted = set(filters.named(value)) if operator in {"in", "notIn"} else {value}
        if not wanted or not wanted <= {*names.STATUSES, "all"}:
            raise invalid(name, f"Give some of all, {', '.join(names.STATUSES)}.")
        asked[operator or "equals"] = set(names.STATUSES) if "all" in wanted else wanted
    kept = set(names.STATUSES) - (names.HIDDEN if not asked else set())
    for operator, wanted in asked.items():
        kept &= set(names.STATUSES) - wanted if operator in {"not", "notIn"} else wanted
    return [names.with_status(sorted(kept), today)]
