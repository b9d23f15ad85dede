"""A subscription's place in the calendar: its next due date, when the billing run sees it, and when it ends."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from portal.core.database import session
from portal.core.instants import DateOutOfRange, due_instant
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import bills, calendar
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.schedules import Schedule


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
    set_extra(site, subscription, terms)
    schedule_run(site, subscription)


def today(site: Site, terms: Terms) -> date:
    """The civil day that dates are compared with: the UTC day where an hour UTC is agreed, else the site's."""
    return today_by(site, terms.send_on_hour)


def today_by(site: Site, send_on_hour: int | None) -> date:
    """The same for terms that are still to be made."""
    return clock.now(site).astimezone(UTC).date() if send_on_hour is not None else clock.today(site)


def is_later_today(site: Site, terms: Terms, anchor: date) -> bool:
    """It begins today, at an agreed hour that is still ahead and is waited for (semantics sections 4 and 5).

    Of a start in the past, and of an hour that has passed, the first charge is due at once.
    """
    if terms.send_on_hour is None or anchor != today(site, terms):
        return False
    return due_instant(anchor, site.timezone, send_on_hour=terms.send_on_hour) > clock.now(site)


def schedule_of(subscription: Subscription, terms: Terms) -> Schedule:
    """The dates of a subscription that has its anchor."""
    assert subscription.anchor_on is not None
    return terms.schedule(subscription.anchor_on, subscription.billing_day)


def set_extra(site: Site, subscription: Subscription, terms: Terms, after: date | None = None) -> None:
    """The next day before the next due date on which an item has an invoice of its own; never one in the past."""
    subscription.extra_on = None
    if not terms.items or subscription.anchor_on is None or subscription.next_due_on is None:
        return
    schedule = schedule_of(subscription, terms)
    index = subscription.next_index or 0
    before = calendar.occurrence(schedule, index - 1) if index else schedule.anchor - timedelta(days=1)
    floor = max(before, after or today(site, terms) - timedelta(days=1))
    subscription.extra_on = bills.next_extra(terms.price, schedule, floor, subscription.next_due_on)


def date_at(subscription: Subscription, terms: Terms, index: int) -> date | None:
    """Date `index`, or None where terms allow no such instalment."""
    if terms.number_of_payments is not None and subscription.installments >= terms.number_of_payments:
        return None
    if subscription.anchor_on is None:
        return None
    day = calendar.occurrence_if_any(schedule_of(subscription, terms), index)
    if day is None or (subscription.ends_before is not None and day >= subscription.ends_before):
        return None
    return day


def watch_end(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Before the yes nothing falls due but the end date: after it nobody can say yes any more."""
    set_end(subscription, terms)
    schedule_run(site, subscription)


def set_end(subscription: Subscription, terms: Terms) -> None:
    """The first day on which nothing is billed any more: an end date still counts itself, a cancellation does not.

    An end on the last day that a calendar has means "never".
    """
    ends = [terms.end_on + timedelta(days=1)] if terms.end_on and terms.end_on < date.max else []
    ends += [subscription.cancel_on] if subscription.cancel_on else []
    subscription.ends_before = min(ends, default=None)


def schedule_run(site: Site, subscription: Subscription) -> None:
    """Tell the workers when to look: only an active subscription has anything to come."""
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    at = _run_at(site, subscription, terms.send_on_hour)
    times = clock.due(site, at) if at else clock.NEVER
    subscription.due_at, subscription.site_due_at = times.due_at, times.site_due_at


def _run_at(site: Site, subscription: Subscription, send_on_hour: int | None) -> datetime | None:
    """Only an active subscription has charges to come; the end comes before the yes, in a pause, in a failure too."""
    if subscription.status == "closed":
        return None
    day = (subscription.extra_on or subscription.next_due_on) if subscription.status == "active" else None
    moments = [run_instant(site.timezone, site.charge_hour, day, subscription.ends_before, send_on_hour)]
    if subscription.status == "paused" and subscription.resume_on is not None:
        moments.append(_dawn(subscription.resume_on, site.timezone, send_on_hour))
    return min((moment for moment in moments if moment is not None), default=None)


def run_instant(
    timezone: str,
    charge_hour: int,
    next_due_on: date | None,
    ends_before: date | None,
    send_on_hour: int | None = None,
) -> datetime | None:
    """When the billing run looks again: at the next due date's charge hour, else when the day of the end begins.

    None where nothing is to come, or where its hour lies in the year 10000 by UTC.
    """
    with suppress(DateOutOfRange):
        if next_due_on is not None:
            return due_instant(next_due_on, timezone, charge_hour, send_on_hour)
        return _dawn(ends_before, timezone, send_on_hour) if ends_before is not None else None
    return None


def _dawn(day: date, timezone: str, send_on_hour: int | None) -> datetime:
    """When the day begins: at midnight UTC where an hour UTC is agreed."""
    return due_instant(day, timezone, 0, None if send_on_hour is None else 0)


def upcoming(subscription: Subscription, terms: Terms, count: int, first: int | None = None) -> list[tuple[int, date]]:
    """Up to `count` (index, date) pairs from index `first` (None: the next due date) on, within count and end date."""
    first = subscription.next_index if first is None else first
    if first is None or subscription.anchor_on is None:
        return []
    left = count
    if terms.number_of_payments is not None:
        left = min(count, terms.number_of_payments - subscription.installments)
    schedule, end = schedule_of(subscription, terms), subscription.ends_before
    dates = ((index, calendar.occurrence_if_any(schedule, index)) for index in range(first, first + left))
    return [(index, day) for index, day in dates if day is not None and (end is None or day < end)]


def rebase(site: Site, subscription: Subscription, old: Terms, new: Terms) -> None:
    """Let new terms govern the dates: a new step counts from the next due date and remembers the original day.

    semantics.md section 6: the paid period runs to its end; case 38.
    """
    index = subscription.next_index
    if new.start_on != old.start_on and subscription.installments == 0 and new.start_on is not None:
        begin(subscription, new.rhythm.starting(new.start_on))
        index = 0
    elif new.start_on not in (None, old.start_on) and subscription.next_due_on is not None:
        # Another agreement counts anew from its own first day; what is billed by then is not billed again.
        begin(subscription, new.rhythm.starting(max(new.start_on, subscription.next_due_on)))
        index = 0
    elif new.rhythm != old.rhythm and subscription.next_due_on is not None:
        begin(subscription, new.rhythm.after(schedule_of(subscription, old), subscription.next_due_on))
        index = 0
    if index is None and subscription.anchor_on is not None:
        index = _resumed_index(site, subscription, new)
    place(site, subscription, new, index)


def begin(subscription: Subscription, schedule: Schedule) -> None:
    """Count from this schedule's anchor; a fixed day stands in the terms and needs no remembering."""
    day = schedule.billing_day
    subscription.anchor_on = schedule.anchor
    subscription.billing_day = day if isinstance(day, int) else None


def _resumed_index(site: Site, subscription: Subscription, terms: Terms) -> int:
    """Where an agenda that had run out goes on when the count or the end date was raised: never in the past."""
    return calendar.index_after(schedule_of(subscription, terms), today(site, terms))


def skip_past(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Go on with the first grid date from today; the dates in between are not billed."""
    place(site, subscription, terms, index_from(site, subscription, terms))


def index_from(site: Site, subscription: Subscription, terms: Terms) -> int:
    """The first grid date from today that is not before the next due one."""
    index = calendar.index_on_or_after(schedule_of(subscription, terms), today(site, terms))
    return max(index, subscription.next_index or 0)
