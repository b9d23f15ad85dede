"""A charge that waits for the customer at their bank: how long, the way there, and the word that they have answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.billing import dunning
from portal.billing.models import Attempt, Payment
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job, enqueue
from portal.gateways.base import ApprovalOrder
from portal.links.tokens import placeholder
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import words
from portal.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Waiting:
    """Ask this gateway for the page on which the customer answers."""

    gateway: str
    order: ApprovalOrder


def waits_until(site: Site, attempt: Attempt) -> datetime:
    """The bank is waited for as long as for a refused payment: the window of the site's policy."""
    return dunning.of(site, attempt.started_at).ends_at


def is_over(site: Site, subscription: Subscription, attempt: Attempt) -> bool:
    """True where nobody waits for the bank any more: too late, the end has come, or another card is there (D7)."""
    changed = subscription.payment_method_id not in {None, attempt.payment_method_id}
    ended = subscription.closed_at if subscription.status == "closed" else None
    # What was tried after the end was asked for by somebody, or is what the end itself billed.
    is_left = ended is not None and attempt.started_at < ended
    return is_left or changed or clock.now(site) >= waits_until(site, attempt)


def begin(link_id: uuid.UUID, subscription_id: uuid.UUID) -> Waiting | None:
    """The charge of this subscription that waits for its customer; None where none does. Only reads."""
    row = (
        session()
        .execute(
            select(Payment, Attempt, Site)
            .join(Attempt, Attempt.payment_id == Payment.id)
            .join(Site, Site.id == Payment.site_id)
            .where(
                Payment.subscription_id == subscription_id,
                Payment.status == "requires_action",
                Attempt.status == "requires_action",
            )
            .order_by(Attempt.id.desc())
            .limit(1)
        )
        .first()
    )
    if row is None:
        return None
    payment, attempt, site = row
    order = ApprovalOrder(
        site_id=site.id,
        key=attempt.key,
        merchant_name=site.name,
        amount_text=words.money_text(payment.amount_minor, payment.currency, site.locale),
        return_path=f"/p/{placeholder(link_id)}",
    )
    return Waiting(payment.gateway, order)


def hint_answered(key: str) -> None:
    """The gateway says that the customer has answered: a worker asks for it now."""
    attempt = session().scalar(select(Attempt).where(Attempt.key == key))
    if attempt is None:
        return
    payment = session().get_one(Payment, attempt.payment_id)
    session().get_one(Subscription, payment.subscription_id, with_for_update=True)
    session().refresh(payment, with_for_update=True)
    if payment.status == "requires_action":
        payment.due_at, payment.site_due_at = real_now(), None
        enqueue(Job.CHARGE, payment.id)
