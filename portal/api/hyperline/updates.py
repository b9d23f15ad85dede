"""Addresses of the dialect: updates, which are resources of their own: asked for, simulated, read and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from pydantic import BaseModel
from sqlalchemy import select

from portal.api import preconditions
from portal.api.answers import answer
from portal.api.hyperline import answers, filters, reading, update_orders, update_shapes, values
from portal.api.hyperline.door import bp
from portal.api.hyperline.filters import ListQuery
from portal.api.hyperline.manual import manual
from portal.api.hyperline.update_bodies import Settings, UpdateBody, UpdatesBody
from portal.billing import item_updates, simulate_planned
from portal.billing.simulate import simulate
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import versions
from portal.subscriptions.item_updates import ItemUpdate, UpdateKind, UpdateOrder
from portal.subscriptions.lines import Line
from portal.subscriptions.models import Subscription

TAG = "Updates (Hyperline)"
COMING = 3
EXAMPLE = {
    "application_schedule": "immediately",
    "payment_schedule": "immediately",
    "calculation_method": "pro_rata",
    "type": "add_product",
    "payload": {
        "product_id": "towels",
        "product_name": "Towels",
        "product_description": "Two fresh ones a day",
        "count": 1,
        "billing_interval_period": "months",
        "billing_interval_count": 1,
        "start_or_end": "start",
        "display_interval_dates_in_description": True,
        "type": "fee",
        "prices": [{"type": "fee", "amount": 3100}],
    },
}
MANY = {name: EXAMPLE[name] for name in ("application_schedule", "payment_schedule", "calculation_method")} | {
    "updates": [
        {"type": "update_count", "payload": {"product_id": "towels", "count": 2}},
        {"type": "update_price", "payload": {"product_id": "towels", "prices": [{"type": "fee", "amount": 2900}]}},
    ]
}


class _Undone(Exception):
    def __init__(self, told: Response) -> None:
        super().__init__()
        self.told = told


def _read_one(_: type[BaseModel], fields: dict[str, Any]) -> list[Settings]:
    return update_orders.checked([values.read(UpdateBody, fields).root], [""])


def _read_many(_: type[BaseModel], fields: dict[str, Any]) -> list[Settings]:
    body = values.read(UpdatesBody, fields)
    return update_orders.checked(body.updates, [f"updates.{place}." for place in range(len(body.updates))])


@bp.post("/subscriptions/<subscription_id>/update", strict_slashes=False)
@manual.operation(
    "Create subscription update",
    tag=TAG,
    body=UpdateBody,
    read=_read_one,
    answers={201: answers.Created},
    versioned=True,
    body_example=EXAMPLE,
)
def create_update(subscription_id: str, body: list[Settings]) -> Response:
    """Change a product now or on a day. Before the customer's yes it becomes part of what they confirm; afterwards
    a dearer one is billed once the customer has been told (the update is `waiting` until then)."""
    with transaction():
        site = reading.own_site()
        found = reading.subscription(subscription_id, lock=True)
        (row,) = _ask(site, found, body)
        return answer({"id": str(row.id)}, 201, headers=preconditions.etag(found))


@bp.post("/subscriptions/<subscription_id>/update-many", strict_slashes=False)
@manual.operation(
    "Create subscription updates",
    tag=TAG,
    body=UpdatesBody,
    read=_read_many,
    answers={201: answers.AllCreated},
    versioned=True,
    body_example=MANY,
)
def create_updates(subscription_id: str, body: list[Settings]) -> Response:
    """Several changes, one after the other, all or none."""
    with transaction():
        site = reading.own_site()
        found = reading.subscription(subscription_id, lock=True)
        rows = _ask(site, found, body)
        return answer([{"id": str(row.id)} for row in rows], 201, headers=preconditions.etag(found))


@bp.post("/subscriptions/<subscription_id>/simulate-updates", strict_slashes=False)
@manual.operation(
    "Simulate subscription updates",
    tag=TAG,
    body=UpdatesBody,
    read=_read_many,
    answers={200: answers.Simulated},
    body_example=MANY,
)
def simulate_updates(subscription_id: str, body: list[Settings]) -> Response:
    """What the changes would cost. Nothing is applied, nobody is told."""
    try:
        with transaction():
            site = reading.own_site()
            found = reading.subscription(subscription_id, lock=True)
            orders = _orders(site, found, body)
            raise _Undone(answer(_simulated(site, found, orders)))
    except _Undone as undone:
        return undone.told


@bp.get("/subscriptions/<subscription_id>/updates", strict_slashes=False)
@manual.operation("List subscription updates", tag=TAG, query=ListQuery, answers={200: answers.Updates})
def list_updates(subscription_id: str, query: ListQuery) -> Response:
    """Every change of its products, newest first."""
    conditions = filters.asked({"created_at": filters.by_instant(ItemUpdate.created_at)})
    with only_reading():
        site = reading.own_site()
        found = reading.subscription(subscription_id)
        mine = ItemUpdate.subscription_id == found.id, ItemUpdate.kind != str(UpdateKind.PHASE)
        newest = ItemUpdate.created_at.desc(), ItemUpdate.id.desc()

        def written(rows: list[Any]) -> list[dict[str, Any]]:
            return [update_shapes.update_shape(site, row) for (row,) in rows]

        shape = filters.page(select(ItemUpdate).where(*mine, *conditions), query, newest, written)
    return answer(shape)


@bp.get("/subscriptions/<subscription_id>/updates/<update_id>", strict_slashes=False)
@manual.operation("Get subscription update", tag=TAG, answers={200: answers.Update})
def get_update(subscription_id: str, update_id: str) -> Response:
    """What became of it, and what it cost."""
    with only_reading():
        found = reading.subscription(subscription_id)
        shape = update_shapes.update_shape(reading.own_site(), _find(found, update_id))
    return answer(shape)


@bp.post("/subscriptions/<subscription_id>/updates/<update_id>/cancel", strict_slashes=False)
@manual.operation("Cancel subscription update", tag=TAG, answers={200: answers.Update}, versioned=True)
def cancel_update(subscription_id: str, update_id: str) -> Response:
    """Before its day; one that was carried out is undone by another."""
    with transaction():
        site = reading.own_site()
        found = reading.subscription(subscription_id, lock=True)
        row = _find(found, update_id)
        item_updates.cancel(site, found, row)
        return answer(update_shapes.update_shape(site, row), headers=preconditions.etag(found))


def _ask(site: Site, found: Subscription, bodies: Sequence[Settings]) -> list[ItemUpdate]:
    rows = [item_updates.ask(site, found, order) for order in _orders(site, found, bodies)]
    session().flush()
    return rows


def _orders(site: Site, found: Subscription, bodies: Sequence[Settings]) -> list[UpdateOrder]:
    currency, today = versions.terms_of(found.terms_id).currency, clock.today(site)
    places = [""] if len(bodies) == 1 else [f"updates.{place}." for place in range(len(bodies))]
    return [
        update_orders.order(site, found, body, place, currency, today)
        for body, place in zip(bodies, places, strict=True)
    ]


def _find(found: Subscription, update_id: str) -> ItemUpdate:
    row = item_updates.find(found.id, read_id(update_id))
    if row.kind == str(UpdateKind.PHASE):
        raise NotFound("There is no update with this id.")
    return row


def _simulated(site: Site, found: Subscription, orders: Sequence[UpdateOrder]) -> dict[str, Any]:
    """Those of today are carried out and undone again; those planned for a day are reckoned on top of them."""
    today = clock.today(site)
    planned = [order for order in orders if order.apply_on is not None and order.apply_on > today]
    now = [order for order in orders if order not in planned]
    before = set(session().scalars(_ids(found)))
    done = simulate(site, found, None, now, COMING)
    new = select(ItemUpdate).where(ItemUpdate.subscription_id == found.id, ItemUpdate.id.not_in(before))
    currency = done.terms.currency
    lines = [
        Line.from_dict(line, currency) for row in session().scalars(new) for some in row.lines.values() for line in some
    ]
    later = simulate_planned.lines_of(site, found, planned) if planned else []
    return update_shapes.simulation_shape(done, [*lines, *later], is_whole=not planned)


def _ids(found: Subscription) -> Any:
    return select(ItemUpdate.id).where(ItemUpdate.subscription_id == found.id)
