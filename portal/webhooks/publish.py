"""Events come into being with their cause: one row, and one delivery for each address that wants it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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
    ids, request_id = new_ids(len(happened)), acting().request_id
    insert_rows(
        Event,
        [
            {"id": event_id, "site_id": one.site_id, "subscription_id": one.subscription_id, "sequence": one.sequence,
             "action": one.action, "event": None, "facts": one.facts, "request_id": request_id, "created_at": one.at}
            for event_id, one in zip(ids, happened, strict=True)
        ],
    )  # fmt: skip
    deliver_many(dict(zip(ids, happened, strict=True)))


def deliver_many(happened: Mapping[uuid.UUID, Happening]) -> None:
    """The deliveries of these events, by event id, to whoever wants them; the events are written."""
    wanted = [(event_id, one) for event_id, one in happened.items() if one.url]
    deliveries = [
        {"id": id_, "site_id": one.site_id, "subscription_id": one.subscription_id, "event_id": event_id,
         "url": one.url, "status": "waiting", "tries": 0} | asdict(clock.due_by(one.clock_at, one.at))
        for id_, (event_id, one) in zip(new_ids(len(wanted)), wanted, strict=True)
    ]  # fmt: skip
    insert_rows(Delivery, deliveries)
    for delivery in deliveries:
        enqueue(Job.DELIVER_WEBHOOK, delivery["id"])
