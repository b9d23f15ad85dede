"""A code to the known contact, so that who holds a link can prove to be the customer."""

from __future__ import annotations

from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.customers.models import Customer
from portal.links import codes
from portal.links.models import Link
from portal.notifications.queue import Notice, queue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import asking
from portal.subscriptions.models import Subscription, Terms


def send_code(site: Site, subscription: Subscription, terms: Terms, link: Link) -> None:
    """Owe the message on the first channel of the customer; it holds no link. The row is locked by the caller.

    Raises CodeTooSoon, EnoughCodes; NotAllowedNow where there is nobody to send it to.
    """
    customer = session().get_one(Customer, subscription.customer_id)
    if not customer.channels:
        raise NotAllowedNow("The customer has no phone or email to send a code to.")
    code = codes.issue(link)
    facts = asking.message_facts(site, terms, customer) | {
        "code": codes.placeholder(code.id),
        "code_id": str(code.id),
        "valid_minutes": int(codes.LIFE.total_seconds()) // 60,
    }
    queue(site, customer, Notice("code", str(code.id), subscription.id, None, facts), customer.channels[0], None)
    changes.record(
        "code sent",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
    )
