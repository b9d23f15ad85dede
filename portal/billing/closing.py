"""The last invoice, made when a subscription ends: what is billed in arrears, and what waited for another invoice.

What the customer had paid for in advance stays as it is. A period in arrears is billed whole where the subscription
came to its own end, for the period that its last instalment paid for runs on; where it was canceled, by its days. What
ends in a pause or after a failure was used until that began: to that day it is billed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.billing import coming_back, extras
from portal.billing.billed_until import done, newest_instalment
from portal.billing.slots import CLOSING
from portal.core.database import session
from portal.core.instants import local_day
from portal.sites.models import Site
from portal.subscriptions import agenda, arrears, bills, calendar, ending, item_updates, notices, previews
from portal.subscriptions.bills import Bill
from portal.subscriptions.item_updates import ItemUpdate
from portal.subscriptions.lines import Line
from portal.subscriptions.models import Subscription, Terms


@dataclass(frozen=True, slots=True)
class Rest:
    """What ending it now would still bill, tax included, and since when it was used; for what waited only, no day."""

    minor: int
    since: date | None


NO_REST = Rest(0, None)


@dataclass(frozen=True, slots=True)
class _End:
    """The day of the end, the first day on which nothing was used any more (None: all that was is billed), and whether
    periods are billed by their days."""

    on: date
    used_until: date | None
    by_days: bool


def bill(site: Site, subscription: Subscription) -> None:
    """The last invoice of a subscription that has just ended, locked by the caller; once, whatever calls again."""
    assert subscription.closed_at is not None
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    later = item_updates.with_later(subscription.id)
    subscription.carried = [*(subscription.carried or []), *_take_later(later)] or None
    on, until = _closed_on(site, subscription, terms), subscription.used_until
    rested = until is None or until < on
    end = _End(on, until, by_days=rested or subscription.close_reason in ending.CANCELED)
    found = _reckoned(subscription, terms, end, previews.carried(subscription, terms))
    if not found.total_minor:
        return  # nothing, or a credit: it stays where it is
    subscription.carried = subscription.used_until = None
    slot = f"{subscription.closed_at.isoformat()}{CLOSING}"
    invoice = extras.open_beside(site, subscription, terms, found, slot=slot, on=on)
    for row in later:
        row.invoice_id = invoice.id


def rest(site: Site, subscription: Subscription) -> Rest:
    """What canceling it now would bill: said before the tap. Only looks."""
    if subscription.status not in {"active", "paused", "failed"}:
        return NO_REST
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    later = [line for row in item_updates.with_later(subscription.id) for line in row.lines["later"]]
    if not (arrears.is_used(terms.price) or subscription.carried or later):
        return NO_REST
    today = agenda.today(site, terms)
    until = today if subscription.status == "active" else subscription.used_until
    waiting = [*previews.carried(subscription, terms), *(Line.from_dict(one, terms.currency) for one in later)]
    found = _reckoned(subscription, terms, _End(today, until, by_days=True), waiting)
    used = [line.period.start for line in found.lines if line.period is not None and line.amount.minor > 0]
    return Rest(found.total_minor, min(used, default=None))


def reinstate(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Undo a cancellation that has come. What its last invoice billed of a period that will now be billed whole is
    given back on the next one, and so are the days in between; that invoice stays owed. Raises NotAllowedNow."""
    ending.reinstate(site, subscription, terms)
    if subscription.status == "active":
        coming_back.carry_over(site, subscription, terms)
    notices.goes_on(site, subscription, terms)


def _take_later(rows: Sequence[ItemUpdate]) -> list[dict[str, Any]]:
    """What changes cost on a day that does not come any more: it waits for the last invoice instead."""
    for row in rows:
        row.later_on = row.due_at = row.site_due_at = None
    return [line for row in rows for line in row.lines["later"]]


def _closed_on(site: Site, subscription: Subscription, terms: Terms) -> date:
    """The day of the end, though the run may have come to it later; a day by UTC where an hour UTC is agreed."""
    assert subscription.closed_at is not None
    day = local_day(subscription.closed_at, site.timezone if terms.send_on_hour is None else "UTC")
    return min(day, subscription.ends_before or day)


def _reckoned(subscription: Subscription, terms: Terms, end: _End, waiting: Sequence[Line]) -> Bill:
    newest, through = newest_instalment(subscription), min(end.on, end.used_until or end.on)
    if newest is None or end.used_until is None:
        return bills.at_close(terms.price, [], arrears.cut(waiting, through), subscription.installments)
    schedule, last = agenda.schedule_of(subscription, terms), done(subscription, through)
    if not end.by_days or _is_last(subscription, terms):
        # No instalment follows: what the last one paid for runs to the end of its period.
        last = newest
        until = calendar.occurrence_if_any(schedule, calendar.index_after(schedule, newest)) or date.max
        through = min(through, until) if end.by_days else until
    lines = [(item.id, line) for item, _, line in arrears.unbilled(terms.price, schedule, done=last, through=through)]
    return bills.at_close(terms.price, lines, arrears.cut(waiting, through), subscription.installments)


def _is_last(subscription: Subscription, terms: Terms) -> bool:
    return terms.number_of_payments is not None and subscription.installments >= terms.number_of_payments
