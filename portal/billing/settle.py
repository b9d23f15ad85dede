"""Outcomes of charges, written once: the plain ones for a whole group by one statement a table, the rest one by one."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.billing import outcome
from portal.billing.calling import Answered
from portal.billing.models import Attempt, Invoice, Payment
from portal.core import live
from portal.core.bulk import among, update_rows
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.faults import reach
from portal.gateways.base import NOT_YET, ChargeResult
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms
from portal.webhooks.publish import Happening, publish_many

AGAIN_WITHIN = timedelta(seconds=10)  # of what its gateway's rate kept from going out, spread by chance
chance = secrets.SystemRandom().random
ROW = (
    Attempt.id.label("attempt_id"), Attempt.status.label("attempt"), Payment.id.label("payment_id"),
    Payment.status.label("payment"), Invoice.id.label("invoice_id"), Invoice.status.label("invoice"),
    Subscription.id.label("subscription_id"), Subscription.status.label("subscription"), Subscription.site_id,
    Subscription.sequence, Subscription.version, Subscription.webhook_url, Subscription.installments,
    Terms.number_of_payments, Site.clock_at,
)  # fmt: skip


def settle(answers: Sequence[Answered]) -> None:
    """Write each outcome; a try that is settled already keeps its first final state. All or none of the group."""
    reach("charge.answered")
    results = {call.attempt_id: result for call, result in answers}
    rows = _lock(list(results))
    _put_off([row for row in rows if results[row.attempt_id] is NOT_YET], answers)
    rows = [row for row in rows if results[row.attempt_id] is not NOT_YET]
    plain: list[Any] = []
    others: list[Any] = []
    seen: set[uuid.UUID] = set()
    for row in rows:
        # A subscription that comes twice in a group is written one by one: its sequence rises twice.
        (plain if _is_plain(row, results[row.attempt_id]) and row.subscription_id not in seen else others).append(row)
        seen.add(row.subscription_id)
    _succeed(plain, results)
    for row in others:
        _settle_one(row.attempt_id, results[row.attempt_id])


def _lock(attempt_ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """Read and lock, subscriptions in one order whoever asks, so that two groups cannot wait for each other."""
    return (
        session()
        .execute(
            select(*ROW)
            .join(Payment, Payment.id == Attempt.payment_id)
            .join(Invoice, Invoice.id == Attempt.invoice_id)
            .join(Subscription, Subscription.id == Payment.subscription_id)
            .join(Site, Site.id == Subscription.site_id)
            .outerjoin(Terms, Terms.id == Subscription.binding_terms_id)
            .where(among(Attempt.id, attempt_ids))
            .order_by(Subscription.id, Attempt.number)
            .with_for_update(of=(Subscription, Payment, Attempt))
        )
        .all()
    )


def _put_off(rows: Sequence[Any], answers: Sequence[Answered]) -> None:
    """No turn came in time: the try is prepared again and due soon. One that went out before keeps its lease."""
    unsent = {call.attempt_id for call, result in answers if result is NOT_YET and call.kind == "charge"}
    mine = [row for row in rows if row.attempt_id in unsent and row.attempt == row.payment == "pending"]
    now = real_now()
    update_rows(Attempt, [{"id": row.attempt_id, "sent_at": None} for row in mine])
    update_rows(
        Payment,
        [{"id": row.payment_id, "due_at": now + AGAIN_WITHIN * chance(), "site_due_at": None} for row in mine],
    )


def _is_plain(row: Any, result: ChargeResult) -> bool:
    """Money came for an active subscription that goes on: nothing but the four rows and the event changes."""
    return (
        result.outcome == "succeeded"
        and row.attempt == "pending"
        and row.payment == "pending"
        and row.invoice == "open"
        and row.subscription == "active"
        and (row.number_of_payments is None or row.installments < row.number_of_payments)
    )


def _succeed(rows: Sequence[Any], results: dict[uuid.UUID, ChargeResult]) -> None:
    if not rows:
        return
    now = real_now()
    told = [(row, results[row.attempt_id], row.clock_at or now) for row in rows]
    update_rows(
        Attempt,
        [
            {"id": row.attempt_id, "status": "succeeded", "settled_at": at, "gateway_ref": result.gateway_ref,
             "code": result.code, "words": result.words}
            for row, result, at in told
        ],
    )  # fmt: skip
    update_rows(
        Payment,
        [
            {"id": row.payment_id, "status": "succeeded", "gateway_ref": result.gateway_ref, "code": result.code,
             "paid_at": at, "due_at": None, "site_due_at": None}
            for row, result, at in told
        ],
    )  # fmt: skip
    update_rows(
        Invoice,
        [{"id": row.invoice_id, "status": "paid", "paid_at": at} for row, _, at in told],
    )
    update_rows(
        Subscription,
        [{"id": row.subscription_id, "sequence": row.sequence + 1, "updated_at": at} for row, _, at in told],
    )
    _announce(told)


def _announce(told: Sequence[tuple[Any, ChargeResult, Any]]) -> None:
    """The event of each payment, its delivery where somebody wants it, and a nudge for the open page."""
    happened = []
    for row, _, at in told:
        facts = {"payment_id": str(row.payment_id), "status": "succeeded"}
        owner, sequence = (row.site_id, row.subscription_id), row.sequence + 1
        happened.append(Happening(*owner, sequence, "payment", facts, row.webhook_url, at, row.clock_at))
        live.push(row.subscription_id, version=row.version, sequence=sequence)
    publish_many(happened)


def _settle_one(attempt_id: uuid.UUID, result: ChargeResult) -> None:
    attempt = session().get_one(Attempt, attempt_id)
    payment = session().get_one(Payment, attempt.payment_id)
    subscription = session().get_one(Subscription, payment.subscription_id)
    for row in (subscription, payment, attempt):
        session().refresh(row)
    if attempt.status not in {"succeeded", "failed"}:
        outcome.apply(session().get_one(Site, payment.site_id), subscription, payment, attempt, result)
        session().flush()
