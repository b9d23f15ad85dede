"""What a message is given at the moment of its sending: how the money stands when somebody's subscription has ended."""

from __future__ import annotations

from portal.billing import wishes
from portal.core.database import session
from portal.customers.models import Customer
from portal.notifications.models import Message
from portal.sites.models import Site
from portal.subscriptions import words
from portal.subscriptions.models import Subscription, Terms


def of(message: Message) -> dict[str, str] | None:
    """`owed_text`, empty where nothing is owed; nothing for any other message.

    None where the last invoice is still to be made: then nobody knows yet what is owed.
    """
    if message.purpose != "ended" or "ends_day" in message.facts:
        return {}
    subscription = session().get_one(Subscription, message.subscription_id)
    if subscription.due_at is not None or subscription.site_due_at is not None:
        return None
    owed = wishes.account(subscription).owed_minor
    if not owed:
        return {"owed_text": ""}
    site, customer = session().get_one(Site, subscription.site_id), session().get_one(Customer, message.customer_id)
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    return {"owed_text": words.money_text(owed, terms.currency, customer.locale or site.locale)}
