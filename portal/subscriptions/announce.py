"""Every visible change raises the subscription's sequence, becomes an event, and nudges the open pages."""

from __future__ import annotations

from typing import Any

from portal.core import live
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from portal.webhooks.publish import Action, publish


def announce(site: Site, subscription: Subscription, action: Action, event: str | None = None, **facts: Any) -> None:
    """Call with the subscription's row locked; `facts` are ids and changed values, JSON only."""
    subscription.sequence += 1
    subscription.updated_at = clock.now(site)
    publish(
        site,
        subscription_id=subscription.id,
        sequence=subscription.sequence,
        action=action,
        event=event,
        facts=facts,
        url=subscription.webhook_url,
        at=clock.now(site),
    )
    live.push(subscription.id, version=subscription.version, sequence=subscription.sequence)
