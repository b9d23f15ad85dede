"""Send the ask once more: by the merchant, by support, or by the customer whose link has died."""

from __future__ import annotations

import uuid

from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.customers.models import Customer
from portal.links import requests
from portal.links.models import PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import asking, lifecycle
from portal.subscriptions.models import Subscription, Terms


def send_again(site: Site, subscription: Subscription, of: uuid.UUID | None = None) -> uuid.UUID:
    """A new link to the contact on record; earlier ones stay valid. The newest link's id.

    `of`: the instalment's request to send, where it is one; else the newest ask.

    Raises TooSoon within 300 s, NotAllowedNow where there is nothing to send or nobody to send it to.
    """
    lifecycle.refuse_if_archived(subscription)
    instalment = _instalment(subscription, of)
    if subscription.status == "closed" and instalment is None:
        raise NotAllowedNow("This subscription is closed: there is nothing to send.")
    customer = session().get_one(Customer, subscription.customer_id)
    if not customer.channels:
        raise NotAllowedNow("The customer has no phone or email to send to. Add one, or copy the link.")
    request = instalment or requests.newest(subscription.id)
    terms = session().get_one(Terms, subscription.terms_id)
    if request is None or request.status in {"replaced", "withdrawn"}:
        link = asking.ask(site, subscription, terms, customer)
    else:
        link = asking.ask_again(site, subscription, terms, customer, request)
    changes.record(
        "link sent again",
        site_id=site.id,
        entity="request",
        entity_id=link.request_id,
        subscription_id=subscription.id,
        at=clock.now(site),
    )
    return link.id


def _instalment(subscription: Subscription, request_id: uuid.UUID | None) -> PaymentRequest | None:
    """The instalment to send, also after the end; of a subscription collected by link there is nothing else to send."""
    if subscription.collection != "link":
        return None
    unpaid = session().get(PaymentRequest, request_id) if request_id else requests.newest_unpaid(subscription.id)
    if unpaid is None or unpaid.status not in (*requests.LIVE, "expired"):
        raise NotAllowedNow("No payment is waiting: each link is sent when its payment is due.")
    return unpaid
