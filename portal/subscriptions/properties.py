"""The merchant's own names and values beside a subscription: kept, shown to the merchant, never to the customer."""

from __future__ import annotations

from typing import Any

from portal.core import changes
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription


def change(site: Site, subscription: Subscription, properties: dict[str, Any] | None) -> None:
    """All of them at once, on a locked subscription; the same again changes nothing and tells nobody."""
    before = subscription.custom_properties or {}
    if before == (properties or {}):
        return
    subscription.custom_properties = properties or None
    names = sorted({*before, *(properties or {})})
    changes.record(
        "custom properties changed",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={name: (before.get(name), (properties or {}).get(name)) for name in names},
    )
    announce(site, subscription, "subscription", "updated", version=subscription.version)
