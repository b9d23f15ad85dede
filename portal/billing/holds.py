"""Resuming with all that the pause had put aside: the agenda goes on, and open invoices are tried again."""

from __future__ import annotations

from sqlalchemy import select

from portal.billing.models import Invoice, Payment
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import pausing
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.pausing import NextCharge


def resume(site: Site, subscription: Subscription, terms: Terms) -> NextCharge:
    """End the pause and take up the tries that rested with it (dunning.md D14); says the exact next charge.

    Raises NotAllowedNow also where there is no method to go on with.
    """
    if subscription.payment_method_id is None:
        raise NotAllowedNow("There is no payment method. Ask the customer for a card first.")
    was_paused = subscription.status == "paused"
    coming = pausing.resume(site, subscription, terms)
    if was_paused:
        _take_up(site, subscription)
    return coming


def _take_up(site: Site, subscription: Subscription) -> None:
    resting = (
        session()
        .scalars(
            select(Payment)
            .join(Invoice, Invoice.id == Payment.invoice_id)
            .where(
                Payment.subscription_id == subscription.id,
                Payment.status.in_(["pending", "failed"]),
                Payment.payment_method_id == subscription.payment_method_id,
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
        payment.due_at, payment.site_due_at = times.due_at, times.site_due_at
        enqueue(Job.CHARGE, payment.id)


def resume_if_over(site: Site, subscription: Subscription, terms: Terms) -> None:
    """The billing run asks on the day on which a pause was to end."""
    if pausing.is_over(site, subscription) and subscription.payment_method_id is not None:
        resume(site, subscription, terms)
        return
    if pausing.is_over(site, subscription):
        subscription.resume_on = None  # whoever paid has stopped: it goes on when somebody gives a method
    pausing.wait(site, subscription)
