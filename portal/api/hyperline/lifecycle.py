"""Addresses of the dialect: activating, pausing, reactivating, cancelling and reinstating, and the next phase."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Any

from flask import Response, g
from pydantic import BeforeValidator, model_validator

from portal.api import auth, preconditions
from portal.api.answers import answer
from portal.api.hyperline import answers, reading, shapes, values
from portal.api.hyperline.bodies import Optional
from portal.api.hyperline.door import bp
from portal.api.hyperline.manual import manual
from portal.api.hyperline.subscriptions import TAG
from portal.api.hyperline.values import Minor, Moment, Text, Truth, one_of
from portal.api.plain_values import refuse
from portal.billing import cancellations, closing, holds, item_updates, refunds
from portal.billing.cancellations import CancelOrder
from portal.billing.refund_models import Refund
from portal.core.database import session, transaction
from portal.core.errors import InvalidFields, NotAllowedNow, Problem, invalid
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import ending, lifecycle, pausing, phases
from portal.subscriptions.models import Subscription


class PauseBody(Optional):
    """Open-ended, or until a day."""

    reactivate_at: Moment = None
    reason: Text = None


def _not_what_nobody_agreed_to(value: Any) -> Any:
    if value == "charge_custom":
        raise refuse(
            "The customer has agreed to the terms and to no other amount. Add a product that is billed once, of which "
            "the customer is told, and cancel then; charge_prorata bills what was used in arrears."
        )
    return value


class CancelBody(Optional):
    """When it ends, and what goes back."""

    cancel_at: Moment = None
    cancellation_strategy: Annotated[
        str | None, *one_of(*cancellations.STRATEGIES), BeforeValidator(_not_what_nobody_agreed_to)
    ] = None
    cancellation_amount: Minor = None
    cancellation_reason: Text = None
    pro_rata: Truth = None

    @model_validator(mode="before")
    @classmethod
    def _other_spellings(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        found = dict(value)
        for ours, theirs in (
            ("cancellation_strategy", "strategy"),
            ("cancellation_amount", "amount"),
            ("cancellation_reason", "reason"),
        ):
            if found.get(ours) is None and theirs in found:
                found[ours] = found[theirs]
        if found.get("cancellation_strategy") == "none":
            found["cancellation_strategy"] = "do_nothing"
        return found


class TransitionBody(Optional):
    """When it happens: today."""

    transition_date: Moment = None


@bp.post("/subscriptions/<subscription_id>/activate", strict_slashes=False)
@manual.operation("Activate subscription", tag=TAG, answers={200: answers.Subscription}, versioned=True, tagged=True)
def activate(subscription_id: str) -> Response:
    """Nothing is charged without the customer's yes: one that still waits for it is refused, an active one stays so."""
    with transaction():
        found = reading.subscription(subscription_id, lock=True)
        lifecycle.refuse_if_archived(found)
        if found.status == "pending":
            raise NotAllowedNow("There is no payment method yet: the customer confirms one on the payment link.")
        if found.status != "active":
            raise NotAllowedNow("This subscription was active before: use reactivate or reinstate.")
        return _answered(found)


@bp.post("/subscriptions/<subscription_id>/pause", strict_slashes=False)
@manual.operation(
    "Pause subscription",
    tag=TAG,
    body=PauseBody,
    body_is_optional=True,
    answers={200: answers.Subscription},
    versioned=True,
    tagged=True,
    body_example={"reactivate_at": "2027-02-01T00:00:00Z"},
)
def pause(subscription_id: str, body: PauseBody) -> Response:
    """Nothing is charged while it is paused; the periods that pass are never billed."""
    with transaction():
        site = reading.own_site()
        found = reading.subscription(subscription_id, lock=True)
        until = values.day_of(body.reactivate_at, site.timezone)
        pausing.pause(site, found, reading.binding(found), reason=body.reason or "", until=until)
        return _answered(found)


@bp.post("/subscriptions/<subscription_id>/reactivate", strict_slashes=False)
@manual.operation(
    "Reactivate subscription",
    tag=TAG,
    body=PauseBody,
    body_is_optional=True,
    answers={200: answers.Subscription},
    versioned=True,
    tagged=True,
)
def reactivate(subscription_id: str, body: PauseBody) -> Response:
    """At once, or on `reactivate_at`. Periods that passed are not billed; a debt of an errored one stays owed. An
    active one stays as it is."""
    with transaction():
        site = reading.own_site()
        found = reading.subscription(subscription_id, lock=True)
        lifecycle.refuse_if_archived(found)
        on = values.day_of(body.reactivate_at, site.timezone)
        if found.status not in {"active", "paused", "failed"}:
            raise NotAllowedNow(f"A subscription that is {found.status} cannot be reactivated.")
        terms = reading.binding(found)
        if found.status != "active" and on is not None and on > clock.today(site):
            pausing.pause(site, found, terms, reason=found.hold_reason or "", until=on)
        elif found.status != "active":
            holds.resume(site, found, terms)
        return _answered(found)


