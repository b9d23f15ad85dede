"""A request that nobody confirmed in time expires; its page then offers a new link."""

from __future__ import annotations

import uuid

from portal.core import due
from portal.core.database import session
from portal.links import requests
from portal.links.models import PaymentRequest
from portal.sites import clock
from portal.sites.models import Site


def expire(request_id: uuid.UUID) -> bool:
    """True where the request was still open and its time is over on the site's clock."""
    if not due.claim(PaymentRequest, row_id=request_id):
        return False
    request = session().get_one(PaymentRequest, request_id)
    site = session().get_one(Site, request.site_id)
    if request.status not in requests.LIVE:
        request.due_at = request.site_due_at = None
        return False
    if clock.now(site) < request.expires_at:
        times = clock.due(site, request.expires_at)
        request.due_at, request.site_due_at = times.due_at, times.site_due_at
        return False
    requests.move(request, "expired")
    return True
