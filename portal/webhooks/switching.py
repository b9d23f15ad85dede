"""Endpoints that take nothing for days, or say that they are gone, are switched off, and their merchant is told."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job, enqueue
from portal.sites.models import Site
from portal.webhooks import endpoints
from portal.webhooks.models import Delivery, Endpoint, WebhookNotice

Reason = Literal["gone", "failing"]


def endpoint_of(delivery_id: uuid.UUID, *, is_taken: bool) -> Endpoint | None:
    """The endpoint of a delivery, locked where this answer may change how it stands; None: a subscription's own."""
    endpoint_id = select(Delivery.endpoint_id).where(Delivery.id == delivery_id).scalar_subquery()
    endpoint = session().scalar(select(Endpoint).where(Endpoint.id == endpoint_id))
    if endpoint is not None and not (is_taken and endpoint.failing_since is None):
        session().refresh(endpoint, with_for_update=True)
    return endpoint


def note(endpoint: Endpoint | None, now: datetime, *, is_taken: bool) -> None:
    """Since when nothing was taken there."""
    if endpoint is None:
        return
    if is_taken:
        endpoint.failing_since = None
    elif endpoint.failing_since is None:
        endpoint.failing_since = now


def switch_off(site: Site, endpoint: Endpoint, reason: Reason) -> None:
    """Nothing is sent there until somebody switches it on; what happens meanwhile is kept for a replay."""
    endpoints.silence(site, endpoint, reason)
    to = site.alerts_email or site.support_email
    notice = WebhookNotice(
        site_id=site.id,
        endpoint_id=endpoint.id,
        reason=reason,
        to=to,
        status="queued" if to else "skipped",
        error=None if to else "The site has no e-mail for alerts: portal site policy SITE --alerts-email.",
        created_at=real_now(),
        due_at=real_now() if to else None,
    )
    session().add(notice)
    if to:
        enqueue(Job.TELL_MERCHANT, notice.id)
