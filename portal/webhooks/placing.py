"""Every event gets its place in the site's own list after its commit, and is owed to the site's endpoints from then.

A number taken inside the transaction that writes the event would leave gaps that fill later: a reader who has seen 7
would miss the 6 that commits after it. Here one pass at a time numbers what is visible, so a place once readable has
all lower ones below it for good.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, literal, select, update

from portal.core.bulk import insert_rows
from portal.core.database import one_at_a_time, session
from portal.core.ids import new_ids
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks import endpoints
from portal.webhooks.models import Delivery, Endpoint, Event

BATCH = 1000


def waiting_site() -> uuid.UUID | None:
    """A site with events that have no place yet."""
    return session().scalar(select(Event.site_id).where(Event.position.is_(None)).order_by(Event.site_id).limit(1))


def place(site_id: uuid.UUID, limit: int = BATCH) -> int:
    """Give up to `limit` events of a site their places, oldest first, and owe them to its endpoints; how many."""
    one_at_a_time(f"events {site_id}")
    last = session().scalar(select(func.max(Event.position)).where(Event.site_id == site_id)) or 0
    given = _give_places(site_id, last, limit)
    listening = endpoints.of_site(site_id) if given else []
    if listening:
        _owe(session().get_one(Site, site_id), listening, last)
    return given


def _give_places(site_id: uuid.UUID, last: int, limit: int) -> int:
    """Events of one subscription keep the order of their sequence, also where their times are equal."""
    order = (Event.created_at, Event.sequence, Event.id)
    waiting = select(*order).where(Event.site_id == site_id, Event.position.is_(None))
    first = waiting.order_by(*order).limit(limit).subquery()
    number = func.row_number().over(order_by=(first.c.created_at, first.c.sequence, first.c.id))
    placed = select(first.c.id, (literal(last) + number).label("position")).subquery()
    done = session().execute(
        update(Event)
        .where(Event.id == placed.c.id, Event.position.is_(None))
        .values(position=placed.c.position)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _owe(site: Site, listening: Sequence[Endpoint], last: int) -> None:
    events = session().execute(
        select(Event.id, Event.subscription_id, Event.action, Event.event, Event.facts, Event.created_at)
        .where(Event.site_id == site.id, Event.position > last)
        .order_by(Event.position)
    )
    wanted = [
        (event, endpoint)
        for event in events
        for endpoint in listening
        if endpoint.wants(event) or endpoint.misses(event, event.created_at)
    ]
    rows = []
    for delivery_id, (event, endpoint) in zip(new_ids(len(wanted)), wanted, strict=True):
        is_on = endpoint.disabled_at is None  # else it is kept as given up, for a replay
        times = clock.due(site, event.created_at) if is_on else clock.NEVER
        rows.append(
            {"id": delivery_id, "site_id": site.id, "subscription_id": event.subscription_id, "event_id": event.id,
             "endpoint_id": endpoint.id, "url": endpoint.url, "status": "waiting" if is_on else "failed", "tries": 0,
             "due_at": times.due_at, "site_due_at": times.site_due_at}
        )  # fmt: skip
    insert_rows(Delivery, rows)
    for row in rows:
        if row["status"] == "waiting":
            enqueue(Job.DELIVER_WEBHOOK, row["id"])
