"""What customers do by themselves: pause, start again, cancel, undo; where the site allows it and as the page said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, select

from portal.billing import closing, holds, told
from portal.billing.closing import NO_REST, Rest
from portal.billing.models import Invoice, Payment
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, ending, lifecycle, pausing
from portal.subscriptions.models import Subscription, Terms

BY_CUSTOMER = "customer"  # the hold's reason: only who paused may start it again here
MOST_LEFT_OUT = 3
OWED = ("open", "uncollectible")


class StalePage(NotAllowedNow):
    """What the page said before the tap would no longer happen: nothing was done, the page comes back as it is now."""

    code = "stale_page"
    message = "Something changed since this page was shown. Look again, then decide."


@dataclass(frozen=True, slots=True)
class Account:
    """How the money stands: the last day that was paid for, what is owed, and whether a charge is under way."""

    paid_until: date | None
    owed_minor: int
    is_under_way: bool
    rest: Rest = NO_REST  # what ending it now would still bill


NOTHING_YET = Account(None, 0, is_under_way=False)


@dataclass(frozen=True, slots=True)
class Break:
    """One pause to choose: the dates that are left out, and the next charge; `payments` None is without an end."""

    payments: int | None
    left_out: tuple[date, ...]
    next_on: date | None


def account(subscription: Subscription) -> Account:
    """Two statements, however many invoices there are; four where something is billed in arrears."""
    under_way = select(Payment.id).where(
        Payment.subscription_id == subscription.id, Payment.status.in_(["pending", "unknown", "requires_action"])
    )
    sums = select(
        func.max(case((Invoice.status == "paid", Invoice.period_end))),
        func.coalesce(func.sum(case((Invoice.status.in_(OWED), Invoice.amount_minor), else_=0)), 0),
        under_way.exists(),
    ).where(Invoice.subscription_id == subscription.id)
    paid_until, owed, is_under_way = session().execute(sums).one()
    left = closing.rest(session().get_one(Site, subscription.site_id), subscription)
    return Account(paid_until - timedelta(days=1) if paid_until else None, int(owed), bool(is_under_way), left)


def shown(subscription: Subscription, money: Account) -> int:
    """A number for all that a page says before the tap: another number, another effect.

    The sequence would not do: it rises with every message that is delivered, and nothing about the effect changes.
    """
    facts = (
        subscription.status, subscription.version, subscription.next_due_on, subscription.ends_before,
        subscription.resume_on, subscription.hold_reason, subscription.installments, subscription.payment_method_id,
        money,
    )  # fmt: skip
    return int.from_bytes(hashlib.sha256(repr(facts).encode()).digest()[:6])


def may_pause(site: Site, subscription: Subscription, money: Account) -> bool:
    """Not while something is owed: the pause would hide it."""
    goes_on = subscription.status == "active" and subscription.next_due_on is not None
    return site.allow_pause and goes_on and not money.owed_minor and _is_open(subscription)


def may_resume(subscription: Subscription) -> bool:
    own = subscription.status == "paused" and subscription.hold_reason == BY_CUSTOMER
    return own and subscription.payment_method_id is not None and _is_open(subscription)


def may_cancel(site: Site, subscription: Subscription) -> bool:
    return site.allow_cancel and subscription.status in {"active", "paused", "failed"} and _is_open(subscription)


def may_undo(site: Site, subscription: Subscription, money: Account) -> bool:
    """On the day itself, and as long as what was paid for runs; later it would be a new yes, which needs a new link."""
    if subscription.close_reason != "canceled_customer" or subscription.closed_for_good or not _is_open(subscription):
        return False
    today, closed_at = clock.today(site), subscription.closed_at
    same_day = closed_at is not None and clock.now(site) - closed_at < timedelta(days=1)
    runs = money.paid_until is not None and today <= money.paid_until
    has_method = subscription.payment_method_id is not None
    return has_method and not money.owed_minor and not money.is_under_way and (same_day or runs)


def breaks(subscription: Subscription, terms: Terms) -> tuple[Break, ...]:
    """What can be chosen: leave out one to three payments, or pause until they start again; nothing in the past."""
    index = subscription.next_index
    if index is None:
        return ()
    days = [agenda.date_at(subscription, terms, index + n) for n in range(MOST_LEFT_OUT + 1)]
    found = []
    for count in range(1, MOST_LEFT_OUT + 1):
        left_out, following = days[:count], days[count]
        if following is not None:
            found.append(Break(count, tuple(day for day in left_out if day), following))
    return (*found, Break(None, (), None))


def pause(site: Site, subscription: Subscription, terms: Terms, payments: int | None, as_shown: int) -> None:
    """The subscription's row is locked by the caller. Raises StalePage, NotAllowedNow."""
    money = _as_shown(subscription, as_shown)
    if not may_pause(site, subscription, money):
        raise NotAllowedNow("It cannot be paused here now.")
    if payments not in {one.payments for one in breaks(subscription, terms)}:
        raise NotAllowedNow("So many payments cannot be left out.")
    pausing.pause(site, subscription, terms, reason=BY_CUSTOMER, payments=payments)