@bp.post("/subscriptions/<subscription_id>/reinstate", strict_slashes=False)
@manual.operation("Reinstate subscription", tag=TAG, answers={200: answers.Subscription}, versioned=True, tagged=True)
def reinstate(subscription_id: str) -> Response:
    """Takes a planned cancellation back, or one that has come; the gap is not billed. What came to its own end, was
    voided, or was closed for good stays ended."""
    with transaction():
        site = reading.own_site()
        found = reading.subscription(subscription_id, lock=True)
        if found.status != "closed" and found.cancel_on is not None:
            lifecycle.refuse_if_archived(found)
            ending.undo_cancel(site, found, reading.binding(found))
        else:
            closing.reinstate(site, found, reading.binding(found))
        return _answered(found)


@bp.post("/subscriptions/<subscription_id>/transition-phase", strict_slashes=False)
@bp.post("/subscriptions/<subscription_id>/next-phase", endpoint="next_phase", strict_slashes=False)
@manual.operation(
    "Transition to next phase",
    tag=TAG,
    body=TransitionBody,
    body_is_optional=True,
    answers={200: answers.Subscription},
    versioned=True,
    tagged=True,
)
def transition_phase(subscription_id: str, body: TransitionBody) -> Response:
    """The products of the next planned phase take the place of the present ones today, reckoned as the phase says."""
    with transaction():
        site = reading.own_site()
        found = reading.subscription(subscription_id, lock=True)
        on = values.day_of(body.transition_date, site.timezone)
        if on is not None and on != clock.today(site):
            raise invalid("transition_date", "A phase begins today, or on its own starts_at.")
        if found.status != "active":
            raise NotAllowedNow("Phases change while a subscription is active.")
        coming = phases.planned(found.id)
        if not coming:
            raise NotAllowedNow("This subscription has no next phase.")
        item_updates.carry_out(site, found, coming[0])
        return _answered(found)


@bp.post("/subscriptions/<subscription_id>/cancel", strict_slashes=False)
@manual.operation(
    "Cancel subscription",
    tag=TAG,
    body=CancelBody,
    body_is_optional=True,
    answers={200: answers.Canceled},
    refuses=(403,),
    versioned=True,
    tagged=True,
    body_example={"cancellation_strategy": "refund_prorata", "cancellation_reason": "Moved away"},
)
def cancel(subscription_id: str, body: CancelBody) -> Response:
    """Now, or on `cancel_at`: a period that starts before that day is billed. Before the customer's yes it is voided.
    `cancellation_strategy`: do_nothing, end_of_period, charge_prorata, refund_prorata, refund_last_invoice, or
    refund_custom with `cancellation_amount`; a key needs the scope `refund` for the last three. What was used of
    products that are billed at the end of their interval is billed with the last invoice each time."""
    with transaction():
        site = reading.own_site()
        order = _cancel_order(site, body)
        found = reading.subscription(subscription_id, lock=True)
        calls = cancellations.cancel(site, found, reading.binding(found), order)
        response = _canceled(found, [call.refund_id for call in calls])
    return _given_back(found.id, calls) if calls else response


def _answered(found: Subscription) -> Response:
    """The whole subscription as it now is, inside the transaction that changed it."""
    return answer(shapes.subscription_shape(reading.whole(found)), headers=preconditions.etag(found))


def _cancel_order(site: Site, body: CancelBody) -> CancelOrder:
    strategy = body.cancellation_strategy or ("refund_prorata" if body.pro_rata else "do_nothing")
    if (strategy == "refund_custom") != (body.cancellation_amount is not None):
        words = "Give cancellation_amount with refund_custom, and only with it."
        raise InvalidFields([Problem("cancellation_amount", "invalid", words)])
    if strategy in cancellations.REFUNDS and "refund" not in g.key.scopes:
        raise auth.Forbidden("This key may not do that: it needs the scope refund.")
    on: date | None = values.day_of(body.cancel_at, site.timezone)
    if strategy == "end_of_period" and on is not None:
        raise invalid("cancel_at", "end_of_period says the day by itself: leave cancel_at out.")
    return CancelOrder(strategy, on, body.cancellation_amount, body.cancellation_reason)


def _given_back(subscription_id: uuid.UUID, calls: list[refunds.Call]) -> Response:
    """It has ended whatever the gateway says; each refund tells what became of it."""
    results = [(call.refund_id, refunds.collect(call)) for call in calls]
    with transaction():
        for refund_id, result in results:
            refunds.settle(refund_id, result)
        session().flush()
        return _canceled(session().get_one(Subscription, subscription_id), [refund_id for refund_id, _ in results])


def _canceled(found: Subscription, refund_ids: list[uuid.UUID]) -> Response:
    rows = [session().get_one(Refund, refund_id) for refund_id in refund_ids]
    given = [
        {"id": str(row.id), "payment_id": str(row.payment_id), "amount": row.amount_minor, "status": row.status}
        for row in rows
    ]
    shape = shapes.subscription_shape(reading.whole(found)) | {"refunds": given}
    return answer(shape, headers=preconditions.etag(found))
