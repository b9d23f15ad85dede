"""Comparing a site with its gateway: the list is fetched with nothing held, then applied in one transaction."""

from __future__ import annotations

import uuid

from portal.billing import reconcile as comparing
from portal.core.clock import real_now
from portal.core.database import reading, session, transaction
from portal.gateways.registry import for_mode
from portal.sites.create import RECONCILE_EVERY
from portal.sites.models import Site


def claim(site_id: uuid.UUID) -> bool:
    """Take a due comparison; False when it is not due or another worker has just taken it."""
    site = session().get_one(Site, site_id, with_for_update=True)
    if site.reconcile_at is None or site.reconcile_at > real_now():
        return False
    site.reconcile_at = real_now() + RECONCILE_EVERY
    return True


def reconcile(site_id: uuid.UUID) -> list[comparing.Difference]:
    """Compare now, repair what is safe; running it twice finds nothing the second time."""
    with reading():
        mode = session().get_one(Site, site_id).mode
    gateway = for_mode(mode)
    if gateway is None:
        return []
    charges = list(gateway.charges(site_id))
    with transaction():
        return comparing.compare(site_id, charges)
