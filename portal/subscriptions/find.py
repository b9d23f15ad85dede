"""Find a subscription of a site; another site's is as unknown as one that does not exist."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, or_, select

from portal.core.database import session
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.subscriptions.models import Subscription


def by_either_id(site_id: uuid.UUID, text: str, *, lock: bool = False) -> Subscription:
    """By our id or by the merchant's external_id; where one is another's id, the id wins. Raises NotFound."""
    our_id = read_id(text)
    wanted = _mine(site_id).where(or_(Subscription.id == our_id, Subscription.external_id == text))
    rows = session().scalars(wanted.with_for_update() if lock else wanted).all()
    if not rows:
        raise NotFound("There is no subscription with this id.")
    return next((row for row in rows if row.id == our_id), rows[0])


def exists(site_id: uuid.UUID, our_id: uuid.UUID | None, external_id: str | None) -> bool:
    wanted = _mine(site_id).where(or_(Subscription.id == our_id, Subscription.external_id == external_id))
    return session().scalar(wanted.limit(1)) is not None


def _mine(site_id: uuid.UUID) -> Select[Subscription]:
    return select(Subscription).where(Subscription.site_id == site_id, Subscription.deleted_at.is_(None))
