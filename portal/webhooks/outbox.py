"""The outbox of webhooks: a delivery is claimed, tried, and tried again by the table until it is taken or given up."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import select

from portal.core import due
from portal.core.database import session
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks.deliver import Answer
from portal.webhooks.models import DELIVERY, Delivery, DeliveryTry

# Contract section 8, counted from the first try.
TRIES = (
    timedelta(0),
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=24),
    timedelta(hours=48),
)


def claim(delivery_id: uuid.UUID) -> Delivery | None:
    if not due.claim(Delivery, row_id=delivery_id):
        return None
    delivery = session().get_one(Delivery, delivery_id)
    return delivery if delivery.status == "waiting" else None


def settle(delivery_id: uuid.UUID, answer: Answer) -> None:
    """Keep the try with its answer; 2xx ends it, anything else waits for the next time in the table."""
    delivery = session().scalar(select(Delivery).where(Delivery.id == delivery_id).with_for_update())
    if delivery is None or delivery.status != "waiting":
        return
    site = session().get_one(Site, delivery.site_id)
    now = clock.now(site)
    delivery.tries += 1
    delivery.first_tried_at = delivery.first_tried_at or now
    session().add(
        DeliveryTry(
            site_id=site.id,
            delivery_id=delivery.id,
            number=delivery.tries,
            at=now,
            answer_status=answer.status,
            answer=answer.body_start,
            error=answer.error,
            duration_ms=answer.duration_ms,
        )
    )
    delivery.due_at = delivery.site_due_at = None
    if answer.ok:
        DELIVERY.check(delivery.status, "delivered")
        delivery.status, delivery.delivered_at = "delivered", now
    elif delivery.tries >= len(TRIES):
        DELIVERY.check(delivery.status, "failed")
        delivery.status = "failed"
    else:
        times = clock.due(site, delivery.first_tried_at + TRIES[delivery.tries])
        delivery.due_at, delivery.site_due_at = times.due_at, times.site_due_at
