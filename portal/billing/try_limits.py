"""How often a card may be tried: for an invoice in 30 days, and declined on a day, whoever asked for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select

from portal.billing import dunning
from portal.billing.models import Attempt, Payment, PaymentMethod
from portal.core.database import session
from portal.core.instants import due_instant, local_day
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription

# Refusals of our own: no network saw them, and none counts them.
OUR_OWN = frozenset({"not_sent", "method_revoked", "authentication_expired", "too_many_today", "too_many_tries"})


@dataclass(frozen=True, slots=True)
class Limit:
    """Which limit is reached, and when the next automatic try may be made; by hand it may be as soon as it has room."""

    code: Literal["too_many_today", "too_many_tries"]
    until: datetime


def reached(site: Site, invoice_id: uuid.UUID, method_id: uuid.UUID) -> Limit | None:
    """The limit that forbids a try of this card for this invoice now; None: it may be tried. One statement."""
    policy, now = dunning.policy_of(site), clock.now(site)
    seen = [
        row for row in session().execute(_tries(method_id, now - dunning.NETWORK_WITHIN)) if row.code not in OUR_OWN
    ]
    today = clock.today(site)
    declined = [row for row in seen if row.status == "failed" and local_day(row.started_at, site.timezone) == today]
    made = [row.started_at for row in seen if row.invoice_id == invoice_id]
    if len(made) >= policy.most_tries:
        return Limit("too_many_tries", made[-policy.most_tries] + dunning.NETWORK_WITHIN)
    if len(declined) >= policy.most_a_day:
        tomorrow = today + timedelta(days=1)
        return Limit("too_many_today", due_instant(tomorrow, site.timezone, site.charge_hour))
    return None


def same_card(method_id: uuid.UUID) -> Any:
    """The ids under which the customer's card was saved, this one included: each visit to the gateway saves it anew."""
    this = select(PaymentMethod).where(PaymentMethod.id == method_id).subquery()
    alike = (PaymentMethod.customer_id, PaymentMethod.brand, PaymentMethod.last4, PaymentMethod.exp_month,
             PaymentMethod.exp_year)  # fmt: skip
    return select(PaymentMethod.id).where(*(column == this.c[column.key] for column in alike))


def _tries(method_id: uuid.UUID, since: datetime) -> Any:
    """Through the customer's payments: attempts have no index of their own by card."""
    owner = select(PaymentMethod.customer_id).where(PaymentMethod.id == method_id).scalar_subquery()
    return (
        select(Attempt.started_at, Attempt.invoice_id, Attempt.status, Attempt.code)
        .join(Payment, Payment.id == Attempt.payment_id)
        .join(Subscription, Subscription.id == Payment.subscription_id)
        .where(
            Subscription.customer_id == owner,
            Attempt.payment_method_id.in_(same_card(method_id)),
            Attempt.started_at > since,
        )
        .order_by(Attempt.started_at)
    )
