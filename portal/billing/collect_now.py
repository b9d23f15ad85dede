"""Collect what is overdue now: the customer's Pay now, the merchant's retry; one charge for each tap or call."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.billing import slots, try_limits
from portal.billing.models import PAYMENT, Attempt, Invoice, Payment, PaymentMethod
from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import lifecycle
from portal.subscriptions.models import Subscription


class NothingOverdue(NotAllowedNow):
    code = "nothing_overdue"
    message = "Nothing is overdue."


class NoAnswerYet(NotAllowedNow):
    """A try is under way, or what became of the last one is not known: trying again could take the money twice."""

    code = "no_answer_yet"
    message = "The bank has not answered the last try yet. Wait for it: trying now could take the money twice."


class TooManyTries(NotAllowedNow):
    """A limit of the networks on tries of one card (dunning.md section 3, D10)."""

    code = "too_many_tries"
    message = "This card was tried too often in 30 days. Ask the customer for another card."


class TooManyToday(NotAllowedNow):
    """So many declines of one card in a day that the networks take offence (D17)."""

    code = "too_many_today"
    message = "This card was declined too often today. Try it again tomorrow, or ask the customer for another card."


class StaleTap(NotAllowedNow):
    """The page was shown before the last try: a second tap on it is the same wish and takes nothing."""

    code = "tried_since"
    message = "It has been tried since. Look at the page again."


@dataclass(frozen=True, slots=True)
class Tap:
    """What a Pay now button stood for: this invoice, after so many tries of the subscription."""

    invoice_id: uuid.UUID
    tries: int


def collect_now(
    site: Site, subscription: Subscription, tap: Tap | None = None, *, by_customer: bool = False
) -> Payment:
    """Try an overdue invoice at once by the saved method: the tapped one, else the oldest.

    The subscription's row is locked by the caller. A try by hand takes the place of the next automatic one.
    While a subscription is paused only the customer may (D14). What is owed stays payable after the end. Raises
    NothingOverdue, NoAnswerYet, TooManyTries, TooManyToday, StaleTap, NotAllowedNow.
    """
    method = _method(subscription, by_customer=by_customer)
    if tap is not None and tap.tries != tries(subscription.id):
        raise StaleTap
    invoice, last = _overdue(subscription, tap.invoice_id if tap else None)
    limit = try_limits.reached(site, invoice.id, method.id)
    if limit is not None:
        raise TooManyToday if limit.code == "too_many_today" else TooManyTries
    payment = last if last.payment_method_id == method.id else _by_new_method(site, invoice, last, method)
    _prepare(site, payment, invoice)
    _note(site, payment)
    enqueue(Job.CHARGE, payment.id)
    return payment


def tries(subscription_id: uuid.UUID) -> int:
    """How many tries there were of this subscription, of whatever invoice."""
    made = select(func.count()).select_from(Attempt).join(Payment, Payment.id == Attempt.payment_id)
    return session().scalar(made.where(Payment.subscription_id == subscription_id)) or 0


def _method(subscription: Subscription, *, by_customer: bool) -> PaymentMethod:
    lifecycle.refuse_if_archived(subscription)
    if subscription.status == "paused" and not by_customer:
        raise NotAllowedNow("This subscription is paused. Resume it first.")
    if subscription.status == "pending":
        raise NothingOverdue(f"Nothing can be collected from a subscription that is {subscription.status}.")
    if subscription.payment_method_id is None:
        raise NotAllowedNow("There is no payment method. Ask the customer for a card.")
    method = session().get_one(PaymentMethod, subscription.payment_method_id)
    if method.revoked_at is not None:
        raise NotAllowedNow("The customer's bank no longer allows this card to be charged. Ask for another card.")
    return method


def _overdue(subscription: Subscription, invoice_id: uuid.UUID | None) -> tuple[Invoice, Payment]:
    """The oldest invoice that was refused, and the last payment by which it was tried, locked."""
    _refuse_unanswered(subscription)
    owed = (
        select(Invoice, Payment)
        .join(Payment, Payment.invoice_id == Invoice.id)
        .where(
            Invoice.subscription_id == subscription.id,
            Invoice.status.in_(["open", "uncollectible"]),
            Payment.status != "voided",
        )
        .order_by(Invoice.period_start, Payment.created_at.desc(), Payment.id.desc())
        .limit(1)
    )
    row = session().execute(owed if invoice_id is None else owed.where(Invoice.id == invoice_id)).first()
    if row is None:
        raise NothingOverdue
    invoice, payment = row
    # Whoever holds the payment is trying it just now: nothing to wait for.
    mine = select(Payment).where(Payment.id == payment.id).with_for_update(skip_locked=True)
    locked = session().scalar(mine.execution_options(populate_existing=True))
    if locked is None or locked.status != "failed":
        raise NoAnswerYet
    return invoice, payment


def _refuse_unanswered(subscription: Subscription) -> None:
    open_questions = select(Payment.id).where(
        Payment.subscription_id == subscription.id, Payment.status.in_(["unknown", "requires_action"])
    )
    if session().scalar(open_questions.limit(1)) is not None:
        raise NoAnswerYet


def _by_new_method(site: Site, invoice: Invoice, last: Payment, method: PaymentMethod) -> Payment:
    """The card was changed since: a payment of its own, and the old one is not tried any more."""
    last.due_at = last.site_due_at = None
    session().flush()
    return slots.open_payment(site, invoice, method)


def _prepare(site: Site, payment: Payment, invoice: Invoice) -> None:
    """The try with its key, committed before the call; the worker that takes the payment sends it."""
    number = 1 + (session().scalar(select(func.max(Attempt.number)).where(Attempt.invoice_id == invoice.id)) or 0)
    if payment.status != "pending":
        PAYMENT.check(payment.status, "pending")
    times = clock.due(site, clock.now(site))
    payment.status, payment.due_at, payment.site_due_at = "pending", times.due_at, times.site_due_at
    payment.attempts += 1
    session().add(
        Attempt(
            site_id=site.id,
            payment_id=payment.id,
            invoice_id=invoice.id,
            payment_method_id=payment.payment_method_id,
            number=number,
            key=slots.attempt_key(site.id, payment.subscription_id, invoice.slot, number),
            status="pending",
            started_at=clock.now(site),
        )
    )


def _note(site: Site, payment: Payment) -> None:
    changes.record(
        "overdue payment tried by hand",
        site_id=site.id,
        entity="payment",
        entity_id=payment.id,
        subscription_id=payment.subscription_id,
        at=clock.now(site),
    )
