"""Send the ask once more: by the merchant, by support, or by the customer whose link has died."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import func, select

from portal.core import changes
from portal.core.changes import Change
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.customers.models import Customer
from portal.links import requests
from portal.links.models import PaymentRequest
from portal.links.requests import TooSoon
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import asking, lifecycle
from portal.subscriptions.models import Subscription, Terms

SENT_AGAIN = "link sent again"
MOST_A_DAY = 5


class EnoughToday(TooSoon):
    """A dead link was asked anew too often: whoever holds it could flood the phone behind it."""

    code = "enough_today"
    message = "Five links were sent today. Wait until tomorrow, or ask the merchant."


def send_again_by_customer(site: Site, subscription: Subscription, of: uuid.UUID | None = None) -> uuid.UUID:
    """As send_again, at most five times within 24 real hours. Raises EnoughToday, TooSoon, NotAllowedNow."""
    asked = select(func.count()).where(
        Change.site_id == site.id,
        Change.subscription_id == subscription.id,
        Change.what == SENT_AGAIN,
        Change.actor == "customer",
        Change.real_at > real_now() - timedelta(days=1),
    )
    if (session().scalar(asked) or 0) >= MOST_A_DAY:
        raise EnoughToday
    return send_again(site, subscription, of)


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
        SENT_AGAIN,
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