def resume(site: Site, subscription: Subscription, terms: Terms, as_shown: int) -> None:
    """Raises StalePage, NotAllowedNow."""
    _as_shown(subscription, as_shown)
    if not may_resume(subscription):
        raise NotAllowedNow("It cannot be started again here now.")
    holds.resume(site, subscription, terms)


def cancel(site: Site, subscription: Subscription, terms: Terms, as_shown: int) -> None:
    """At once: what was paid for stays theirs, nothing more is taken. Raises StalePage, NotAllowedNow."""
    money = _as_shown(subscription, as_shown)
    if not may_cancel(site, subscription):
        raise NotAllowedNow("It cannot be canceled here now.")
    ending.cancel(site, subscription, terms, by="customer")
    told.canceled(site, subscription, terms, money.paid_until)


def undo_cancel(site: Site, subscription: Subscription, terms: Terms, as_shown: int) -> None:
    """As if it had not been canceled: paid days are not billed again, and what was paused is paused.

    Raises StalePage, NotAllowedNow.
    """
    money = _as_shown(subscription, as_shown)
    if not may_undo(site, subscription, money):
        raise NotAllowedNow("It has ended. To come back, ask for a new link.")
    hold = subscription.hold_reason
    closing.reinstate(site, subscription, terms)
    _skip_billed(site, subscription, terms)
    if hold is not None:
        pausing.pause(site, subscription, terms, reason=hold)


def next_after_undo(site: Site, subscription: Subscription, terms: Terms) -> date | None:
    """The next charge, were the cancellation undone now: said before the tap. Only looks."""
    if subscription.anchor_on is None or subscription.hold_reason is not None:
        return None
    index = agenda.index_from(site, subscription, terms)
    taken = _billed_days(subscription)
    while (day := agenda.date_at(subscription, terms, index)) is not None and day.isoformat() in taken:
        index += 1
    return day


def _skip_billed(site: Site, subscription: Subscription, terms: Terms) -> None:
    """The period that runs was billed already: go on with the first one that was not."""
    taken = _billed_days(subscription)
    while subscription.next_due_on is not None and subscription.next_due_on.isoformat() in taken:
        assert subscription.next_index is not None
        agenda.place(site, subscription, terms, subscription.next_index + 1)


def _billed_days(subscription: Subscription) -> frozenset[str]:
    """The newest slots: an undo lies within the last paid period, so that older ones cannot matter."""
    slots = select(Invoice.slot).where(Invoice.subscription_id == subscription.id)
    return frozenset(session().scalars(slots.order_by(Invoice.period_start.desc()).limit(3)))


def _as_shown(subscription: Subscription, as_shown: int) -> Account:
    money = account(subscription)
    if shown(subscription, money) != as_shown:
        raise StalePage
    return money


def _is_open(subscription: Subscription) -> bool:
    return subscription.archived_at is None and subscription.deleted_at is None and lifecycle.is_accepted(subscription)
