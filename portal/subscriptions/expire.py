"""A request that nobody confirmed in time expires: its page offers a new link, and the merchant hears of it."""

from __future__ import annotations

import uuid

from portal.core import due
from portal.core.database import session
from portal.links import requests
from portal.links.models import PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription


def expire(request_id: uuid.UUID) -> bool:
    """True where the request was still open and its time is over on the site's clock."""
    request = session().get(PaymentRequest, request_id)
    if request is None:
        return False
    # The subscription first, as the customer's yes does: two who hold one row each would wait for each other.
    subscription = session().get_one(Subscription, request.subscription_id, with_for_update=True)
    if not due.claim(PaymentRequest, row_id=request_id):
        return False
    session().refresh(request)
    site = session().get_one(Site, request.site_id)
    if request.status not in requests.LIVE:
        request.due_at = request.site_due_at = None
        return False
    if clock.now(site) < request.expires_at:
        requests.schedule_expiry(site, request)
        return False
    requests.move(request, "expired")
    announce(site, subscription, "notification", message="The payment link expired unconfirmed", error=False)
    return True
