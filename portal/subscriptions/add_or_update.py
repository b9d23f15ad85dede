"""The merchant's upsert: one subscription for one external id, whatever comes at the same time."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.core.database import one_at_a_time, session
from portal.core.errors import NotAllowedNow, NotFound
from portal.sites.models import Site
from portal.subscriptions.add import add
from portal.subscriptions.models import Subscription
from portal.subscriptions.orders import Saved, SubscriptionOrder
from portal.subscriptions.seen import NOTHING, Seen
from portal.subscriptions.update import update


def add_or_update(site_id: uuid.UUID, order: SubscriptionOrder, seen: Seen = NOTHING) -> Saved:
    """Add, or update what has this id or external id (HF2, HF22; where both are given, the id wins).

    Raises NotFound for an unknown id, VersionMismatch where the caller saw another state, InvalidFields, and
    NotAllowedNow where the state refuses (contract section 5).
    """
    site = session().get_one(Site, site_id)
    if order.id is None and order.external_id:
        # Two first posts of one external id meet here: the second waits, then finds the row of the first.
        one_at_a_time(f"subscription:{site_id}:{order.external_id}")
    present = find_for_update(site_id, order)
    seen.require(present)
    return add(site, order) if present is None else update(site, present, order)


def find_for_update(site_id: uuid.UUID, order: SubscriptionOrder) -> Subscription | None:
    mine = select(Subscription).where(Subscription.site_id == site_id).with_for_update()
    if order.id is not None:
        found = session().scalar(mine.where(Subscription.id == order.id))
        if found is None or found.deleted_at is not None:
            raise NotFound("There is no subscription with this id.")
        return found
    if not order.external_id:
        return None
    found = session().scalar(mine.where(Subscription.external_id == order.external_id))
    if found is not None and found.deleted_at is not None:
        raise NotAllowedNow("The subscription with this external_id was deleted. Add a new one with another.")
    return found
