"""A subscription collected by link needs no yes: it is active when it is made, and its first date is due.

The customer says yes to each instalment by paying it.
"""

from __future__ import annotations

from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, calendar, lifecycle
from portal.subscriptions.models import Subscription, Terms


def start(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Active from now on. A start date in the past asks at once, one time only; a blank one is today."""
    today = agenda.today(site, terms)
    schedule = terms.rhythm.starting(terms.start_on or today)
    first = calendar.first_due(schedule, today)
    subscription.accepted_at = clock.now(site)
    subscription.binding_terms_id = terms.id
    agenda.begin(subscription, schedule)
    lifecycle.activate(site, subscription)
    agenda.place(site, subscription, terms, first.index)
    at_once = first.charge_on <= today and not agenda.is_later_today(site, terms, schedule.anchor)
    if at_once and subscription.next_due_on is not None:
        times = clock.due(site, clock.now(site))
        subscription.due_at, subscription.site_due_at = times.due_at, times.site_due_at
    lifecycle.finish_if_over(site, subscription, terms)
    if subscription.due_at is not None:
        enqueue(Job.RUN_BILLING)
