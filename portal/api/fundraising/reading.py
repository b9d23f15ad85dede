"""What the dialect's answers are made of: subscriptions with all that hangs on them, by the page or one by one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import g
from sqlalchemy import Row, Select, func, select

from portal.api import paging
from portal.api.fundraising.catalog_bodies import PageQuery
from portal.api.fundraising.schedule import next_due_on
from portal.api.fundraising.shapes import Engaged, Shape
from portal.billing.models import PaymentMethod
from portal.catalog.agreements import Agreement
from portal.core.changes import Change
from portal.core.database import session
from portal.core.errors import NotFound, invalid
from portal.core.ids import read_id
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions.engagements import Engagement
from portal.subscriptions.models import Subscription, Terms

RESTED = ("subscription paused", "subscription failed")


def the_site() -> Site:
    return session().get_one(Site, g.site_id)


def all_engaged() -> Any:  # a Select of these five
    """Every subscription of the key's site that was not deleted."""
    return (
        select(Subscription, Terms, Engagement, Agreement, PaymentMethod)
        .join(Terms, Terms.id == Subscription.terms_id)
        .outerjoin(Engagement, Engagement.subscription_id == Subscription.id)
        .outerjoin(Agreement, Agreement.id == Engagement.agreement_id)
        .outerjoin(PaymentMethod, PaymentMethod.id == Subscription.payment_method_id)
        .where(Subscription.site_id == g.site_id, Subscription.deleted_at.is_(None))
    )


def engaged(site: Site, subscription_id: str) -> Engaged:
    """By its guid. Raises NotFound for an unknown one, and alike for another site's."""
    our_id = read_id(subscription_id)
    row = session().execute(all_engaged().where(Subscription.id == our_id)).first() if our_id else None
    if row is None:
        raise NotFound("There is no subscription with this guid.")
    return complete(site, [row])[0]


def locked(subscription_id: str) -> Subscription:
    """The row alone, held until the transaction ends. Raises NotFound as above."""
    mine = select(Subscription).where(Subscription.site_id == g.site_id, Subscription.deleted_at.is_(None))
    our_id = read_id(subscription_id)
    found = session().scalar(mine.where(Subscription.id == our_id).with_for_update()) if our_id else None
    if found is None:
        raise NotFound("There is no subscription with this guid.")
    return found


def complete(site: Site, rows: Sequence[Row[Any] | tuple[Any, ...]]) -> list[Engaged]:
    """With the dates that take another look, in one read whatever their number."""
    found = [Engaged(*row) for row in rows]
    rested = _rested([one.subscription.id for one in found])
    return [
        replace(
            one,
            rested_at=rested.get(one.subscription.id),
            next_due_on=next_due_on(site, one.subscription, one.terms),
        )
        for one in found
    ]


def contact(customer_id: str | None) -> Customer | None:
    """The site's own; None for an unknown one, and alike for another site's."""
    our_id = read_id(customer_id) if customer_id else None
    if our_id is None:
        return None
    return session().scalar(select(Customer).where(Customer.site_id == g.site_id, Customer.id == our_id))


def contact_id(customer_id: str | None) -> uuid.UUID:
    """Raises InvalidFields for an unknown guid, and alike for another site's or none."""
    found = contact(customer_id)
    if found is None:
        raise invalid("contactGuid", "There is no contact with this guid.")
    return found.id


def page(
    wanted: Select[Any], by: Sequence[Any], query: PageQuery, write: Callable[[Sequence[Any]], list[Shape]]
) -> Shape:
    """A page as every list of this dialect has it: by number from 0, or after the cursor of the page before."""
    number, size = query.page_number or 0, query.page_size or paging.LIMIT
    total = session().scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    paged = wanted if query.after else wanted.offset(number * size)
    found = paging.page(paged, by, paging.Asked(size, query.after))
    return {
        "pageNumber": number,
        "pageSize": size,
        "total": total,
        "next": found.next,
        "list": write(found.rows),
    }


def _rested(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When each was last put on hold or has failed."""
    last = (
        select(Change.subscription_id, func.max(Change.at))
        .where(Change.site_id == g.site_id, Change.subscription_id.in_(ids), Change.what.in_(RESTED))
        .group_by(Change.subscription_id)
    )
    return {found: at for found, at in session().execute(last) if found is not None}
