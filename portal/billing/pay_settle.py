"""What became of a visit to the gateway's page: asked for by a worker, written once, or over without a payment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.billing import outcome
from portal.billing.models import ATTEMPT, PAYMENT, Attempt, Payment, PaymentMethod
from portal.billing.pay_models import VISIT, PaySession
from portal.billing.setup import ASK_AGAIN
from portal.core import due
from portal.core.clock import real_now
from portal.core.database import session
from portal.gateways.base import PayState, SavedMethod
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription

LEFT = "The customer left the payment page without paying."


@dataclass(frozen=True, slots=True)
class Question:
    """Ask this gateway how the visit stands `at` the site's time; `end`: and let nothing be paid on it any more."""

    visit_id: uuid.UUID
    gateway: str
    gateway_ref: str | None
    at: datetime
    end: bool = False


def claim(visit_id: uuid.UUID, *, end: bool = False) -> Question | None:
    """Take an open visit for asking; None when it is over or another worker holds it."""
    visit = session().get(PaySession, visit_id, with_for_update={"skip_locked": True})
    if visit is None or visit.status != "open":
        return None
    site = session().get_one(Site, visit.site_id)
    visit.due_at, visit.site_due_at = real_now() + due.LEASE, None
    return Question(visit.id, visit.gateway, visit.gateway_ref, clock.now(site), end)


def settle(visit_id: uuid.UUID, state: PayState | None) -> None:
    """Apply the gateway's word once; None: we know of no page, nobody can pay. Later words find it over."""
    visit = session().get_one(PaySession, visit_id)
    subscription = session().get_one(Subscription, visit.subscription_id, with_for_update=True)
    attempt = session().get_one(Attempt, visit.attempt_id)
    payment = session().get_one(Payment, attempt.payment_id)
    for row in (payment, attempt, visit):
        session().refresh(row, with_for_update=True)
    if visit.status != "open":
        return
    site = session().get_one(Site, visit.site_id)
    if state is None:
        state = PayState("expired" if clock.now(site) >= visit.expires_at else "open")
    if state.card is not None:
        _keep_card(attempt, state.card)
    if attempt.status in {"succeeded", "failed"}:  # reconciliation was here first
        _end(site, visit, "over")
    elif state.result is not None:
        _end(site, visit, "over")
        outcome.apply(site, subscription, payment, attempt, state.result)
    elif state.status == "expired":
        _end(site, visit, "expired")
        _nothing_paid(site, subscription, payment, attempt)
    else:
        _ask_later(site, visit)


def _keep_card(attempt: Attempt, card: SavedMethod) -> None:
    method = session().get_one(PaymentMethod, attempt.payment_method_id)
    method.brand, method.last4 = card.brand, card.last4
    method.exp_month, method.exp_year = card.exp_month, card.exp_year


def _nothing_paid(site: Site, subscription: Subscription, payment: Payment, attempt: Attempt) -> None:
    """No money was asked for: the try is over, and the invoice may be paid by another visit."""
    ATTEMPT.check(attempt.status, "failed")
    attempt.status, attempt.code, attempt.words = "failed", "not_paid", LEFT
    attempt.settled_at = clock.now(site)
    target = "pending" if payment.first_failed_at is None else "failed"
    PAYMENT.check(payment.status, target)
    payment.status = target
    announce(site, subscription, "notification", message=LEFT, error=False, payment_id=str(payment.id))


def _ask_later(site: Site, visit: PaySession) -> None:
    """The customer may still be on the page; at the latest when its time is over."""
    visit.hinted_at = None
    wait = timedelta(seconds=ASK_AGAIN[min(visit.asked, len(ASK_AGAIN) - 1)])
    visit.asked += 1
    times = clock.due(site, min(clock.now(site) + wait, max(visit.expires_at, clock.now(site))))
    visit.due_at, visit.site_due_at = times.due_at, times.site_due_at


def _end(site: Site, visit: PaySession, status: str) -> None:
    VISIT.check(visit.status, status)
    visit.status, visit.ended_at = status, clock.now(site)
    visit.due_at = visit.site_due_at = None
