"""Send an event again: a new delivery to each address that wants it now, with the same id and the same body."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from portal.core.database import session
from portal.core.errors import NotAllowedNow, NotFound
from portal.core.ids import read_id
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks import endpoints
from portal.webhooks.models import Delivery, Event


class NobodyListens(NotAllowedNow):
    code = "nobody_listens"
    message = "No address wants this event: set the subscription's webhook_url, or add a webhook for the site."


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


def deliveries(event_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Delivery]]:
    """Where these events were sent, oldest first."""
    found: dict[uuid.UUID, list[Delivery]] = defaultdict(list)
    for delivery in session().scalars(select(Delivery).where(Delivery.event_id.in_(event_ids)).order_by(Delivery.id)):
        found[delivery.event_id].append(delivery)
    return found
