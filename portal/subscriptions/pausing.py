"""A pause: nothing is charged until it ends, the end date stands still, and no date in it is ever billed later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.core.errors import NotAllowedNow, invalid
from portal.core.money import Money
from portal.sites.models import Site
from portal.subscriptions import agenda, calendar, engagements, lifecycle, notices, previews
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms


@dataclass(frozen=True, slots=True)
class NextCharge:
    """What is taken next, and on which day; both None where nothing is left to take."""

    on: date | None
    amount: Money | None


def pause(
    site: Site,
    subscription: Subscription,
    terms: Terms,
    *,
    reason: str = "",
    until: date | None = None,
    payments: int | None = None,
) -> None:
    """Pause open-ended, until a day, or for a number of due dates. Pausing again replaces reason and end.

    Raises NotAllowedNow before the yes and after the end (states.md), InvalidFields for a day that is not ahead.
    """  # fmt: skip
    lifecycle.refuse_if_archived(subscription)
    if subscription.status not in {"active", "failed", "paused"}:
        raise NotAllowedNow("Only a subscription that the customer has confirmed can be paused.")
    if until is not None and payments is not None:
        raise invalid("payments", "Give either a day or a number of payments.")
    if until is not None and until <= agenda.today(site, terms):
        raise invalid("until", "Give a day after today.")
    before = subscription.status, subscription.resume_on
    subscription.resume_on = until or _after(subscription, terms, payments)
    subscription.hold_reason = reason or None
    if subscription.status != "paused":
        lifecycle.move(site, subscription, "paused", reason=reason)
    agenda.schedule_run(site, subscription)
    announce(site, subscription, "subscription", "paused", reason=reason)
    if before != ("paused", subscription.resume_on):
        notices.paused(site, subscription, terms)


def _after(subscription: Subscription, terms: Terms, payments: int | None) -> date | None:
    """The due date that comes after so many skipped ones."""
    if payments is None:
        return None
    if payments < 1:
        raise invalid("payments", "Give a whole number of payments to leave out, at least 1.")
    if subscription.next_index is None:
        return None
    return agenda.date_at(subscription, terms, subscription.next_index + payments)


def resume(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Go on with the first date of the grid from today; what the pause left out is not billed.

    On a due date it is charged that very day. A failed one becomes active again and its debt stays open.
    Raises NotAllowedNow where there is no pause to end.
    """
    lifecycle.refuse_if_archived(subscription)
    if subscription.status not in {"paused", "failed"}:
        raise NotAllowedNow("This subscription is not paused.")
    lifecycle.move(site, subscription, "active")
    subscription.hold_reason = subscription.resume_on = None
    engagements.forget_hold(subscription)
    agenda.skip_past(site, subscription, terms)
    announce(site, subscription, "subscription", "resumed")


def is_over(site: Site, subscription: Subscription, terms: Terms) -> bool:
    """The day on which this pause was to end has come."""
    return subscription.resume_on is not None and subscription.resume_on <= agenda.today(site, terms)


def wait(site: Site, subscription: Subscription) -> None:
    """Look again when the pause or the subscription ends."""
    agenda.schedule_run(site, subscription)


def next_charge(subscription: Subscription, terms: Terms) -> NextCharge:
    on = subscription.next_due_on
    if on is None or subscription.next_index is None:
        return NextCharge(None, None)
    coming = previews.next_bill(subscription, terms)
    return NextCharge(on, Money(coming.total_minor, terms.currency))


def resumed_on(site: Site, subscription: Subscription, terms: Terms) -> date | None:
    """The exact next due date, were it resumed now: said before the tap."""
    if subscription.anchor_on is None:
        return None
    schedule = agenda.schedule_of(subscription, terms)
    index = calendar.index_on_or_after(schedule, agenda.today(site, terms))
    return agenda.date_at(subscription, terms, max(index, subscription.next_index or 0))
