"""The customer picks the day of the next try, inside the window of the site's policy."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from portal.billing import declines, dunning
from portal.billing.collect_now import NoAnswerYet
from portal.billing.models import Attempt, Invoice, Payment
from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow, invalid
from portal.core.instants import due_instant, local_day
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription


class NoDayToPick(NotAllowedNow):
    code = "no_day_to_pick"
    message = "The day of the next try cannot be chosen any more. Pay now, or give another card."


def choices(site: Site, subscription: Subscription, payment: Payment, last: Attempt | None) -> list[date]:
    """The days that may be picked: ahead, inside the window, not before what the networks advise. Only reads rows.

    Empty where no automatic try is to come: not refused, refused for good, or not active.
    """
    waits = payment.status == "failed" and (payment.due_at is not None or payment.site_due_at is not None)
    if last is None or last.decline != "soft" or payment.first_failed_at is None:
        return []
    if not waits or subscription.status != "active" or subscription.payment_method_id != payment.payment_method_id:
        return []
    now, ends_at = clock.now(site), dunning.of(site, payment.first_failed_at).ends_at
    earliest = declines.not_before(last.advice, last.settled_at) or now
    first, end = local_day(now, site.timezone), local_day(ends_at, site.timezone)
    days = [first + timedelta(days=n) for n in range((end - first).days + 1)]
    moments = [(day, due_instant(day, site.timezone, site.charge_hour)) for day in days]
    return [day for day, at in moments if now < at <= ends_at and at >= earliest]


def choose(site: Site, subscription: Subscription, payment_id: object, day: date) -> None:
    """Move the next try to this day at the site's charge hour. The subscription's row is locked by the caller.

    Raises NoDayToPick, NoAnswerYet while it is being tried, InvalidFields for another day than those of choices().
    """
    mine = select(Payment).where(Payment.id == payment_id, Payment.subscription_id == subscription.id)
    payment = session().scalar(mine.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if payment is None:
        raise NoAnswerYet
    tries = select(Attempt).where(Attempt.payment_id == payment.id).order_by(Attempt.number.desc()).limit(1)
    allowed = choices(site, subscription, payment, session().scalar(tries))
    if not allowed or session().get_one(Invoice, payment.invoice_id).status != "open":
        raise NoDayToPick
    if day not in allowed:
        raise invalid("day", "Choose one of the days that are listed.")
    before = payment.site_due_at or payment.due_at
    at = due_instant(day, site.timezone, site.charge_hour)
    times = clock.due(site, at)
    payment.due_at, payment.site_due_at = times.due_at, times.site_due_at
    was = local_day(before, site.timezone).isoformat() if before is not None else None
    changes.record(
        "retry day chosen",
        site_id=site.id,
        entity="payment",
        entity_id=payment.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={"day": (was, day.isoformat())},
    )
    announce(site, subscription, "subscription", "updated", version=subscription.version)
