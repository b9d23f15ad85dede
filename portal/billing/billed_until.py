"""Up to which day the invoices of a subscription are made; only looks."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from portal.billing.models import Invoice
from portal.core.database import session
from portal.subscriptions.models import Subscription


def newest_instalment(subscription: Subscription) -> date | None:
    """The first day of the newest period that has its invoice; None before the first."""
    mine = select(func.max(Invoice.period_start)).where(Invoice.subscription_id == subscription.id)
    return session().scalar(mine.where(~Invoice.slot.contains("+")))


def done(subscription: Subscription, on: date) -> date:
    """The last day of which all invoices are made: the day itself once its own is."""
    slots = (on.isoformat(), f"{on.isoformat()}+items")
    made = select(Invoice.id).where(Invoice.subscription_id == subscription.id, Invoice.slot.in_(slots)).limit(1)
    return on if session().scalar(made) is not None else on - timedelta(days=1)
