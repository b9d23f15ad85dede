"""Events come into being with their cause: one row, and one delivery for each address that wants it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from portal.core.context import acting
from portal.core.database import session
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks.models import Delivery, Event

Action = Literal["payment", "notification", "subscription"]


def publish(
    site: Site,
    *,
    subscription_id: uuid.UUID,
    sequence: int,
    action: Action,
    event: str | None,
    facts: dict[str, Any],
    url: str | None,
    at: datetime,
) -> Event:
    """Write the event in the open transaction; `sequence` was raised under the subscription's lock."""
    published = Event(
        site_id=site.id,
        subscription_id=subscription_id,
        sequence=sequence,
        action=action,
        event=event,
        facts=facts,
        request_id=acting().request_id,
        created_at=at,
    )
    session().add(published)
    if url:
        times = clock.due(site, at)
        delivery = Delivery(
            site_id=site.id,
            subscription_id=subscription_id,
            event_id=published.id,
            url=url,
            status="waiting",
            due_at=times.due_at,
            site_due_at=times.site_due_at,
        )
        session().flush()  # the event first: its delivery refers to it
        session().add(delivery)
        enqueue(Job.DELIVER_WEBHOOK, delivery.id)
    return published
