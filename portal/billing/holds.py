"""Resuming with all that the pause had put aside: the agenda goes on, and open invoices are tried again."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal.billing import coming_back, outcome
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.core.database import session
from portal.core.errors import NotAllowedNow, invalid
from portal.core.jobs import Job, enqueue
from portal.core.keep import KEEP, NotGiven, given
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, notices, pausing, update
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import SubscriptionOrder
from portal.subscriptions.pausing import NextCharge


def resume(site: Site, subscription: Subscription, terms: Terms) -> NextCharge:
    """End the pause and take up the tries that rested with it (dunning.md D14); says the exact next charge.

    Raises NotAllowedNow also where there is no method to go on with.
    """
    coming = _resume(site, subscription, terms)
    notices.goes_on(site, subscription, terms)
    return coming


def _resume(site: Site, subscription: Subscription, terms: Terms, *, is_new_start: bool = False) -> NextCharge:
    """`is_new_start`: the caller will have it counted anew."""
    if subscription.payment_method_id is None and subscription.collection != "link":
        raise NotAllowedNow("There is no payment method. Ask the customer for a card first.")
    was_paused = subscription.status == "paused"
    pausing.resume(site, subscription, terms)
    coming_back.carry_over(site, subscription, terms, is_new_start=is_new_start)
    if was_paused and subscription.collection != "link":
        _take_up(site, subscription)
    outcome.close_if_complete(site, subscription, terms)
    return pausing.next_charge(subscription, terms)


def restart(
    site: Site,
    subscription: Subscription,
    terms: Terms,
    *,
    start_on: date | None = None,
    end_on: date | None | NotGiven = KEEP,
) -> NextCharge:
    """Resume, counted anew from `start_on` where it is given (installments made still count); `end_on` None: no end.

    With a fixed day the first charge is on the first such day from the start. Raises InvalidFields for a start in the
    past or an end before start or today (D19), NotAllowedNow where there is no pause to end.
    """
    today = agenda.today(site, terms)
    if start_on is not None and start_on < today:
        raise invalid("start_date", "The start lies in the past. Give today or a later date.")
    end = given(end_on, terms.end_on)
    if end is not None and end < (start_on or today):
        raise invalid("end_date", "The end date lies before the start. Give a later end date, or none.")
    if subscription.status not in {"paused", "failed"}:
        raise NotAllowedNow("This subscription is not paused.")
    if end != terms.end_on:
        update.update(site, subscription, SubscriptionOrder(end_on=end))
        terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    _resume(site, subscription, terms, is_new_start=start_on is not None)
    if start_on is not None:
        schedule = terms.rhythm.starting(start_on)
        agenda.begin(subscription, schedule)
        agenda.place(site, subscription, terms, 1 if _is_billed(subscription, schedule.anchor) else 0)
    notices.goes_on(site, subscription, terms)
    return pausing.next_charge(subscription, terms)


def _is_billed(subscription: Subscription, day: date) -> bool:
    """A period that began on this day has its invoice: counting anew from it does not bill it again."""
    mine = select(Invoice.id).where(Invoice.subscription_id == subscription.id, Invoice.slot == day.isoformat())
    return session().scalar(mine) is not None


def _take_up(site: Site, subscription: Subscription) -> None:
    resting = (
        session()
        .scalars(
            select(Payment)
            .join(Invoice, Invoice.id == Payment.invoice_id)
            .where(
                Payment.subscription_id == subscription.id,
                Payment.status.in_(["pending", "failed"]),
                Payment.due_at.is_(None),
                Payment.site_due_at.is_(None),
                Invoice.status == "open",
            )
            .with_for_update(of=Payment)
        )
        .all()
    )
    times = clock.due(site, clock.now(site))
    for payment in resting:
        # The pause is no part of the window: it begins anew (first_failed_at is set for all that were refused).
        payment.first_failed_at = clock.now(site) if payment.first_failed_at else None
        payment.due_at, payment.site_due_at = times.due_at, times.site_due_at
        _by_present_method(subscription, payment)
        enqueue(Job.CHARGE, payment.id)


def _by_present_method(subscription: Subscription, payment: Payment) -> None:
    """What was prepared and never sent goes by the method of today; a refused one gets a payment of its own for it."""
    if payment.status != "pending" or payment.payment_method_id == subscription.payment_method_id:
        return
    tries = (
        session().scalars(select(Attempt).where(Attempt.payment_id == payment.id, Attempt.status == "pending")).all()
    )
    if any(attempt.sent_at is not None for attempt in tries):
        return  # it may have been taken by the old one: that is asked first
    method = session().get_one(PaymentMethod, subscription.payment_method_id)
    payment.payment_method_id, payment.gateway = method.id, method.gateway
    for attempt in tries:
        attempt.payment_method_id = method.id


def resume_if_over(site: Site, subscription: Subscription, terms: Terms) -> None:
    """The billing run asks on the day on which a pause was to end."""
    has_means = subscription.payment_method_id is not None or subscription.collection == "link"
    if pausing.is_over(site, subscription, terms) and has_means:
        resume(site, subscription, terms)
        return
    if pausing.is_over(site, subscription, terms):
        subscription.resume_on = None  # whoever paid has stopped: it goes on when somebody gives a method
    pausing.wait(site, subscription)
