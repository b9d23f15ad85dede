"""What a change would do: made for real in a transaction that is then thrown away, so that no rule is written twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from typing import Any

from portal.core.instants import DateOutOfRange
from portal.core.money import Money
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, calendar, versions
from portal.subscriptions.calendar import Reason, Schedule
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import SubscriptionOrder
from portal.subscriptions.update import bind, update


@dataclass(frozen=True, slots=True)
class Coming:
    """A charge to come, and why it falls on its day."""

    on: date
    amount: Money
    reason: Reason


@dataclass(frozen=True, slots=True)
class Simulation:
    """The version there would be, what would differ from the present one, and the next charges."""

    version: int
    changes: dict[str, tuple[Any, Any]]
    coming: list[Coming]


def simulate(site: Site, subscription: Subscription, order: SubscriptionOrder, count: int) -> Simulation:
    """Apply the order to a locked subscription; the caller MUST roll the transaction back.

    What needs the customer's notice first is shown as it is charged after it. Raises what the update raises.
    """
    present = versions.terms_of(subscription.terms_id)
    update(site, subscription, replace(order, id=subscription.id, external_id=None))
    terms = versions.terms_of(subscription.terms_id)
    if subscription.binding_terms_id not in (None, terms.id):
        bind(site, subscription, terms)
    values = {name: getattr(terms, name) for name in versions.FIELDS}
    coming = _coming(site, subscription, terms, count)
    return Simulation(subscription.version, versions.differences(present, values), coming)


def _coming(site: Site, subscription: Subscription, terms: Terms, count: int) -> list[Coming]:
    if subscription.anchor_on is not None:
        if subscription.status != "active":
            return []
        schedule = terms.schedule(subscription.anchor_on, subscription.billing_day)
        dates = agenda.upcoming(subscription, terms, count)
        return [Coming(day, terms.amount, calendar.reason(schedule, index)) for index, day in dates]
    return _if_confirmed_today(site, terms, count) if subscription.status == "pending" else []


def _if_confirmed_today(site: Site, terms: Terms, count: int) -> list[Coming]:
    today = clock.today(site)
    schedule = terms.schedule(terms.start_on or today)
    first = calendar.first_due(schedule, today)
    dates = [first.charge_on, *_dates(schedule, first.index + 1, count - 1)]
    allowed = dates[: terms.number_of_payments]
    last = terms.end_on or date.max
    shown = takewhile(lambda one: one[1] <= last, enumerate(allowed, first.index))
    return [Coming(day, terms.amount, calendar.reason(schedule, index)) for index, day in shown]


def _dates(schedule: Schedule, index: int, count: int) -> list[date]:
    """Dates from this index on, as far as the calendar goes."""
    found: list[date] = []
    try:
        for number in range(index, index + count):
            found.append(calendar.occurrence(schedule, number))
    except DateOutOfRange:
        return found
    return found
