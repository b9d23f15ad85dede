"""The last invoice, made when a subscription ends: what is billed in arrears, and what waited for the next invoice.

What the customer had paid for in advance stays as it is. A period in arrears is billed whole where the subscription
came to its own end, for the period that its last instalment paid for runs on; where it was canceled, by its days.
From a pause or a failure nothing is billed: what stands still is not used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from portal.billing import extras
from portal.billing.models import Invoice
from portal.billing.slots import CLOSING
from portal.core.database import session
from portal.core.instants import local_day
from portal.sites.models import Site
from portal.subscriptions import agenda, arrears, bills, calendar, ending, lifecycle, notices, previews
from portal.subscriptions.bills import Bill
from portal.subscriptions.lines import Line, LineKind
from portal.subscriptions.models import Subscription, Terms


@dataclass(frozen=True, slots=True)
class Rest:
    """What ending it now would still bill, tax included, and since when it was used; for what waited only, no day."""

    minor: int
    since: date | None


NO_REST = Rest(0, None)


def bill(site: Site, subscription: Subscription) -> None:
    """The last invoice of a subscription that has just ended, locked by the caller; once, whatever calls again."""
    assert subscription.closed_at is not None
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    on, slot = _closed_on(site, subscription, terms), _slot(subscription.closed_at)
    found = _reckoned(subscription, terms, on, by_days=subscription.close_reason in ending.CANCELED)
    if not found.total_minor:
        return  # nothing, or a credit: it stays where it is
    subscription.carried = None
    extras.open_beside(site, subscription, terms, found, slot=slot, on=on)


def rest(site: Site, subscription: Subscription) -> Rest:
    """What canceling it now would bill: said before the tap. Only looks."""
    if subscription.status != "active":
        return NO_REST
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    if not (arrears.is_used(terms.price) or subscription.carried):
        return NO_REST
    found = _reckoned(subscription, terms, agenda.today(site, terms), by_days=True)
    used = [line.period.start for line in found.lines if line.period is not None and line.amount.minor > 0]
    return Rest(found.total_minor, min(used, default=None))


def reinstate(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Undo a cancellation that has come. What its last invoice billed of a period that will now be billed whole is
    given back on the next one; that invoice stays owed. Raises NotAllowedNow."""
    closed_at = subscription.closed_at
    ending.reinstate(site, subscription, terms)
    if closed_at is not None:
        _give_back(site, subscription, terms, closed_at)
    notices.goes_on(site, subscription, terms)


def unarchive(site: Site, subscription: Subscription) -> None:
    """Bring it back from the archive; the same holds for what ended with it. Raises NotAllowedNow."""
    closed_at, before = subscription.closed_at, subscription.archived_from
    ending.unarchive(site, subscription)
    if closed_at is not None and before != "closed" and lifecycle.is_accepted(subscription):
        terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
        _give_back(site, subscription, terms, closed_at)


def _give_back(site: Site, subscription: Subscription, terms: Terms, closed_at: datetime) -> None:
    mine = select(Invoice).where(Invoice.subscription_id == subscription.id, Invoice.slot == _slot(closed_at))
    invoice = session().scalar(mine)
    if invoice is None or invoice.status == "void":
        return
    schedule, through = agenda.schedule_of(subscription, terms), invoice.invoice_on
    yesterday = agenda.today(site, terms) - timedelta(days=1)
    index = calendar.index_on_or_before(schedule, yesterday)
    passed = schedule.anchor if index is None else calendar.occurrence(schedule, index)
    found = arrears.unbilled(terms.price, schedule, done=_done(subscription, through), through=through)
    again = [(item.id, line) for item, whole, line in found if whole.end > (yesterday if item.own_day else passed)]
    given = bills.at_close(terms.price, again, [], subscription.installments)
    credit = [_mirrored(line) for line in given.lines if line.kind is not LineKind.TAX]
    subscription.carried = [*(subscription.carried or []), *(line.as_dict() for line in credit)] or None


def _mirrored(line: Line) -> Line:
    kind = line.kind if line.kind is LineKind.COUPON else LineKind.PRORATION
    return replace(line, kind=kind, unit_amount=-line.unit_amount, amount=-line.amount)


def _slot(closed_at: datetime) -> str:
    return f"{closed_at.isoformat()}{CLOSING}"


def _closed_on(site: Site, subscription: Subscription, terms: Terms) -> date:
    """The day of the end, though the run may have come to it later; a day by UTC where an hour UTC is agreed."""
    assert subscription.closed_at is not None
    day = local_day(subscription.closed_at, site.timezone if terms.send_on_hour is None else "UTC")
    return min(day, subscription.ends_before or day)


def _reckoned(subscription: Subscription, terms: Terms, on: date, *, by_days: bool) -> Bill:
    waiting = previews.carried(subscription, terms)
    newest = _newest_instalment(subscription)
    if newest is None:
        return bills.at_close(terms.price, [], waiting, subscription.installments)
    schedule = agenda.schedule_of(subscription, terms)
    done, through = _done(subscription, on), on
    if not by_days or _is_last(subscription, terms):
        # No instalment follows: what the last one paid for runs to the end of its period.
        done = newest
        through = calendar.occurrence_if_any(schedule, calendar.index_after(schedule, newest)) or date.max
        through = min(on, through) if by_days else through
    lines = [(item.id, line) for item, _, line in arrears.unbilled(terms.price, schedule, done=done, through=through)]
    return bills.at_close(terms.price, lines, arrears.cut(waiting, through), subscription.installments)


def _is_last(subscription: Subscription, terms: Terms) -> bool:
    return terms.number_of_payments is not None and subscription.installments >= terms.number_of_payments


def _newest_instalment(subscription: Subscription) -> date | None:
    mine = select(func.max(Invoice.period_start)).where(Invoice.subscription_id == subscription.id)
    return session().scalar(mine.where(~Invoice.slot.contains("+")))


def _done(subscription: Subscription, on: date) -> date:
    """The last day of which all invoices are made: the day itself once its own is."""
    slots = (on.isoformat(), f"{on.isoformat()}+items")
    made = select(Invoice.id).where(Invoice.subscription_id == subscription.id, Invoice.slot.in_(slots)).limit(1)
    return on if session().scalar(made) is not None else on - timedelta(days=1)
