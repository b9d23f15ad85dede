"""Events come into being with their cause: one row, and one delivery for each address that wants it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from portal.core.bulk import insert_rows
from portal.core.context import acting
from portal.core.database import session
from portal.core.ids import new_ids
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


@dataclass(frozen=True, slots=True)
class Happening:
    """What an event says, for writing many; `clock_at` is the site's own clock, None: the real time."""

    site_id: uuid.UUID
    subscription_id: uuid.UUID
    sequence: int
    action: Action
    facts: dict[str, Any]
    url: str | None
    at: datetime
    clock_at: datetime | None


def publish_many(happened: Sequence[Happening]) -> None:
    """The events of many subscriptions and their deliveries, one statement a table; else as `publish`."""
    events: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    ids = iter(new_ids(2 * len(happened)))
    request_id = acting().request_id
    for one in happened:
        event_id = next(ids)
        owner: dict[str, Any] = {"site_id": one.site_id, "subscription_id": one.subscription_id}
        events.append(
            owner
            | {"id": event_id, "sequence": one.sequence, "action": one.action, "event": None, "facts": one.facts,
               "request_id": request_id, "created_at": one.at}
        )  # fmt: skip
        if one.url:
            times = clock.due_by(one.clock_at, one.at)
            deliveries.append(
                owner
                | {"id": next(ids), "event_id": event_id, "url": one.url, "status": "waiting", "tries": 0,
                   "due_at": times.due_at, "site_due_at": times.site_due_at}
            )  # fmt: skip
    insert_rows(Event, events)
    insert_rows(Delivery, deliveries)
    for delivery in deliveries:
        enqueue(Job.DELIVER_WEBHOOK, delivery["id"])
