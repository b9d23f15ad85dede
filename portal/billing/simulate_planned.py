"""What changes that are planned for days ahead would cost on them, reckoned without carrying anything out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from portal.billing import item_updates
from portal.core.errors import NotAllowedNow
from portal.sites.models import Site
from portal.subscriptions import agenda, calendar, item_changes, lifecycle, versions
from portal.subscriptions.item_updates import UpdateOrder
from portal.subscriptions.lines import Line
from portal.subscriptions.models import Subscription
from portal.subscriptions.schedules import Schedule
from portal.subscriptions.standing import Payment, Standing


def lines_of(site: Site, subscription: Subscription, updates: Sequence[UpdateOrder]) -> list[Line]:
    """The lines of all of them, the earliest day first, each on top of those before it.

    Raises what the changes themselves raise, and NotAllowedNow where there is no day to plan for.
    """
    if subscription.status != "active" or not lifecycle.is_accepted(subscription):
        raise NotAllowedNow("Changes are planned for a day while a subscription is active.")
    terms = versions.terms_of(subscription.terms_id)
    schedule, price = agenda.schedule_of(subscription, terms), terms.price
    today = agenda.today(site, terms)
    found: list[Line] = []
    for order in sorted(updates, key=lambda one: one.apply_on or today):
        on = order.apply_on or today
        item_updates.refuse_if_too_far(site, on)
        # A planned change is carried out when its day begins, before the invoice of that day is made.
        billed = calendar.date_on_or_after(schedule, on) != on
        change = item_changes.read(order, price)
        payment = Payment(order.method, order.pay, order.pay_on)
        standing = Standing(price, schedule, on, billed, _installments_before(subscription, schedule, on))
        price, cost = item_changes.make(order.kind, change, standing, payment)
        found += cost.lines
    return found


def _installments_before(subscription: Subscription, schedule: Schedule, on: date) -> int:
    """Those made so far and those that fall due until then; a pause on the way is not foreseen."""
    if subscription.next_due_on is None:
        return subscription.installments
    to_come = calendar.index_on_or_after(schedule, on) - calendar.index_on_or_after(schedule, subscription.next_due_on)
    return subscription.installments + max(to_come, 0)
