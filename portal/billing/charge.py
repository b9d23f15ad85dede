"""Charging in three steps: claim (attempt and key committed), collect (nothing held), settle (written once)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from portal.billing import dunning, outcome, slots
from portal.billing.models import PAYMENT, Attempt, Invoice, Payment, PaymentMethod
from portal.core import due
from portal.core.database import session
from portal.core.faults import reach
from portal.gateways.base import NO_ANSWER, ChargeOrder, ChargeResult
from portal.gateways.registry import gateway
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription

ANSWER_WITHIN = 20.0  # seconds; a third of the lease, so that a slow answer is still settled by who asked
AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Call:
    """One question to a gateway: take the money, or what became of an earlier try."""

    attempt_id: uuid.UUID
    gateway: str
    kind: Literal["charge", "ask"]
    order: ChargeOrder


def claim(payment_ids: Sequence[uuid.UUID]) -> list[Call]:
    """Take due payments and commit to a try for each; what another worker holds is left out.

    A try whose worker died is asked for first. Nothing is tried for a subscription that was closed or paused meanwhile.
    """
    calls = []
    for payment_id in payment_ids:
        if due.claim(Payment, row_id=payment_id):
            call = _claim_one(session().get_one(Payment, payment_id))
            if call is not None:
                calls.append(call)
    return calls


def _claim_one(payment: Payment) -> Call | None:
    subscription = session().get_one(Subscription, payment.subscription_id, with_for_update=True)
    session().refresh(payment, with_for_update=True)
    site = session().get_one(Site, payment.site_id)
    invoice = session().get_one(Invoice, payment.invoice_id)
    last = session().scalar(
        select(Attempt).where(Attempt.payment_id == payment.id).order_by(Attempt.number.desc()).limit(1)
    )
    if last is not None and last.status in {"pending", "unknown"}:
        return _call(site, payment, last, "ask")
    if payment.status not in {"pending", "failed"} or _is_stopped(site, subscription, invoice, payment, last):
        payment.due_at = payment.site_due_at = None
        return None
    return _call(site, payment, _new_attempt(site, payment, invoice), "charge")


def _is_stopped(
    site: Site, subscription: Subscription, invoice: Invoice, payment: Payment, last: Attempt | None
) -> bool:
    """True when there is no try to make: the engagement ended or rests, or the dunning window is used up."""
    if subscription.status in {"closed", "paused"}:
        if last is None and subscription.status == "closed":
            PAYMENT.check(payment.status, "voided")
            payment.status, invoice.status = "voided", "void"
        return True
    decline = last.decline if last else None
    if payment.status == "failed" and dunning.is_over(payment.first_failed_at, decline, clock.now(site)):
        outcome.give_up(site, subscription, invoice)
        return True
    return False


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
    )
    session().add(attempt)
    if payment.status == "failed":
        PAYMENT.check(payment.status, "pending")
        payment.status = "pending"
    payment.attempts += 1
    return attempt


def _call(site: Site, payment: Payment, attempt: Attempt, kind: Literal["charge", "ask"]) -> Call:
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
    )
    return Call(attempt.id, payment.gateway, kind, order)


def collect(calls: Sequence[Call]) -> list[tuple[Call, ChargeResult]]:
    """Call the gateways, all at once up to a limit. Never raises for one of them; holds no row and no connection."""
    return asyncio.run(_collect(calls))


async def _collect(calls: Sequence[Call]) -> list[tuple[Call, ChargeResult]]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(call: Call) -> tuple[Call, ChargeResult]:
        async with gate:
            return call, await _answer(call)

    return await asyncio.gather(*(one(call) for call in calls))


async def _answer(call: Call) -> ChargeResult:
    reach("charge.before_call")
    asked = gateway(call.gateway)
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            if call.kind == "ask":
                known = await asked.look_up(call.order.site_id, call.order.key)
                if known is not None:
                    return known
                # The gateway has never seen the key, so nothing was taken: the same try goes out now.
            return await asked.charge(call.order)
    except TimeoutError:
        return NO_ANSWER


def settle(answers: Sequence[tuple[Call, ChargeResult]]) -> None:
    """Write each outcome once, in the order of the answers; a settled try keeps its first final state."""
    reach("charge.answered")
    for call, result in answers:
        attempt = session().get_one(Attempt, call.attempt_id)
        payment = session().get_one(Payment, attempt.payment_id)
        subscription = session().get_one(Subscription, payment.subscription_id, with_for_update=True)
        session().refresh(payment, with_for_update=True)
        session().refresh(attempt, with_for_update=True)
        if attempt.status not in {"succeeded", "failed"}:
            outcome.apply(session().get_one(Site, payment.site_id), subscription, payment, attempt, result)
