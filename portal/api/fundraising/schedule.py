"""The dates of a subscription as this dialect tells them: the next due one, and the five after it."""

from __future__ import annotations

from datetime import date

from portal.core.instants import DateOutOfRange
from portal.sites.models import Site
from portal.subscriptions import agenda, previews
from portal.subscriptions.lifecycle import is_accepted
from portal.subscriptions.models import Subscription, Terms

COUNT = 5


def next_due_on(site: Site, subscription: Subscription, terms: Terms) -> date | None:
    """The next planned charge; None where none is planned: on hold, ended, or with a start that nobody knows yet.

    `terms` are the newest; of a subscription that goes on, the date stands in its row.
    """
    if subscription.status == "active" or (subscription.status == "pending" and is_accepted(subscription)):
        return subscription.next_due_on
    return next(iter(_dates(site, subscription, terms, 1)), None)


def after_next(site: Site, subscription: Subscription, terms: Terms) -> list[date]:
    """The five due dates after the next one (OF11), fewer where the end comes before; `terms` are those that bind."""
    return _dates(site, subscription, terms, COUNT + 1)[1:]


def _dates(site: Site, subscription: Subscription, terms: Terms, count: int) -> list[date]:
    try:
        match subscription.status:
            case "pending" if not is_accepted(subscription) and terms.start_on is not None:
                coming = previews.if_confirmed(terms, agenda.today(site, terms), count)
                return [one.on for one in coming]
            case "active" | "pending":
                return [day for _, day in agenda.upcoming(subscription, terms, count)]
            case "failed" if subscription.anchor_on is not None:
                first = agenda.index_from(site, subscription, terms)  # what passed meanwhile is not billed
                return [day for _, day in agenda.upcoming(subscription, terms, count, first)]
    except DateOutOfRange:
        return []  # beyond the last day that a calendar has
    return []
