"""Send an event again: a new delivery to each address that wants it now, with the same id and the same body."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from portal.core.bulk import insert_rows
from portal.core.database import session
from portal.core.errors import NotAllowedNow, NotFound
from portal.core.ids import new_ids, read_id
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks import endpoints
from portal.webhooks.models import Delivery, Endpoint, Event

BATCH = 1000
COUNTED_TO = 10_000


class NobodyListens(NotAllowedNow):
    code = "nobody_listens"
    message = "No address wants this event: set the subscription's webhook_url, or add a webhook for the site."


class SwitchedOff(NotAllowedNow):
    code = "webhook_off"
    message = "This webhook is switched off: enable it first, then replay what it missed."


def find(site_id: uuid.UUID, text: str) -> Event:
    """Raises NotFound for another site's event as for one that does not exist."""
    our_id = read_id(text)
    event = session().get(Event, our_id) if our_id else None
    if event is None or event.site_id != site_id:
        raise NotFound("There is no event with this id.")
    return event


def replay(site: Site, event: Event, own_url: str | None) -> int:
    """Owe the event to the subscription's own address and to the site's endpoints once more; to how many.

    Raises NobodyListens where there is none.
    """
    addresses: list[tuple[str, uuid.UUID | None]] = [(own_url, None)] if own_url else []
    addresses += [(one.url, one.id) for one in endpoints.of_site(site.id) if one.wants(event)]
    if not addresses:
        raise NobodyListens
    times = clock.due(site, clock.now(site))
    for url, endpoint_id in addresses:
        delivery = Delivery(
            site_id=site.id,
            subscription_id=event.subscription_id,
            event_id=event.id,
            endpoint_id=endpoint_id,
            url=url,
            status="waiting",
            due_at=times.due_at,
            site_due_at=times.site_due_at,
        )
        session().add(delivery)
        enqueue(Job.DELIVER_WEBHOOK, delivery.id)
    return len(addresses)


def undelivered(endpoint_id: uuid.UUID) -> int:
    """How many events were owed to this endpoint and never taken, nor are under way again; counted to COUNTED_TO."""
    found = _never_taken(endpoint_id).limit(COUNTED_TO).subquery()
    return session().scalar(select(func.count()).select_from(found)) or 0


def replay_undelivered(site: Site, endpoint: Endpoint) -> int:
    """Owe the endpoint what it never took once more, oldest first, at most BATCH of them; how many.

    Raises SwitchedOff where it is off: nothing would be sent.
    """
    if endpoint.disabled_at is not None:
        raise SwitchedOff
    wanted = _never_taken(endpoint.id).order_by(Event.position, Event.id).limit(BATCH)
    found = session().execute(wanted).all()
    times = clock.due(site, clock.now(site))
    rows = [
        {"id": delivery_id, "site_id": site.id, "subscription_id": row.subscription_id, "event_id": row.id,
         "endpoint_id": endpoint.id, "url": endpoint.url, "status": "waiting", "tries": 0,
         "due_at": times.due_at, "site_due_at": times.site_due_at}
        for delivery_id, row in zip(new_ids(len(found)), found, strict=True)
    ]  # fmt: skip
    insert_rows(Delivery, rows)
    for row in rows:
        enqueue(Job.DELIVER_WEBHOOK, row["id"])
    return len(rows)


def _never_taken(endpoint_id: uuid.UUID) -> Select[uuid.UUID, uuid.UUID, int | None]:
    """Events with a delivery there that was given up, and none that was taken or waits."""
    other = aliased(Delivery)
    better = exists().where(
        other.event_id == Delivery.event_id, other.endpoint_id == endpoint_id, other.status != "failed"
    )
    return (
        select(Event.id, Event.subscription_id, Event.position)
        .join(Delivery, Delivery.event_id == Event.id)
        .where(Delivery.endpoint_id == endpoint_id, Delivery.status == "failed", ~better)
        .distinct()
    )


def deliveries(event_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Delivery]]:
    """Where these events were sent, oldest first."""
    found: dict[uuid.UUID, list[Delivery]] = defaultdict(list)
    for delivery in session().scalars(select(Delivery).where(Delivery.event_id.in_(event_ids)).order_by(Delivery.id)):
        found[delivery.event_id].append(delivery)
    return found
