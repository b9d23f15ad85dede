"""What a charge's outcome means: for the attempt, the payment, the invoice, the subscription, and who is told."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.billing import approval, by_link, coming_back, declines, dunning, first_charge, revoked, slots, told
from portal.billing.models import ATTEMPT, INVOICE, PAYMENT, Attempt, Invoice, Payment, PaymentMethod
from portal.core.database import session
from portal.core.jobs import Job, enqueue
from portal.gateways.base import NOT_SENT, ChargeResult
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import lifecycle
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms

# Contract and issue: an unknown outcome is asked for at 1 min, 5 min, 1 h, then daily.
ASK_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))


def apply(site: Site, subscription: Subscription, payment: Payment, attempt: Attempt, result: ChargeResult) -> None:
    """Settle one attempt. All rows are locked by the caller, the subscription's first."""
    invoice = session().get_one(Invoice, payment.invoice_id)
    if result == NOT_SENT:
        _never_sent(site, subscription, payment, invoice, attempt)
        return
    _settle_attempt(site, attempt, result)
    if result.outcome == "succeeded":
        _succeeded(site, subscription, payment, invoice, result)
    elif result.outcome == "failed":
        _failed(site, subscription, payment, invoice, attempt)
    else:
        _open_question(site, subscription, payment, attempt, result)


def _settle_attempt(site: Site, attempt: Attempt, result: ChargeResult) -> None:
    if attempt.status != result.outcome:
        ATTEMPT.check(attempt.status, result.outcome)
    attempt.status = result.outcome
    attempt.settled_at = clock.now(site)
    attempt.gateway_ref, attempt.code = result.gateway_ref, result.code
    attempt.decline, attempt.words, attempt.advice = declines.strictest(result), result.words, result.advice


def _move_payment(payment: Payment, status: str) -> None:
    if payment.status != status:
        PAYMENT.check(payment.status, status)
    payment.status = status
    payment.due_at = payment.site_due_at = None


def _never_sent(site: Site, subscription: Subscription, payment: Payment, invoice: Invoice, attempt: Attempt) -> None:
    """Nothing was taken. Closed meanwhile: nor will it be, but what stays owed after the end is tried all the same. At
    rest: the same try goes out when the pause is over."""
    if subscription.status == "closed" and not slots.stays_owed(invoice):
        _settle_attempt(site, attempt, NOT_SENT)
        _move_payment(payment, "voided")
        if invoice.status == "open":
            invoice.status = "void"
        return
    _move_payment(payment, "pending")
    attempt.status, attempt.settled_at, attempt.sent_at = "pending", None, None
    if subscription.status != "paused":
        times = clock.due(site, clock.now(site))
        payment.due_at, payment.site_due_at = times.due_at, times.site_due_at


def _succeeded(
    site: Site, subscription: Subscription, payment: Payment, invoice: Invoice, result: ChargeResult
) -> None:
    _move_payment(payment, "succeeded")
    payment.gateway_ref, payment.code, payment.paid_at = result.gateway_ref, result.code, clock.now(site)
    if invoice.status != "paid":
        if invoice.status != "void":
            INVOICE.check(invoice.status, "paid")
        invoice.status, invoice.paid_at = "paid", clock.now(site)
    if subscription.collection == "link":
        by_link.note_paid(site, invoice)
    announce(site, subscription, "payment", payment_id=str(payment.id), status="succeeded")
    session().flush()
    _after_payment(site, subscription, payment)


def _after_payment(site: Site, subscription: Subscription, payment: Payment) -> None:
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    if subscription.status == "pending" and lifecycle.is_accepted(subscription):
        first_charge.become_active(site, subscription, terms, next_index=subscription.next_index, taken=payment.amount)
    elif subscription.status == "failed" and not has_open_invoice(subscription):
        coming_back.recover(site, subscription, terms)
    close_if_complete(site, subscription, terms)


def close_if_complete(site: Site, subscription: Subscription, terms: Terms) -> None:
    """The last instalment is settled: closed as completed (semantics.md section 4)."""
    if subscription.status == "active" and is_complete(subscription, terms):
        lifecycle.close(site, subscription, "completed")


def is_complete(subscription: Subscription, terms: Terms) -> bool:
    """Every instalment was made, and nothing is owed any more."""
    reached = terms.number_of_payments is not None and subscription.installments >= terms.number_of_payments
    return reached and not has_open_invoice(subscription)


def has_open_invoice(subscription: Subscription) -> bool:
    owed = select(Invoice.id).where(
        Invoice.subscription_id == subscription.id, Invoice.status.in_(["open", "uncollectible"])
    )
    return session().scalar(owed.limit(1)) is not None


def _failed(site: Site, subscription: Subscription, payment: Payment, invoice: Invoice, attempt: Attempt) -> None:
    _move_payment(payment, "failed")
    payment.code = attempt.code
    payment.first_failed_at = payment.first_failed_at or clock.now(site)
    first = subscription.status == "pending"
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    revoked.take_away(site, subscription, attempt)
    if first:
        first_charge.take_back(site, subscription, terms)
    announce(site, subscription, "payment", payment_id=str(payment.id), status="failed")
    announce(site, subscription, "subscription", "payment_failed", payment_id=str(payment.id), code=attempt.code)
    if subscription.collection == "link":
        return  # the customer has the answer on the page, and may try again until it is paid
    told.refused(site, subscription, terms, payment, attempt)
    goes_on = subscription.status in {"active", "failed"} or slots.is_closing(invoice)
    if not first and goes_on and invoice.status == "open":
        _dun(site, subscription, payment, invoice, attempt)


def _dun(site: Site, subscription: Subscription, payment: Payment, invoice: Invoice, attempt: Attempt) -> None:
    """A newer card is tried at once; otherwise the policy says when, or that it is over."""
    if subscription.payment_method_id not in {None, payment.payment_method_id}:
        method = session().get_one(PaymentMethod, subscription.payment_method_id)
        session().flush()
        enqueue(Job.CHARGE, slots.open_payment(site, invoice, method).id)
        return
    assert payment.first_failed_at is not None
    earliest = declines.not_before(attempt.advice, attempt.settled_at)
    at = dunning.of(site, payment.first_failed_at).next_step(attempt.decline, clock.now(site), earliest)
    if at is None:
        give_up(site, subscription, invoice)
        return
    times = clock.due(site, at)
    payment.due_at, payment.site_due_at = times.due_at, times.site_due_at


def give_up(site: Site, subscription: Subscription, invoice: Invoice) -> None:
    """The window is over: the invoice stays owed but is not tried any more, the subscription is failed."""
    INVOICE.check(invoice.status, "uncollectible")
    invoice.status = "uncollectible"
    if subscription.status == "active":
        lifecycle.fail(site, subscription)


def _open_question(
    site: Site, subscription: Subscription, payment: Payment, attempt: Attempt, result: ChargeResult
) -> None:
    """No final word: the gateway is asked again later by the same key, and nothing is tried meanwhile."""
    news = payment.status != result.outcome
    _move_payment(payment, result.outcome)
    wait = ASK_AFTER[min(attempt.asked, len(ASK_AFTER) - 1)]
    attempt.asked += 1
    at = clock.now(site) + wait
    if result.outcome == "requires_action":
        at = min(at, approval.waits_until(site, attempt))
    times = clock.due(site, at)
    payment.due_at, payment.site_due_at = times.due_at, times.site_due_at
    if news:
        announce(site, subscription, "payment", payment_id=str(payment.id), status=result.outcome)
    if news and result.outcome == "requires_action":
        told.approval_wanted(site, subscription, payment, attempt)
