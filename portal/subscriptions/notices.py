"""What the customer is told when the merchant ends, pauses or takes up again what was agreed, by whatever door.

What customers do themselves they know, and what the clock does was said before: neither is told here. Each is one
message on each channel of the customer, written in the transaction of what it tells of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from portal.core.context import acting
from portal.core.database import session
from portal.core.speech import spoken
from portal.customers.models import Customer
from portal.links import requests
from portal.notifications.queue import Purpose
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, arrears, asking, calendar, words
from portal.subscriptions.models import Subscription, Terms

MERCHANTS = frozenset({"merchant", "staff"})


def ended(site: Site, subscription: Subscription) -> None:
    """It has just ended. What is still owed is added when it is sent (`billing.last_word`), behind the last invoice."""
    _tell(site, subscription, "ended")


def ends_on(site: Site, subscription: Subscription, terms: Terms, day: date) -> None:
    """It will end on this day; what is taken until then comes first."""
    customer = session().get_one(Customer, subscription.customer_id)
    facts: dict[str, object] = {}
    if subscription.status == "active":
        facts.update(asking.next_payment(site, subscription, terms, customer))
    bills_use = subscription.status == "active" and arrears.is_used(terms.price)
    _tell(site, subscription, "ended", facts | {"bills_use": bills_use}, day=("ends_day", day))


def paused(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Nothing is taken; where its end is known, so is the next payment."""
    _tell(site, subscription, "paused", day=("next_day", _first_after(subscription, terms)))


def goes_on(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Charges begin again: after a pause, a planned end that was taken back, or an end that was undone."""
    if subscription.status == "active":
        customer = session().get_one(Customer, subscription.customer_id)
        _tell(site, subscription, "goes_on", asking.next_payment(site, subscription, terms, customer))


def why_unwanted(purpose: str, facts: Mapping[str, object], subscription: Subscription) -> str:
    """Said of a message that waits and is not so any more; empty for all others."""
    status, planned = subscription.status, purpose == "ended" and "ends_day" in facts
    told = {"ended": "closed", "paused": "paused", "goes_on": "active"}.get(purpose, status)
    is_so = status == told or (planned and subscription.cancel_on is not None)
    return "" if is_so else "This was undone before it was sent."


def _first_after(subscription: Subscription, terms: Terms) -> date | None:
    if subscription.resume_on is None or subscription.anchor_on is None:
        return None
    schedule = agenda.schedule_of(subscription, terms)
    index = calendar.index_on_or_after(schedule, subscription.resume_on)
    return agenda.date_at(subscription, terms, max(index, subscription.next_index or 0))


def _tell(
    site: Site,
    subscription: Subscription,
    purpose: Purpose,
    known: Mapping[str, object] | None = None,
    *,
    day: tuple[str, date | None] = ("", None),
) -> None:
    """`day`: the name of a fact and the day that it is. The sequence has just risen: each change is told once."""
    request = requests.newest(subscription.id)
    if acting().kind not in MERCHANTS or subscription.accepted_at is None or request is None:
        return
    customer, facts = session().get_one(Customer, subscription.customer_id), dict(known or {})
    name, on = day
    if on is not None:
        facts[name] = words.day_text(on, spoken(customer.locale, site.locale), today=clock.today(site))
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    occasion = f"{subscription.id}:{subscription.sequence}"
    asking.notify(site, subscription, terms, customer, request, purpose, occasion, **facts)
