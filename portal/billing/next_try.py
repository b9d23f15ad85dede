"""The attempt that is sent now, if any: a pause, a limit, a revoked card or the policy may forbid it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.billing import declines, dunning, outcome, slots, try_limits
from portal.billing.models import PAYMENT, Attempt, Invoice, Payment, PaymentMethod
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job, enqueue
from portal.gateways.base import ChargeResult
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription


def prepare(
    site: Site, subscription: Subscription, invoice: Invoice, payment: Payment, last: Attempt | None
) -> Attempt | None:
    """Subscription and payment are locked and claimed. None: nothing is sent; the due time says what comes next.

    A try that was asked for by hand is pending; one that the policy makes starts from a failed payment.
    """
    prepared = last if last is not None and last.status == "pending" else None
    if payment.status not in {"pending", "failed"} or _rests(subscription, invoice, prepared):
        if subscription.status == "closed" and payment.status == "pending":
            _call_off(site, payment, invoice, prepared)
        _wait(site, payment, None)
        return None
    if payment.status == "failed" and invoice.status != "open":
        _wait(site, payment, None)  # paid or called off by another payment meanwhile: never collected twice
        return None
    if payment.status == "failed":
        return _again(site, subscription, invoice, payment, last)
    refusal = _refusal(site, payment, prepared)
    attempt = prepared or _new_attempt(site, payment, invoice)
    if refusal is not None:
        session().flush()
        outcome.apply(site, subscription, payment, attempt, refusal)
        return None
    attempt.sent_at = real_now()
    return attempt


def _rests(subscription: Subscription, invoice: Invoice, prepared: Attempt | None) -> bool:
    """Paused: none but those that somebody asked for; the run prepares only the first. Closed: none but those that
    somebody asked for since, and those of what the end itself billed."""
    by_hand = prepared is not None and prepared.number > 1
    if subscription.status == "closed":
        ended = subscription.closed_at
        since = prepared is not None and ended is not None and prepared.started_at >= ended
        return not (by_hand and since) and not slots.is_closing(invoice)
    return subscription.status == "paused" and not by_hand


def _call_off(site: Site, payment: Payment, invoice: Invoice, prepared: Attempt | None) -> None:
    """Closed before anything was asked of the gateway: it is not collected any more, but what was refused before stays
    owed."""
    status = "failed" if slots.stays_owed(invoice) else "voided"
    PAYMENT.check(payment.status, status)
    payment.status = status
    if status == "voided":
        invoice.status = "void"
    else:
        payment.first_failed_at = payment.first_failed_at or clock.now(site)
    if prepared is not None:
        prepared.status, prepared.code, prepared.settled_at = "failed", "not_sent", clock.now(site)


def _again(
    site: Site, subscription: Subscription, invoice: Invoice, payment: Payment, last: Attempt | None
) -> Attempt | None:
    """An automatic try of what was refused: of a newer card at once, else by the policy; or the end of it."""
    if subscription.payment_method_id not in {None, payment.payment_method_id}:
        method = session().get_one(PaymentMethod, subscription.payment_method_id)
        enqueue(Job.CHARGE, slots.open_payment(site, invoice, method).id)
        _wait(site, payment, None)
        return None
    assert payment.first_failed_at is not None
    assert last is not None
    plan, now = dunning.of(site, payment.first_failed_at), clock.now(site)
    held = _held_until(site, payment, last, now)
    if held is None and plan.owes_try(last.decline, last.started_at, now):
        attempt = _new_attempt(site, payment, invoice)
        attempt.sent_at = real_now()
        return attempt
    if now < plan.ends_at:
        _wait(site, payment, min(held or plan.ends_at, plan.ends_at))
        return None
    outcome.give_up(site, subscription, invoice)
    _wait(site, payment, None)
    return None


def _held_until(site: Site, payment: Payment, last: Attempt, now: datetime) -> datetime | None:
    """Until when the networks' advice or a limit forbids another try."""
    earliest = declines.not_before(last.advice, last.settled_at)
    limit = try_limits.reached(site, payment.invoice_id, payment.payment_method_id)
    moments = [earliest] if earliest is not None and earliest > now else []
    return max([*moments, limit.until] if limit is not None else moments, default=None)


def _refusal(site: Site, payment: Payment, prepared: Attempt | None) -> ChargeResult | None:
    """What we refuse without asking anybody: a card that its owner took back, or one that was tried too often."""
    method = session().get_one(PaymentMethod, payment.payment_method_id)
    if method.revoked_at is not None:
        return ChargeResult("failed", code="method_revoked", decline="hard")
    if prepared is not None:
        return None  # counted when it was prepared
    limit = try_limits.reached(site, payment.invoice_id, method.id)
    return ChargeResult("failed", code=limit.code, decline="soft") if limit is not None else None


def _new_attempt(site: Site, payment: Payment, invoice: Invoice) -> Attempt:
    numbers = session().scalars(select(Attempt.number).where(Attempt.invoice_id == invoice.id)).all()
    number = max(numbers, default=0) + 1
    attempt = Attempt(
        site_id=site.id,
        payment_id=payment.id,
        invoice_id=invoice.id,
        payment_method_id=payment.payment_method_id,
        number=number,
        key=slots.attempt_key(site.id, payment.subscription_id, invoice.slot, number),
        status="pending",
        asked=0,
        started_at=clock.now(site),
    )
    session().add(attempt)
    if payment.status == "failed":
        PAYMENT.check(payment.status, "pending")
        payment.status = "pending"
    payment.attempts += 1
    return attempt


def _wait(site: Site, payment: Payment, at: datetime | None) -> None:
    times = clock.due(site, at) if at is not None else clock.NEVER
    payment.due_at, payment.site_due_at = times.due_at, times.site_due_at
