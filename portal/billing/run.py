"""The billing run: a batch of due subscriptions gets invoices, payments, tries and next dates, or none of it.

Five statements and one commit a batch, whatever its size: one claims and reads, one each writes a table. One more
reads the items of those that have some; what is collected by link has links in place of tries (links_of_run.py). The
tries are written as sent, under a lease: whoever opened the batch makes the calls once it is committed, and what was
not called when it died is asked for, as after any lost answer.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, cast, or_, select

from portal.billing import by_link, closing, extras, holds, links_of_run, next_date, outcome, reckoning, slots
from portal.billing.calling import Call
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.core import due
from portal.core.bulk import insert_new, insert_rows, update_rows
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import PortalError
from portal.core.ids import new_ids
from portal.core.instants import DateOutOfRange
from portal.core.jobs import Job, enqueue
from portal.gateways.base import ChargeOrder
from portal.sites.models import Site
from portal.subscriptions import agenda, ending, lifecycle
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.schedules import Schedule, from_columns

log = logging.getLogger(__name__)

BATCH = 1000
PUT_ASIDE = timedelta(hours=1)  # what cannot be reckoned is looked at again, and holds up nobody

CLAIMED = (
    Subscription.id, Subscription.site_id, Subscription.status, Subscription.anchor_on, Subscription.billing_day,
    Subscription.next_index, Subscription.installments, Subscription.payment_method_id, Subscription.collection,
    Subscription.next_due_on, Subscription.extra_on, Subscription.ends_before,
    Subscription.carried.is_not(None).label("has_carried"), PaymentMethod.gateway, PaymentMethod.gateway_ref,
    PaymentMethod.revoked_at, Terms.id.label("terms_id"),
    Terms.description, Terms.amount_minor, Terms.tax_minor, Terms.currency, Terms.frequency, Terms.frequency_units,
    Terms.fixed_day, cast(Terms.months, Text).label("months"),
    or_(cast(Terms.items, Text) != "[]", cast(Terms.coupons, Text) != "[]").label("has_items"), Terms.send_on_hour,
    Terms.number_of_payments, Site.timezone, Site.charge_hour, Site.clock_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """How many subscriptions were due, and the calls to gateways that are to be made once all of it is committed."""

    found: int
    calls: list[Call]


@dataclass(slots=True)
class _Batch:
    """What one run writes, table by table, and the call for each payment.

    `opened` says of each invoice what it was reckoned from.
    """

    now: datetime
    opened: list[tuple[Any, reckoning.Reckoned]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    put_aside: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


def open_due(limit: int = BATCH, site_id: uuid.UUID | None = None) -> Opened:
    """Open what up to `limit` due subscriptions owe and move them on.

    Any number of runs at once: a row another run holds is skipped; a period that has its invoice gets no second. Where
    the batch was full, another run is asked for, which goes on while this one calls.
    """
    found = _claim(limit, site_id)
    batch = _Batch(real_now())
    owing = [row for row in found if _owes(row)]
    special = reckoning.prices_of([row.id for row in owing if _is_special(row)])
    for row, ids in zip(owing, zip(*[iter(new_ids(3 * len(owing)))] * 3, strict=True), strict=True):
        try:
            _open(batch, row, reckoning.reckon(row, _schedule_of(row), special.get(row.id)), *ids)
        except PortalError as error:
            # One that cannot be reckoned, such as a date after the year 9999, must not hold up the others.
            log.exception("subscription put aside by the billing run", extra={"subscription": str(row.id)})
            batch.put_aside.append(_later(row, error))
    _write(batch, special)
    for row in found:
        if not _owes(row):
            _finish(row.id)
    if len(found) == limit:
        enqueue(Job.RUN_BILLING)
    return Opened(len(found), batch.calls)


def _claim(limit: int, site_id: uuid.UUID | None) -> Sequence[Any]:
    wanted = (
        select(*CLAIMED)
        .join(Site, Site.id == Subscription.site_id)
        .outerjoin(Terms, Terms.id == Subscription.binding_terms_id)
        .outerjoin(PaymentMethod, PaymentMethod.id == Subscription.payment_method_id)
        .where(Subscription.due_at <= real_now())
        .order_by(Subscription.due_at)
        .limit(limit)
        .with_for_update(of=Subscription, skip_locked=True)
    )
    if site_id is not None:
        wanted = wanted.where(Subscription.site_id == site_id)
    return session().execute(wanted).all()


def _owes(row: Any) -> bool:
    return by_link.is_owed(row) or _is_charged(row)


def _is_charged(row: Any) -> bool:
    has_all = row.next_index is not None and row.terms_id is not None and row.gateway is not None
    return row.status == "active" and has_all and row.extra_on is None


def _is_special(row: Any) -> bool:
    return bool(row.has_items or row.has_carried)


def _open(
    batch: _Batch,
    row: Any,
    found: reckoning.Reckoned,
    invoice_id: uuid.UUID,
    payment_id: uuid.UUID,
    attempt_id: uuid.UUID,
) -> None:
    now, installment, slot = row.clock_at or batch.now, row.installments + 1, found.start.isoformat()
    amount, is_paid, asks = found.amount_minor, not found.amount_minor, row.collection == "link"
    invoice_on = max(found.start, next_date.today(row)) if asks and installment == 1 else found.start
    following = next_date.after(row, found, installment, is_settled=is_paid)  # may say that the calendar ends
    batch.opened.append((row, found))
    batch.invoices.append({
        "id": invoice_id, "site_id": row.site_id, "subscription_id": row.id, "terms_id": row.terms_id, "slot": slot,
        "installment": installment, "period_start": found.start, "period_end": found.end, "invoice_on": invoice_on,
        "status": "paid" if is_paid else "open", "paid_at": now if is_paid else None,
        "sent_at": now if asks and not is_paid else None, "amount_minor": amount, "tax_minor": found.tax_minor,
        "lines": found.lines, "currency": row.currency, "description": row.description, "created_at": now,
    })  # fmt: skip
    batch.subscriptions.append({"id": row.id, "installments": installment, "carried": found.carried} | following)
    if is_paid or asks:
        return
    # A method that its owner's bank took away meanwhile is not asked: the charge's own claim says what follows.
    goes_out = row.revoked_at is None
    key = slots.attempt_key(row.site_id, row.id, slot, 1)
    batch.payments.append({
        "id": payment_id, "site_id": row.site_id, "subscription_id": row.id, "invoice_id": invoice_id,
        "payment_method_id": row.payment_method_id, "status": "pending", "amount_minor": amount,
        "currency": row.currency, "gateway": row.gateway, "attempts": 1, "created_at": now,
        "due_at": batch.now + due.LEASE if goes_out else batch.now,
    })  # fmt: skip
    batch.attempts.append({
        "id": attempt_id, "site_id": row.site_id, "payment_id": payment_id, "invoice_id": invoice_id,
        "payment_method_id": row.payment_method_id, "number": 1, "key": key, "status": "pending", "asked": 0,
        "started_at": now, "sent_at": batch.now if goes_out else None,
    })  # fmt: skip
    if goes_out:
        order = ChargeOrder(
            key, row.site_id, row.gateway_ref, amount, row.currency, row.description, now,
            slots.reference(row.id, slot, 1),
        )  # fmt: skip
        batch.calls.append(Call(attempt_id, row.gateway, "charge", order))


# What is due together is due on a day or two: most rows of a batch share a schedule and a zone.
_schedule = lru_cache(1024)(from_columns)


def _schedule_of(row: Any) -> Schedule:
    return _schedule(row.frequency, row.frequency_units, row.anchor_on, row.billing_day, row.fixed_day, row.months)


def _later(row: Any, error: PortalError) -> dict[str, Any]:
    """Out of dates: nothing is due any more. Anything else is tried again."""
    if isinstance(error, DateOutOfRange):
        return {"id": row.id, "due_at": None, "site_due_at": None}
    return {"id": row.id, "due_at": real_now() + PUT_ASIDE, "site_due_at": None}


def _write(batch: _Batch, special: Mapping[uuid.UUID, reckoning.Priced]) -> None:
    """One statement a table. A slot that was taken (a restart on a day that was billed) gets no second payment."""
    if not special:
        _leave_out(batch.invoices, "lines", "paid_at")
    if not any(row.collection == "link" for row, _ in batch.opened):
        _leave_out(batch.invoices, "sent_at")
    new = insert_new(Invoice, batch.invoices, ("subscription_id", "slot"))
    if len(new) != len(batch.invoices):
        _pass_over(batch, new, special)
    if not special:
        _leave_out(batch.subscriptions, "carried", "extra_on")
    insert_rows(Payment, batch.payments)
    insert_rows(Attempt, batch.attempts)
    update_rows(Subscription, batch.subscriptions)
    update_rows(Subscription, batch.put_aside)
    links_of_run.ask([row for row in batch.invoices if row.get("sent_at") and row["id"] in new])


def _leave_out(rows: list[dict[str, Any]], *names: str) -> None:
    for row in rows:
        for name in names:
            del row[name]


def _pass_over(batch: _Batch, new: set[uuid.UUID], special: Mapping[uuid.UUID, reckoning.Priced]) -> None:
    """Of dates that were billed before: they count for nothing, and what waited goes on waiting for the next."""
    batch.payments = [row for row in batch.payments if row["invoice_id"] in new]
    batch.attempts = [row for row in batch.attempts if row["invoice_id"] in new]
    tries = {row["id"] for row in batch.attempts}
    batch.calls = [call for call in batch.calls if call.attempt_id in tries]
    for (row, found), invoice, subscription in zip(batch.opened, batch.invoices, batch.subscriptions, strict=True):
        if invoice["id"] not in new:
            waiting = special[row.id].waiting_held() if row.id in special else None
            subscription.update(next_date.after(row, found, row.installments, is_settled=True))
            subscription.update(installments=row.installments, carried=waiting)


def _finish(subscription_id: uuid.UUID) -> None:
    """Nothing to invoice: the end has come, a pause is over, or the last instalment is settled."""
    subscription = session().get_one(Subscription, subscription_id)
    subscription.due_at = subscription.site_due_at = None
    site = session().get_one(Site, subscription.site_id)
    if subscription.status == "closed":
        closing.bill(site, subscription)
        return
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    if subscription.extra_on is not None and subscription.status == "active":
        extras.open_extra(site, subscription, terms)
    elif subscription.ends_before is not None and agenda.today(site, terms) >= subscription.ends_before:
        ending.end(site, subscription, terms)
    elif subscription.status in {"active", "paused"} and outcome.is_complete(subscription, terms):
        lifecycle.close(site, subscription, "completed")
    elif subscription.status == "paused":
        holds.resume_if_over(site, subscription, terms)
    elif subscription.status != "active" or subscription.next_due_on is None:
        agenda.schedule_run(site, subscription)
