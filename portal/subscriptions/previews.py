"""The invoices that are to come, reckoned as the billing run will: for schedules, pages, messages and simulations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.sites.models import Site
from portal.subscriptions import agenda, bills, calendar, lifecycle
from portal.subscriptions.bills import Bill
from portal.subscriptions.calendar import Reason
from portal.subscriptions.lines import Line
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Coming:
    """One invoice to come: the day on which it is charged, what it says, and why it falls there."""

    on: date
    bill: Bill
    reason: Reason


def next_bill(subscription: Subscription, terms: Terms) -> Bill:
    """The invoice of the next due date, which the caller knows to be there."""
    assert subscription.next_index is not None
    schedule = agenda.schedule_of(subscription, terms)
    return bills.bill(
        terms.price,
        schedule,
        subscription.next_index,
        installment=subscription.installments + 1,
        carried=carried(subscription, terms),
    )


def upcoming(subscription: Subscription, terms: Terms, count: int) -> list[Coming]:
    """Up to `count` invoices from the next due date on, within count and end; none where no date is set."""
    dates = agenda.upcoming(subscription, terms, count)
    if not dates:
        return []
    schedule = agenda.schedule_of(subscription, terms)
    return list(_reckoned(terms, schedule, dates, carried(subscription, terms), subscription.installments + 1))


def as_it_stands(site: Site, subscription: Subscription, terms: Terms, count: int) -> list[Coming]:
    """Up to `count` invoices to come: before the yes as if it were said today, of a failed one as if it went on today.

    None for what rests or has ended (states.md D29), nor with a start that nobody knows yet.
    """
    is_asked = subscription.status == "pending" and not lifecycle.is_accepted(subscription)
    if is_asked:
        return if_confirmed(terms, agenda.today(site, terms), count) if terms.start_on is not None else []
    if subscription.status not in {"pending", "active", "failed"} or subscription.anchor_on is None:
        return []
    first = agenda.index_from(site, subscription, terms) if subscription.status == "failed" else None
    dates = agenda.upcoming(subscription, terms, count, first)
    schedule = agenda.schedule_of(subscription, terms)
    return list(_reckoned(terms, schedule, dates, carried(subscription, terms), subscription.installments + 1))


def if_confirmed(terms: Terms, today: date, count: int) -> list[Coming]:
    """The first `count` invoices were the customer to say yes today (semantics section 4)."""
    schedule = terms.rhythm.starting(terms.start_on or today)
    first = calendar.first_due(schedule, today)
    left = count if terms.number_of_payments is None else min(count, terms.number_of_payments)
    dates = [(first.index, first.charge_on)]
    later = (
        (index, calendar.occurrence_if_any(schedule, index)) for index in range(first.index + 1, first.index + left)
    )
    dates += [(index, day) for index, day in later if day is not None]
    within = [(index, day) for index, day in dates if terms.end_on is None or day <= terms.end_on]
    return list(_reckoned(terms, schedule, within, [], 1))


def carried(subscription: Subscription, terms: Terms) -> list[Line]:
    """The lines of changes that wait for the next invoice."""
    return [Line.from_dict(one, terms.currency) for one in subscription.carried or ()]


def _reckoned(
    terms: Terms, schedule: Schedule, dates: list[tuple[int, date]], waiting: list[Line], installment: int
) -> Iterator[Coming]:
    price = terms.price
    for number, (index, day) in enumerate(dates, installment):
        found = bills.bill(price, schedule, index, installment=number, carried=waiting)
        waiting = list(found.carried)
        yield Coming(day, found, calendar.reason(schedule, index))
