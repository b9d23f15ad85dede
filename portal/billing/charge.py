"""Charging begins: claim a try, its key committed. calling.py gets its answer, settle.py writes the outcome."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from portal.billing import dunning, outcome, slots
from portal.billing.calling import Call, Kind
from portal.billing.models import PAYMENT, Attempt, Invoice, Payment, PaymentMethod
from portal.core import due
from portal.core.bulk import among
from portal.core.clock import real_now
from portal.core.database import session
from portal.gateways.base import ChargeOrder
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription

TRY = (
    Payment.id, Payment.site_id, Payment.subscription_id, Payment.due_at, Payment.gateway, Payment.amount_minor,
    Payment.currency, Attempt.id.label("attempt_id"), Attempt.key, Attempt.number, Attempt.sent_at,
    Attempt.status.label("attempt"), Subscription.status.label("subscription"), PaymentMethod.gateway_ref,
    Invoice.description, Invoice.slot, Site.clock_at,
)  # fmt: skip


def claim(payment_ids: Sequence[uuid.UUID]) -> list[Call]:
    """Take due payments and commit to a try for each; what another worker holds is left out.

    Tries that the billing run prepared are taken together, three statements for all of them. A try whose worker died
    is asked for first. Nothing is tried for a subscription that was closed or paused meanwhile.
    """
    prepared = _claim_prepared(payment_ids)
    calls = list(prepared.values())
    for payment_id in payment_ids:
        if payment_id not in prepared and _lock_owner(payment_id) and due.claim(Payment, row_id=payment_id):
            call = _claim_one(session().get_one(Payment, payment_id))
            if call is not None:
                calls.append(call)
    return calls


def _claim_prepared(payment_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Call]:
    now = real_now()
    rows = [row for row in _tries(payment_ids) if _is_prepared(row, now)]
    if not rows:
        return {}
    _set(Payment, [row.id for row in rows], due_at=now + due.LEASE)
    _set(Attempt, [row.attempt_id for row in rows], sent_at=now)
    return {row.id: _prepared_call(row, row.clock_at or now) for row in rows}


def _tries(payment_ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """Every try of these payments, but for what another worker holds; asked for by their ids and by nothing else.

    With more conditions PostgreSQL, whose statistics know of no rush, begins with all that is due: a million rows.
    """
    wanted = (
        select(*TRY)
        .join(Attempt, Attempt.payment_id == Payment.id)
        .join(Subscription, Subscription.id == Payment.subscription_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(PaymentMethod, PaymentMethod.id == Attempt.payment_method_id)
        .join(Site, Site.id == Payment.site_id)
        .where(among(Payment.id, payment_ids))
        .with_for_update(of=(Payment, Subscription), skip_locked=True)
    )
    return session().execute(wanted).all()


def _is_prepared(row: Any, now: datetime) -> bool:
    """A try that the run wrote and nobody has made yet, of a payment that is due, while the subscription goes on."""
    is_due = row.due_at is not None and row.due_at <= now
    return is_due and row.sent_at is None and row.attempt == "pending" and row.subscription == "active"


def _set(table: Any, ids: Sequence[uuid.UUID], **values: datetime) -> None:
    """Nothing of these rows is loaded in this session, so that nothing needs to be kept in step."""
    change = update(table).where(among(table.id, ids)).values(values)
    session().execute(change, execution_options={"synchronize_session": False})


def _prepared_call(row: Any, at: datetime) -> Call:
    reference = slots.reference(row.subscription_id, row.slot, row.number)
    money = row.amount_minor, row.currency
    order = ChargeOrder(row.key, row.site_id, row.gateway_ref, *money, row.description, at, reference)
    return Call(row.attempt_id, row.gateway, "charge", order)


def _lock_owner(payment_id: uuid.UUID) -> bool:
    """Take the payment's subscription before the payment, as everybody does; False where another worker has it.

    Whoever has it may want the payment next: with the two the other way round, PostgreSQL throws one of them out.
    """
    owner = select(Payment.subscription_id).where(Payment.id == payment_id).scalar_subquery()
    locked = select(Subscription.id).where(Subscription.id == owner).with_for_update(skip_locked=True)
    return session().scalar(locked) is not None


def _claim_one(payment: Payment) -> Call | None:
    subscription = session().get_one(Subscription, payment.subscription_id, with_for_update=True)
    session().refresh(payment, with_for_update=True)
    site = session().get_one(Site, payment.site_id)
    invoice = session().get_one(Invoice, payment.invoice_id)
    last = session().scalar(
        select(Attempt).where(Attempt.payment_id == payment.id).order_by(Attempt.number.desc()).limit(1)
    )
    if last is not None and last.status in {"pending", "unknown"} and last.sent_at is not None:
        # The worker may have died before it called: once the engagement has ended or rests, no money is taken any more.
        return _call(site, payment, last, "look" if subscription.status in {"closed", "paused"} else "ask")
    if payment.status not in {"pending", "failed"} or _is_stopped(site, subscription, invoice, payment, last):
        payment.due_at = payment.site_due_at = None
        return None
    prepared = last if last is not None and last.status == "pending" else None
    if prepared is not None:
        prepared.sent_at = real_now()
    return _call(site, payment, prepared or _new_attempt(site, payment, invoice), "charge")


def _is_stopped(
    site: Site, subscription: Subscription, invoice: Invoice, payment: Payment, last: Attempt | None
) -> bool:
    """True when there is no try to make: the engagement ended or rests, or the dunning window is used up."""
    if subscription.status in {"closed", "paused"}:
        if subscription.status == "closed" and payment.status == "pending":
            _void(site, payment, invoice, last)
        return True
    decline = last.decline if last else None
    if payment.status == "failed" and dunning.is_over(payment.first_failed_at, decline, clock.now(site)):
        outcome.give_up(site, subscription, invoice)
        return True
    return False


def _void(site: Site, payment: Payment, invoice: Invoice, prepared: Attempt | None) -> None:
    """Closed before anything was asked of the gateway: this instalment is not collected any more."""
    PAYMENT.check(payment.status, "voided")
    payment.status, invoice.status = "voided", "void"
    if prepared is not None:
        prepared.status, prepared.code, prepared.settled_at = "failed", "not_sent", clock.now(site)


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
        started_at=clock.now(site),
        sent_at=real_now(),
    )
    session().add(attempt)
    if payment.status == "failed":
        PAYMENT.check(payment.status, "pending")
        payment.status = "pending"
    payment.attempts += 1
    return attempt


def _call(site: Site, payment: Payment, attempt: Attempt, kind: Kind) -> Call:
    method = session().get_one(PaymentMethod, attempt.payment_method_id)
    invoice = session().get_one(Invoice, payment.invoice_id)
    order = ChargeOrder(
        key=attempt.key,
        site_id=site.id,
        method_ref=method.gateway_ref,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        description=invoice.description,
        at=clock.now(site),
        reference=slots.reference(payment.subscription_id, invoice.slot, attempt.number),
    )
    return Call(attempt.id, payment.gateway, kind, order)
