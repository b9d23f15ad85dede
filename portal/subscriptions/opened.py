"""The customer's page is open: noted from what only a real page does, never from a GET."""

from __future__ import annotations

from portal.core.database import session
from portal.links import requests
from portal.links.find import Found
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription


def note_open(found: Found, agent: str) -> None:
    """Keep the open; the first of a request tells the merchant (Hyfin: "Customer clicked link")."""
    subscription = session().get_one(Subscription, found.request.subscription_id, with_for_update=True)
    session().refresh(found.request)
    site = session().get_one(Site, subscription.site_id)
    if requests.opened(site, found.request, found.link, version=subscription.version, agent=agent):
        announce(site, subscription, "notification", message="Customer opened the payment link", error=False)
