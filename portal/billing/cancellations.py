"""Cancelling with money back: now or on a day, by days that were not used, the last invoice, or any amount."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal.billing import refunds, unused
from portal.billing.cancellation_models import CANCELLATION, Cancellation
from portal.billing.models import Invoice, Payment
from portal.billing.refund_models import Refund
from portal.billing.refunds import Call
from portal.core import changes, due
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import InvalidFields, NotAllowedNow, PortalError, invalid
from portal.core.instants import due_instant
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, ending
from portal.subscriptions.models import Subscription, Terms

REFUNDS = ("refund_prorata", "refund_last_invoice", "refund_custom")
# What was used in arrears is billed with the last invoice whatever the strategy: charge_prorata says just that.
STRATEGIES = ("do_nothing", "end_of_period", "charge_prorata", *REFUNDS)


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """How to end it; `on` None is now, `amount_minor` belongs to refund_custom."""

    strategy: str = "do_nothing"
    on: date | None = None
    amount_minor: int | None = None
    reason: str | None = None


def cancel(site: Site, subscription: Subscription, terms: Terms, order: CancelOrder) -> list[Call]:
    """End a locked subscription; the refunds that are noted, to be asked for once this is committed.

    Before the yes it is withdrawn and nothing goes back. Raises NotAllowedNow; InvalidFields for an amount above what
    was taken; NotRefundable, RefundUnderWay, BusyPayment, and then nothing is done.
    """
    if subscription.status == "closed" and order.strategy in REFUNDS:
        raise NotAllowedNow("This subscription has ended already. Refund its payments one by one.")
    today = agenda.today(site, terms)
    on = subscription.next_due_on if order.strategy == "end_of_period" else order.on
    if subscription.status in {"closed", "pending"}:
        ending.cancel(site, subscription, terms, on=on)
        return []
    ending.cancel(site, subscription, terms, on=on)
    _withdraw_planned(subscription)
    row = _note(site, subscription, order, max(on or today, today))
    if on is not None and on > today:
        times = clock.due(site, _dawn(site, terms, on))
        row.due_at, row.site_due_at = times.due_at, times.site_due_at
        return []
    calls = _give_back(subscription, row)
    _done(site, row)
    return calls


def newest(subscription_ids: list[uuid.UUID]) -> dict[uuid.UUID, Cancellation]:
    """The latest cancellation of each subscription that ever had one, in one read."""
    mine = select(Cancellation).where(Cancellation.subscription_id.in_(subscription_ids))
    rows = session().scalars(mine.order_by(Cancellation.created_at, Cancellation.id))
    return {row.subscription_id: row for row in rows}


def do_due(cancellation_id: uuid.UUID) -> None:
    """The day has come: once the subscription has ended on it, what was promised goes back."""
    owner = select(Cancellation.subscription_id).where(Cancellation.id == cancellation_id).scalar_subquery()
    subscription = session().scalar(select(Subscription).where(Subscription.id == owner).with_for_update())
    if subscription is None or not due.claim(Cancellation, row_id=cancellation_id):
        return
    row = session().get_one(Cancellation, cancellation_id)
    if subscription.cancel_on == row.cancel_on:
        return  # the billing run closes it this minute; the lease brings us back
    site = session().get_one(Site, row.site_id)
    if not _ended_by(site, subscription, row):
        _settle(row, "withdrawn")
        return
    try:
        for call in _give_back(subscription, row):
            session().get_one(Refund, call.refund_id).due_at = real_now()
            enqueue(Job.REFUND, call.refund_id)
        _done(site, row)
    except PortalError as error:
        if error.passes:
            return  # another refund of the same payment is under way: the lease brings us back
        _settle(row, "refused")
        row.words = error.problems[0].message if isinstance(error, InvalidFields) else str(error)


def _ended_by(site: Site, subscription: Subscription, row: Cancellation) -> bool:
    """It ended on the planned day: not before it for another reason, and nobody took the plan back."""
    ended = subscription.closed_at
    if subscription.status != "closed" or subscription.close_reason not in ending.CANCELED or ended is None:
        return False
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    return ended >= _dawn(site, terms, row.cancel_on)


def _dawn(site: Site, terms: Terms, day: date) -> datetime:
    """When the billing run ends it, too."""
    return due_instant(day, site.timezone, 0, None if terms.send_on_hour is None else 0)


def _withdraw_planned(subscription: Subscription) -> None:
    planned = select(Cancellation).where(
        Cancellation.subscription_id == subscription.id, Cancellation.status == "planned"
    )
    for row in session().scalars(planned):
        _settle(row, "withdrawn")


def _note(site: Site, subscription: Subscription, order: CancelOrder, on: date) -> Cancellation:
    row = Cancellation(
        site_id=site.id,
        subscription_id=subscription.id,
        status="planned",
        strategy=order.strategy,
        amount_minor=order.amount_minor if order.strategy == "refund_custom" else None,
        reason=order.reason,
        cancel_on=on,
        created_at=clock.now(site),
    )
    session().add(row)
    changes.record(
        "cancellation asked for",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={"strategy": (None, row.strategy), "on": (None, str(on)), "amount_minor": (None, row.amount_minor)},
    )
    session().flush()
    return row


def _done(site: Site, row: Cancellation) -> None:
    _settle(row, "done")
    row.done_at = clock.now(site)


def _settle(row: Cancellation, status: str) -> None:
    CANCELLATION.check(row.status, status)
    row.status, row.due_at, row.site_due_at = status, None, None


def _give_back(subscription: Subscription, row: Cancellation) -> list[Call]:
    """Note the refunds, all or none."""
    owed = _owed(subscription, row)
    with session().begin_nested():
        return [refunds.open_refund(refunds.lock(row.site_id, payment.id), minor) for payment, minor in owed]


def _owed(subscription: Subscription, row: Cancellation) -> list[tuple[Payment, int]]:
    """What goes back of which payment, the newest first; no payment gives more than is left of it."""
    if row.strategy not in REFUNDS:
        return []
    left_to_give, found = row.amount_minor, []
    for payment, invoice in _taken(subscription):
        left = payment.amount_minor - payment.refunded_minor
        wanted = left if left_to_give is None else left_to_give
        if row.strategy == "refund_prorata":
            wanted = unused.of(invoice, row.cancel_on).minor
        found.append((payment, min(wanted, left)))
        if left_to_give is not None:
            left_to_give -= min(wanted, left)
        if row.strategy == "refund_last_invoice" or left_to_give == 0:
            break
    if left_to_give:
        raise invalid("cancellation_amount", "This is more than the customer has paid.")
    return [(payment, minor) for payment, minor in found if minor > 0]


def _taken(subscription: Subscription) -> list[tuple[Payment, Invoice]]:
    paid = (
        select(Payment, Invoice)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            Payment.subscription_id == subscription.id,
            Payment.status.in_(["succeeded", "partially_refunded"]),
        )
        .order_by(Payment.paid_at.desc(), Payment.id.desc())
    )
    return [(payment, invoice) for payment, invoice in session().execute(paid)]
