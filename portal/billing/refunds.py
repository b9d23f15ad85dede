"""Refunds and voids: noted with their key before the gateway is asked, settled once, never more than was captured."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select

from portal.billing import returned
from portal.billing.models import Payment
from portal.billing.refund_models import OPEN, REFUND, Refund
from portal.core import changes, due
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotAllowedNow, NotFound, invalid
from portal.core.faults import reach
from portal.gateways.base import NO_REFUND_ANSWER, RefundOrder, RefundResult
from portal.gateways.registry import gateway
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription

ANSWER_WITHIN = 20.0  # seconds, as for charges: a third of the lease
Kind = Literal["refund", "void"]


class NotRefundable(NotAllowedNow):
    """Nothing is left to send back, or nothing was taken."""

    code = "not_refundable"


class RefundUnderWay(NotAllowedNow):
    code = "refund_under_way"
    passes = True
    message = "An earlier refund of this payment has no answer yet. It is being asked for; wait, then look again."


class BusyPayment(NotAllowedNow):
    code = "being_charged"
    passes = True
    message = "This payment is being worked on this moment. Try again in a few seconds."


@dataclass(frozen=True, slots=True)
class Locked:
    """A payment with its site and subscription, the latter two rows locked."""

    site: Site
    subscription: Subscription
    payment: Payment


@dataclass(frozen=True, slots=True)
class Call:
    """One question to a gateway; `is_known`: ask first what became of an earlier try of the same order."""

    refund_id: uuid.UUID
    gateway: str
    kind: Kind
    is_known: bool
    order: RefundOrder


def lock(site_id: uuid.UUID, payment_id: uuid.UUID | None) -> Locked:
    """The payment of this site, locked behind its subscription. Raises NotFound, BusyPayment."""
    payment = session().get(Payment, payment_id) if payment_id else None
    if payment is None or payment.site_id != site_id:
        raise NotFound("There is no payment with this id.")
    subscription = session().get_one(Subscription, payment.subscription_id, with_for_update=True)
    if subscription.deleted_at is not None:
        raise NotFound("There is no payment with this id.")
    # Whoever holds either of them is charging or settling just now: wait for neither here.
    mine = select(Payment).where(Payment.id == payment.id).with_for_update(skip_locked=True)
    if session().scalar(mine.execution_options(populate_existing=True)) is None:
        raise BusyPayment
    return Locked(session().get_one(Site, site_id), subscription, payment)


def open_refund(locked: Locked, amount_minor: int | None) -> Call:
    """Note that this much goes back (None: all that is left); the caller commits, then calls the gateway.

    Raises NotRefundable, RefundUnderWay; InvalidFields for an amount that is not within what is left.
    """
    payment = locked.payment
    if payment.status not in {"succeeded", "partially_refunded"}:
        done = "This payment was sent back already." if payment.status == "refunded" else ""
        raise NotRefundable(done or "Nothing was taken by this payment: there is nothing to send back.")
    _refuse_second(payment)
    left = payment.amount_minor - payment.refunded_minor
    wanted = left if amount_minor is None else amount_minor
    if not 0 < wanted <= left:
        raise invalid(
            "amount", f"Give an amount above 0 and at most the {returned.plain(left, payment.currency)} left."
        )
    return _open(locked, "refund", wanted)


def open_void(locked: Locked) -> Call:
    """Note that a captured payment is to be undone as a whole; whether it still can be is the gateway's to say.

    Raises NotRefundable, RefundUnderWay.
    """
    payment = locked.payment
    if payment.status != "succeeded":
        raise NotRefundable(f"A payment that is {payment.status} cannot be voided.")
    _refuse_second(payment)
    return _open(locked, "void", payment.amount_minor)


def _refuse_second(payment: Payment) -> None:
    asked = select(Refund.id).where(Refund.payment_id == payment.id, Refund.status.in_(OPEN))
    if session().scalar(asked.limit(1)) is not None:
        raise RefundUnderWay


def _open(locked: Locked, kind: Kind, amount_minor: int) -> Call:
    site, payment = locked.site, locked.payment
    last = session().scalar(select(func.max(Refund.number)).where(Refund.payment_id == payment.id)) or 0
    refund = Refund(
        site_id=site.id,
        subscription_id=payment.subscription_id,
        payment_id=payment.id,
        number=last + 1,
        kind=kind,
        status="pending",
        amount_minor=amount_minor,
        currency=payment.currency,
        key=refund_key(payment, last + 1),
        created_at=clock.now(site),
        due_at=real_now() + due.LEASE,
    )
    session().add(refund)
    changes.record(
        f"{kind} asked for",
        site_id=site.id,
        entity="payment",
        entity_id=payment.id,
        subscription_id=payment.subscription_id,
        at=clock.now(site),
        fields={"amount": (None, returned.plain(amount_minor, payment.currency))},
    )
    return _call(site, payment, refund, is_known=False)


def refund_key(payment: Payment, number: int) -> str:
    """A hash of the capture and the number, never random: after a restored backup the same order has the same key."""
    return hashlib.sha256(f"refund:{payment.site_id}:{payment.gateway_ref}:{number}".encode()).hexdigest()


def claim(refund_id: uuid.UUID) -> Call | None:
    """Take a due refund to ask what became of it; None when it is settled or held by another worker."""
    if not due.claim(Refund, row_id=refund_id):
        return None
    refund = session().get_one(Refund, refund_id)
    payment = session().get_one(Payment, refund.payment_id)
    return _call(session().get_one(Site, refund.site_id), payment, refund, is_known=True)


def _call(site: Site, payment: Payment, refund: Refund, *, is_known: bool) -> Call:
    assert payment.gateway_ref is not None
    order = RefundOrder(
        key=refund.key,
        site_id=site.id,
        charge_ref=payment.gateway_ref,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        at=clock.now(site),
        zone=site.timezone,
    )
    return Call(refund.id, payment.gateway, "void" if refund.kind == "void" else "refund", is_known, order)


def collect(call: Call) -> RefundResult:
    """Call the gateway with nothing held; no answer in time is `unknown`, never a failure."""
    return asyncio.run(_answer(call))


async def _answer(call: Call) -> RefundResult:
    reach("refund.before_call")
    asked = gateway(call.gateway)
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            if call.is_known:
                known = await asked.look_up_refund(call.order.site_id, call.order.key)
                if known is not None:
                    return known
                # The gateway has never seen the key, so nothing went back: the same order goes out now.
            return await (asked.void(call.order) if call.kind == "void" else asked.refund(call.order))
    except TimeoutError:
        return NO_REFUND_ANSWER


def settle(refund_id: uuid.UUID, result: RefundResult) -> Refund:
    """Write the outcome; a refund that is settled already keeps its first final state."""
    reach("refund.answered")
    refund = session().get_one(Refund, refund_id)
    subscription = session().get_one(Subscription, refund.subscription_id, with_for_update=True)
    payment = session().get_one(Payment, refund.payment_id, with_for_update=True)
    session().refresh(refund, with_for_update=True)
    if refund.status in OPEN:
        if refund.status != result.outcome:
            REFUND.check(refund.status, result.outcome)
        returned.apply(session().get_one(Site, refund.site_id), subscription, payment, refund, result)
    return refund
