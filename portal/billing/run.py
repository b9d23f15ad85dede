"""The billing run: a batch of due subscriptions gets invoices, payments, prepared tries and next dates, or none of it.

Five statements and one commit a batch, whatever its size: one claims and reads, one each writes a table. One more
reads the items of those that have some.
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

from portal.billing import by_link, closing, extras, holds, outcome, reckoning
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.billing.slots import attempt_key
from portal.core.bulk import insert_new, insert_rows, update_rows
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import PortalError
from portal.core.ids import new_ids
from portal.core.instants import DateOutOfRange, local_day
from portal.core.jobs import Job, enqueue
from portal.sites import clock
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
    Subscription.carried.is_not(None).label("has_carried"), PaymentMethod.gateway, Terms.id.label("terms_id"),
    Terms.description, Terms.amount_minor, Terms.tax_minor, Terms.currency, Terms.frequency, Terms.frequency_units,
    Terms.fixed_day, cast(Terms.months, Text).label("months"),
    or_(cast(Terms.items, Text) != "[]", cast(Terms.coupons, Text) != "[]").label("has_items"), Terms.send_on_hour,
    Terms.number_of_payments, Site.timezone, Site.charge_hour, Site.clock_at,
)  # fmt: skip


@dataclass(slots=True)
class _Batch:
    """What one run writes, table by table; `opened` says of each invoice what it was made from."""

    opened: list[tuple[Any, reckoning.Reckoned]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    put_aside: list[dict[str, Any]] = field(default_factory=list)


def open_due(limit: int = BATCH, site_id: uuid.UUID | None = None) -> int:
    """Open what up to `limit` due subscriptions owe and move them on; how many there were.

    Any number of runs at once: a row another run holds is skipped; a period that has its invoice gets no second.
    """
    due = _claim(limit, site_id)
    batch = _Batch()
    owing = [row for row in due if _owes(row)]
    special = reckoning.prices_of([row.id for row in owing if _is_special(row)])
    for row, ids in zip(owing, zip(*[iter(new_ids(3 * len(owing)))] * 3, strict=True), strict=True):
        try:
            _open(batch, row, reckoning.reckon(row, _schedule_of(row), special.get(row.id)), *ids)
        except PortalError as error:
            # One that cannot be reckoned, such as a date after the year 9999, must not hold up the others.
            log.exception("subscription put aside by the billing run", extra={"subscription": str(row.id)})
            batch.put_aside.append(_later(row, error))
    _write(batch, special)
    for row in due:
        if by_link.is_owed(row):
            by_link.open_or_put_aside(row.id, PUT_ASIDE)
        elif not _owes(row):
            _finish(row.id)
    return len(due)


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
    real = real_now()
    now, installment, slot = row.clock_at or real, row.installments + 1, found.start.isoformat()
    owner = {"site_id": row.site_id, "subscription_id": row.id}
    money = {"amount_minor": found.amount_minor, "currency": row.currency, "created_at": now}
    invoice = {"id": invoice_id, "terms_id": row.terms_id, "slot": slot, "installment": installment, "status": "open"}
    invoice |= {"period_start": found.start, "period_end": found.end, "invoice_on": found.start, "paid_at": None}
    invoice |= {"tax_minor": found.tax_minor, "lines": found.lines, "description": row.description}
    batch.opened.append((row, found))
    batch.invoices.append(invoice | owner | money)
    batch.subscriptions.append(
        {"id": row.id, "installments": installment, "carried": found.carried} | _next(row, found, installment)
    )
    if not found.amount_minor:
        batch.invoices[-1] |= {"status": "paid", "paid_at": now}
        return
    method = {"payment_method_id": row.payment_method_id, "status": "pending"}
    payment = {"id": payment_id, "invoice_id": invoice_id, "gateway": row.gateway, "attempts": 1, "due_at": real}
    attempt = {"id": attempt_id, "payment_id": payment_id, "invoice_id": invoice_id, "site_id": row.site_id}
    attempt |= {"number": 1, "asked": 0, "key": attempt_key(row.site_id, row.id, slot, 1), "started_at": now}
    batch.payments.append(payment | owner | money | method)
    batch.attempts.append(attempt | method)


# What is due together is due on a day or two: most rows of a batch share a schedule and a zone.
_schedule = lru_cache(1024)(from_columns)
_run_instant = lru_cache(1024)(agenda.run_instant)


def _schedule_of(row: Any) -> Schedule:
    return _schedule(row.frequency, row.frequency_units, row.anchor_on, row.billing_day, row.fixed_day, row.months)


def _next(row: Any, found: reckoning.Reckoned, installment: int) -> dict[str, Any]:
    """Where the subscription stands after this instalment, and when the run looks at it again."""
    left = row.number_of_payments is None or installment < row.number_of_payments
    next_on = found.next_on if left else None
    coming = next_on is not None and (row.ends_before is None or next_on < row.ends_before)
    day = (found.extra_on or next_on) if coming else None
    at = _run_instant(row.timezone, row.charge_hour, day, row.ends_before, row.send_on_hour)
    if coming and at is not None:
        at = _one_a_day(row, at)
    if not coming and not found.amount_minor:
        at = row.clock_at or real_now()  # no payment will say that the last instalment is settled: look again
    times = clock.due_by(row.clock_at, at) if at else clock.NEVER
    return {
        "next_index": row.next_index + 1 if coming else None,
        "next_due_on": next_on if coming else None,
        "extra_on": found.extra_on if coming else None,
        "due_at": times.due_at,
        "site_due_at": times.site_due_at,
    }


def _later(row: Any, error: PortalError) -> dict[str, Any]:
    """Out of dates: nothing is due any more. Anything else is tried again."""
    if isinstance(error, DateOutOfRange):
        return {"id": row.id, "due_at": None, "site_due_at": None}
    return {"id": row.id, "due_at": real_now() + PUT_ASIDE, "site_due_at": None}


def _one_a_day(row: Any, at: datetime) -> datetime:
    """An instalment that is late as well is made and taken tomorrow (semantics.md section 5, case 52).

    Not where the zone itself has made two dates one: a date that it left out falls on the next one's instant.
    """
    now, hours = row.clock_at or real_now(), (row.timezone, row.charge_hour)
    if at > now or at == _run_instant(*hours, row.next_due_on, None, row.send_on_hour):
        return at
    today = local_day(now, row.timezone if row.send_on_hour is None else "UTC")
    return _run_instant(*hours, today + timedelta(days=1), None, row.send_on_hour) or at


def _write(batch: _Batch, special: Mapping[uuid.UUID, reckoning.Priced]) -> None:
    """One statement a table. A slot that was taken (a restart on a day that was billed) gets no second payment."""
    if not special:
        for invoice, subscription in zip(batch.invoices, batch.subscriptions, strict=True):
            del invoice["lines"], invoice["paid_at"], subscription["carried"], subscription["extra_on"]
    new = insert_new(Invoice, batch.invoices, ("subscription_id", "slot"))
    if len(new) != len(batch.invoices):
        batch.payments = [row for row in batch.payments if row["invoice_id"] in new]
        batch.attempts = [row for row in batch.attempts if row["invoice_id"] in new]
        for (row, found), invoice, subscription in zip(batch.opened, batch.invoices, batch.subscriptions, strict=True):
            if invoice["id"] not in new:
                # None was made: one that would have been the last is still to come.
                stands = {"installments": row.installments} | _next(row, found, row.installments)
                subscription.update({name: stands[name] for name in stands if name in subscription})
                if row.id in special:
                    subscription["carried"] = special[row.id].waiting_held()
    insert_rows(Payment, batch.payments)
    insert_rows(Attempt, batch.attempts)
    update_rows(Subscription, batch.subscriptions)
    update_rows(Subscription, batch.put_aside)
    if batch.payments:
        enqueue(Job.COLLECT, *(row["id"] for row in batch.payments))


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
