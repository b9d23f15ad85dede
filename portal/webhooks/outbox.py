"""The outbox of webhooks: a delivery is claimed, tried, and tried again by the table until it is taken or given up."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.core import due
from portal.core.clock import real_now
from portal.core.database import session
from portal.customers.plain_text import in_text
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks import switching, turns
from portal.webhooks.deliver import Answer
from portal.webhooks.models import DELIVERY, Delivery, DeliveryTry, Endpoint

# Contract section 8, counted from the first try.
TRIES = (
    timedelta(0),
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=24),
    timedelta(hours=48),
)
# After an outage of ours the table's next times have all passed: they must not be spent within a second.
LEAST_BETWEEN = timedelta(minutes=5)
# What fails together must not come back together: a tenth of the wait more, by chance.
MOST_SPREAD = timedelta(minutes=10)
# A receiver may ask for time (Retry-After), though not for ever.
LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a delivery goes, as far as it may get into the way of others: one address of one site on one host."""

    site_id: uuid.UUID
    address: uuid.UUID | str  # the site's endpoint, or the scheme, host and port of a subscription's own webhook_url
    host: str


def lane_of(delivery_id: uuid.UUID) -> Lane | None:
    """Only looks; None for a delivery that is not due or held by another worker."""
    wanted = select(Delivery.site_id, Delivery.endpoint_id, Delivery.url).where(
        Delivery.id == delivery_id, Delivery.due_at <= real_now()
    )
    row = session().execute(wanted).first()
    if row is None:
        return None
    parts = urlsplit(row.url)
    return Lane(row.site_id, row.endpoint_id or f"{parts.scheme}://{parts.netloc}", parts.hostname or "")


def claim(delivery_id: uuid.UUID) -> Delivery | None:
    if not due.claim(Delivery, row_id=delivery_id):
        return None
    delivery = session().get_one(Delivery, delivery_id)
    return delivery if delivery.status == "waiting" else None


def settle(delivery_id: uuid.UUID, answer: Answer) -> None:
    """Keep the try with its answer: 2xx ends it, 410 gives it up, anything else waits for the next time in the table.

    An endpoint that is gone, or took nothing for as long as all tries of a delivery last, is switched off.
    """
    endpoint = switching.endpoint_of(delivery_id, is_taken=answer.ok)  # before the delivery, as where it is silenced
    delivery = session().scalar(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update().execution_options(populate_existing=True)
    )
    if delivery is None or delivery.status != "waiting":
        return
    site = session().get_one(Site, delivery.site_id)
    now = clock.now(site)
    _keep(delivery, answer, now)
    switching.note(endpoint, now, is_taken=answer.ok)
    delivery.due_at = delivery.site_due_at = None
    if answer.ok:
        _move(delivery, "delivered")
        delivery.delivered_at = now
    elif answer.is_gone or delivery.tries >= len(TRIES):
        _move(delivery, "failed")
        _switch_off(site, endpoint, delivery, answer)
    else:
        _wait(site, delivery, answer, now)


def _keep(delivery: Delivery, answer: Answer, now: datetime) -> None:
    delivery.tries += 1
    delivery.first_tried_at = delivery.first_tried_at or now
    session().add(
        DeliveryTry(
            site_id=delivery.site_id,
            delivery_id=delivery.id,
            number=delivery.tries,
            at=now,
            answer_status=answer.status,
            answer=in_text(answer.body_start),  # support reads it: whatever a receiver repeats stays masked
            error=answer.error,
            duration_ms=answer.duration_ms,
        )
    )


def _move(delivery: Delivery, status: str) -> None:
    DELIVERY.check(delivery.status, status)
    delivery.status = status


def _switch_off(site: Site, endpoint: Endpoint | None, delivery: Delivery, answer: Answer) -> None:
    if endpoint is None or endpoint.disabled_at is not None:
        return
    if answer.is_gone:
        switching.switch_off(site, endpoint, "gone")
    elif endpoint.failing_since and delivery.first_tried_at and endpoint.failing_since <= delivery.first_tried_at:
        switching.switch_off(site, endpoint, "failing")


def _wait(site: Site, delivery: Delivery, answer: Answer, now: datetime) -> None:
    """The table's next time, or what the receiver asked for where that is later; then its other deliveries wait too."""
    at = (delivery.first_tried_at or now) + TRIES[delivery.tries]
    if site.clock_at is None:
        at = max(at, now + LEAST_BETWEEN)
        at += timedelta(seconds=secrets.randbelow(1 + int(min((at - now) / 10, MOST_SPREAD).total_seconds())))
    if answer.retry_after is not None:
        asked = now + min(timedelta(seconds=answer.retry_after), LONGEST_WAIT)
        turns.rest(site, delivery, asked)
        at = max(at, asked)
    times = clock.due(site, at)
    delivery.due_at, delivery.site_due_at = times.due_at, times.site_due_at
