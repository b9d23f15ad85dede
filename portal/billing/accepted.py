"""A yes takes effect: terms bind, charges go by the method, the request is confirmed, and what is due is opened."""

from __future__ import annotations

from portal.billing import expiry, first_charge
from portal.billing.models import PaymentMethod
from portal.core import changes
from portal.links import requests
from portal.links.models import PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms


def accept(
    site: Site, subscription: Subscription, terms: Terms, method: PaymentMethod, request: PaymentRequest, **said: str
) -> None:
    """The caller has locked the row, seen that it waits for a yes, and kept the consent; `said` goes into the log."""
    subscription.accepted_at = clock.now(site)
    subscription.binding_terms_id = terms.id
    subscription.payment_method_id = method.id
    requests.mark(site, request, "confirmed")
    fields = {"version": terms.version, "method": method.display_name, **said}
    changes.record(
        "subscription confirmed",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={name: (None, value) for name, value in fields.items()},
    )
    announce(site, subscription, "subscription", "confirmed", version=terms.version)
    expiry.plan(site, subscription, method)
    first_charge.open_first(site, subscription, terms, method)
