"""The merchant's own id of a subscription: one at a site has it, and two who want it at once meet here."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.core.database import one_at_a_time, session
from portal.core.errors import invalid
from portal.subscriptions.models import Subscription


def reserve(site_id: uuid.UUID, external_id: str | None, mine: uuid.UUID | None = None) -> None:
    """Hold the id for this transaction. Raises InvalidFields where another one has it, a deleted one included."""
    if external_id is None:
        return
    one_at_a_time(f"subscription:{site_id}:{external_id}")
    taken = select(Subscription.id).where(Subscription.site_id == site_id, Subscription.external_id == external_id)
    if session().scalar(taken) not in (None, mine):
        raise invalid("external_id", "Another subscription has this id already.")
