"""Charging begins: claim a try, its key committed. calling.py gets its answer, settle.py writes the outcome."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from portal.billing import approval, by_link, next_try, slots
from portal.billing.calling import Call, Kind
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
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
    PaymentMethod.revoked_at, Invoice.description, Invoice.slot, Site.clock_at,
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
    goes_on = row.subscription == "active" and row.revoked_at is None
    return is_due and goes_on and row.sent_at is None and row.attempt == "pending"


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
    if by_link.is_not_ours(subscription, payment):
        return None
    site = session().get_one(Site, payment.site_id)
    invoice = session().get_one(Invoice, payment.invoice_id)
    last = session().scalar(
        select(Attempt).where(Attempt.payment_id == payment.id).order_by(Attempt.number.desc()).limit(1)
    )
    if last is not None and last.sent_at is not None and last.status in {"pending", "unknown", "requires_action"}:
        return _call(site, payment, last, _question(site, subscription, last))
    attempt = next_try.prepare(site, subscription, invoice, payment, last)
    return _call(site, payment, attempt, "charge") if attempt is not None else None


def _question(site: Site, subscription: Subscription, last: Attempt) -> Kind:
    """What to ask of a try that went out. Its worker may have died before the call, but once the engagement has ended
    or rests, no money is taken any more; and a bank that nobody answers is not waited for without end.
    """
    if last.status == "requires_action":
        return "call_off" if approval.is_over(site, subscription, last) else "look"
    return "look" if subscription.status in {"closed", "paused"} else "ask"


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
