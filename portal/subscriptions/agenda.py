"""A subscription's place in the calendar: its next due date, when the billing run sees it, and when it ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.core.instants import DateOutOfRange, due_instant
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import calendar
from portal.subscriptions.calendar import Frequency
from portal.subscriptions.models import Subscription, Terms


def place(site: Site, subscription: Subscription, terms: Terms, index: int | None) -> None:
    """Set date `index` of the schedule as next due, or none when the count or the end date is reached.

    The instant is the date at the site's charge hour; when no charge is left but an end date stands, the run looks
    again on the day after it, to close.
    """
    set_end(subscription, terms)
    day = None if index is None else date_at(subscription, terms, index)
    if day is None:
        subscription.next_index = subscription.next_due_on = None
    else:
        subscription.next_index, subscription.next_due_on = index, day
    schedule_run(site, subscription)


def date_at(subscription: Subscription, terms: Terms, index: int) -> date | None:
    """Date `index`, or None where terms allow no such instalment."""
    if terms.number_of_payments is not None and subscription.installments >= terms.number_of_payments:
        return None
    if subscription.anchor_on is None:
        return None
    try:
        day = calendar.occurrence(terms.schedule(subscription.anchor_on, subscription.billing_day), index)
    except DateOutOfRange:
        return None
    return None if subscription.ends_before is not None and day >= subscription.ends_before else day


def set_end(subscription: Subscription, terms: Terms) -> None:
    """The first day on which nothing is billed any more: an end date still counts itself, a cancellation does not."""
    ends = [terms.end_on + timedelta(days=1)] if terms.end_on else []
    ends += [subscription.cancel_on] if subscription.cancel_on else []
    subscription.ends_before = min(ends, default=None)


def schedule_run(site: Site, subscription: Subscription) -> None:
    """Tell the workers when to look: only an active subscription has anything to come."""
    at = _run_at(site, subscription)
    times = clock.due(site, at) if at else clock.NEVER
    subscription.due_at, subscription.site_due_at = times.due_at, times.site_due_at


def _run_at(site: Site, subscription: Subscription) -> datetime | None:
    """Only an active subscription has charges to come; the end comes in a pause or a failure too."""
    if subscription.status not in {"active", "paused", "failed"}:
        return None
    day = subscription.next_due_on if subscription.status == "active" else None
    moments = [run_instant(site.timezone, site.charge_hour, day, subscription.ends_before)]
    if subscription.status == "paused" and subscription.resume_on is not None:
        moments.append(due_instant(subscription.resume_on, site.timezone, 0))
    return min((moment for moment in moments if moment is not None), default=None)


def run_instant(timezone: str, charge_hour: int, next_due_on: date | None, ends_before: date | None) -> datetime | None:
    """When the billing run looks again: at the next due date's charge hour, else when the day of the end begins."""
    if next_due_on is not None:
        return due_instant(next_due_on, timezone, charge_hour)
    return due_instant(ends_before, timezone, 0) if ends_before is not None else None


def upcoming(subscription: Subscription, terms: Terms, count: int) -> list[tuple[int, date]]:
    """Up to `count` (index, date) pairs from the next due date on, within count and end date."""
    if subscription.next_index is None or subscription.anchor_on is None:
        return []
    left = count
    if terms.number_of_payments is not None:
        left = min(count, terms.number_of_payments - subscription.installments)
    schedule = terms.schedule(subscription.anchor_on, subscription.billing_day)
    dates = [
        (index, calendar.occurrence(schedule, index))
        for index in range(subscription.next_index, subscription.next_index + left)
    ]
    return [(index, day) for index, day in dates if subscription.ends_before is None or day < subscription.ends_before]


def rebase(site: Site, subscription: Subscription, old: Terms, new: Terms) -> None:
    """Let new terms govern the dates: a new step counts from the next due date and remembers the original day.

    semantics.md section 6: the paid period runs to its end; case 38.
    """
    index = subscription.next_index
    if new.start_on != old.start_on and subscription.installments == 0 and new.start_on is not None:
        subscription.anchor_on, subscription.billing_day, index = new.start_on, None, 0
    elif (new.frequency, new.frequency_units) != (old.frequency, old.frequency_units) and subscription.next_due_on:
        assert subscription.anchor_on is not None
        subscription.billing_day = _remembered_day(subscription, old)
        subscription.anchor_on, index = subscription.next_due_on, 0
    if index is None and subscription.anchor_on is not None:
        index = _resumed_index(site, subscription, new)
    place(site, subscription, new, index)


def _remembered_day(subscription: Subscription, old: Terms) -> int | None:
    """The day of the month that a new step goes on with; steps of days have none to remember."""
    if old.frequency in {Frequency.DAILY, Frequency.WEEKLY, Frequency.BI_WEEKLY}:
        return None
    return subscription.billing_day or (subscription.anchor_on.day if subscription.anchor_on else None)


def _resumed_index(site: Site, subscription: Subscription, terms: Terms) -> int:
    """Where an agenda that had run out goes on when the count or the end date was raised: never in the past."""
    assert subscription.anchor_on is not None
    return calendar.index_after(terms.schedule(subscription.anchor_on, subscription.billing_day), clock.today(site))


def skip_past(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Go on with the first grid date from today; the dates in between are not billed."""
    place(site, subscription, terms, index_from(site, subscription, terms))


def index_from(site: Site, subscription: Subscription, terms: Terms) -> int:
    """The first grid date from today that is not before the next due one."""
    assert subscription.anchor_on is not None
    schedule = terms.schedule(subscription.anchor_on, subscription.billing_day)
    index = calendar.index_on_or_after(schedule, clock.today(site))
    return max(index, subscription.next_index or 0)
