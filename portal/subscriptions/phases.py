"""Phases of a subscription: the products that it holds from a day on, or from a word of its merchant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.core import changes
from portal.core.database import session
from portal.core.errors import InvalidFields, NotAllowedNow, Problem
from portal.core.instants import due_instant
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, lifecycle, versions
from portal.subscriptions.grids import Pay
from portal.subscriptions.item_orders import ItemOrder, held_items
from portal.subscriptions.item_updates import UPDATE, ItemUpdate, UpdateKind
from portal.subscriptions.models import Subscription
from portal.subscriptions.proration import Method


@dataclass(frozen=True, slots=True)
class PhaseOrder:
    """The next products; without `starts_on` they wait until the merchant says so."""

    items: tuple[ItemOrder, ...]
    name: str | None = None
    starts_on: date | None = None
    method: Method = Method.PRO_RATA
    pay: Pay = Pay.IMMEDIATELY


def plan(site: Site, subscription: Subscription, orders: Sequence[PhaseOrder]) -> None:
    """These phases come after the present one, in the place of those that were planned.

    The subscription's row is locked by the caller. Raises NotAllowedNow after its end, InvalidFields.
    """
    lifecycle.refuse_if_archived(subscription)
    if subscription.status not in {"pending", "active"}:
        raise NotAllowedNow("Phases are planned while a subscription is pending or active.")
    _check_days(site, subscription, orders)
    for row in planned(subscription.id):
        UPDATE.check(row.status, "canceled")
        row.status, row.due_at, row.site_due_at = "canceled", None, None
    begun = len([row for row in all_of(subscription.id) if row.status in {"waiting", "applied"}])
    for place, order in enumerate(orders):
        session().add(_row(site, subscription, order, begun + place + 1, f"phases.{place}"))
    _note(site, subscription, orders)
    session().flush()


def all_of(subscription_id: uuid.UUID) -> Sequence[ItemUpdate]:
    """Every phase that was ever planned, in the order in which they come."""
    rows = session().scalars(
        select(ItemUpdate)
        .where(ItemUpdate.subscription_id == subscription_id, ItemUpdate.kind == str(UpdateKind.PHASE))
        .order_by(ItemUpdate.created_at, ItemUpdate.id)
    )
    return sorted(rows, key=lambda row: (row.change["order"], row.created_at))


def planned(subscription_id: uuid.UUID) -> list[ItemUpdate]:
    return [row for row in all_of(subscription_id) if row.status == "scheduled"]


def present(subscription_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """The phase in which each of these is, where it is no more the first, in one read."""
    begun = (
        select(ItemUpdate.subscription_id, ItemUpdate.id)
        .where(
            ItemUpdate.subscription_id.in_(subscription_ids),
            ItemUpdate.kind == str(UpdateKind.PHASE),
            ItemUpdate.status.in_(["waiting", "applied"]),
        )
        .order_by(ItemUpdate.applied_at, ItemUpdate.id)
    )
    return {row.subscription_id: row.id for row in session().execute(begun)}


def _check_days(site: Site, subscription: Subscription, orders: Sequence[PhaseOrder]) -> None:
    """Each after today and after the one before it; one that waits for a word has none behind it with a day."""
    before: date | None = agenda.today(site, versions.terms_of(subscription.terms_id))
    for place, order in enumerate(orders):
        if order.starts_on is not None and (before is None or order.starts_on <= before):
            words = "Give a day after today and after the phase before; none may follow a phase that has no day."
            raise InvalidFields([Problem(f"phases.{place}.starts_at", "invalid", words)])
        before = order.starts_on


def _row(site: Site, subscription: Subscription, order: PhaseOrder, number: int, place: str) -> ItemUpdate:
    terms = versions.terms_of(subscription.terms_id)
    held, problems = held_items(order.items, terms.currency, None)
    if not problems:
        price = {name: getattr(terms, name) for name in versions.FIELDS} | {"items": held}
        problems = versions.reckon(price)
    if problems:
        raise InvalidFields([Problem(f"{place}.products", one.kind, one.message) for one in problems])
    row = ItemUpdate(
        site_id=site.id,
        subscription_id=subscription.id,
        status="scheduled",
        kind=str(UpdateKind.PHASE),
        change={"items": held, "name": order.name, "order": number},
        method=str(order.method),
        pay=str(order.pay),
        apply_on=order.starts_on,
        lines={},
        created_at=clock.now(site),
    )
    if order.starts_on is not None:
        times = clock.due(site, due_instant(order.starts_on, site.timezone, 0))
        row.due_at, row.site_due_at = times.due_at, times.site_due_at
    return row


def _note(site: Site, subscription: Subscription, orders: Sequence[PhaseOrder]) -> None:
    changes.record(
        "phases planned",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={
            f"phase {place + 1}": (None, [order.name, str(order.starts_on or ""), len(order.items)])
            for place, order in enumerate(orders)
        },
    )
