"""Outcomes of charges, written once: the plain ones for a whole group together, the rest one by one."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from portal.billing import outcome, plain_yes
from portal.billing.calling import Answered
from portal.billing.models import Attempt, Payment
from portal.core.bulk import among, update_rows
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.faults import reach
from portal.gateways.base import NOT_YET, ChargeResult
from portal.sites.models import Site
from portal.subscriptions.models import Subscription

AGAIN_WITHIN = timedelta(seconds=10)  # of what its gateway's rate kept from going out, spread by chance
chance = secrets.SystemRandom().random


def settle(answers: Sequence[Answered]) -> None:
    """Write each outcome; a try that is settled already keeps its first final state. All or none of the group."""
    reach("charge.answered")
    results = {call.attempt_id: result for call, result in answers}
    done = plain_yes.write(results)
    rest = [(call, result) for call, result in answers if call.attempt_id not in done]
    _put_off([call.attempt_id for call, result in rest if result is NOT_YET and call.kind == "charge"])
    for call, result in rest:
        if result is not NOT_YET:
            _settle_one(call.attempt_id, result)


def _put_off(attempt_ids: Sequence[uuid.UUID]) -> None:
    """No turn came in time: the try is prepared again and due soon. One that went out before keeps its lease."""
    if not attempt_ids:
        return
    wanted = (
        select(Attempt.id, Attempt.payment_id)
        .join(Payment, Payment.id == Attempt.payment_id)
        .where(among(Attempt.id, attempt_ids), Attempt.status == "pending", Payment.status == "pending")
    )
    mine = session().execute(wanted).all()
    now = real_now()
    update_rows(Attempt, [{"id": row.id, "sent_at": None} for row in mine])
    update_rows(
        Payment,
        [{"id": row.payment_id, "due_at": now + AGAIN_WITHIN * chance(), "site_due_at": None} for row in mine],
    )


def _settle_one(attempt_id: uuid.UUID, result: ChargeResult) -> None:
    attempt = session().get_one(Attempt, attempt_id)
    payment = session().get_one(Payment, attempt.payment_id)
    subscription = session().get_one(Subscription, payment.subscription_id)
    for row in (subscription, payment, attempt):
        session().refresh(row)
    if attempt.status not in {"succeeded", "failed"}:
        outcome.apply(session().get_one(Site, payment.site_id), subscription, payment, attempt, result)
        session().flush()
