"""Endpoints that were switched off, as the health page lists them: which, why, since when, and what they missed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.console import times, words
from portal.core.database import session
from portal.sites.models import Site
from portal.webhooks import replay
from portal.webhooks.models import Endpoint

MOST = 20
WHY = {
    "gone": "It answered 410 Gone.",
    "failing": "It took nothing on any try for two days.",
}


@dataclass(frozen=True, slots=True)
class Off:
    """One endpoint that we switched off; `missed` in words."""

    id: uuid.UUID
    address: str
    merchant: str
    why: str
    since_text: str
    missed: str


def listed(sites: Sequence[Site]) -> list[Off]:
    """Those of these sites that are off by our doing, the newest first."""
    named = {site.id: site for site in sites}
    wanted = select(Endpoint).where(
        Endpoint.site_id.in_(named), Endpoint.off_reason.is_not(None), Endpoint.removed_at.is_(None)
    )
    found = session().scalars(wanted.order_by(Endpoint.disabled_at.desc(), Endpoint.id).limit(MOST)).all()
    return [_off(named[one.site_id], one) for one in found]


def _off(site: Site, endpoint: Endpoint) -> Off:
    count = replay.undelivered(endpoint.id)
    since = endpoint.disabled_at or endpoint.created_at
    return Off(
        id=endpoint.id,
        address=without_query(endpoint.url),
        merchant=site.name,
        why=WHY[endpoint.off_reason or "failing"],
        since_text=times.full_moment(times.local(since, site.timezone)),
        missed=f"{words.counted(count, 'event')} not delivered" if count else "Nothing was missed",
    )


def without_query(url: str) -> str:
    """An address may hold a password of the merchant's behind its question mark."""
    return url.partition("?")[0]
