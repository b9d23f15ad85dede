"""The billing run: a batch of due subscriptions gets invoices, payments, prepared tries and next dates, or none of it.

Five statements and one commit a batch, whatever its size: one claims and reads, one each writes a table.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from portal.billing import holds, outcome
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.billing.slots import attempt_key
from portal.core.bulk import insert_new, insert_rows, update_rows
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.ids import new_ids
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, calendar, ending, lifecycle
from portal.subscriptions.calendar import Frequency, Schedule
from portal.subscriptions.models import Subscription, Terms

BATCH = 1000

CLAIMED = (
    Subscription.id, Subscription.site_id, Subscription.status, Subscription.anchor_on, Subscription.billing_day,
    Subscription.next_index, Subscription.installments, Subscription.payment_method_id, PaymentMethod.gateway,
    Terms.id.label("terms_id"), Terms.description, Terms.amount_minor, Terms.currency, Terms.frequency,
    Terms.frequency_units, Terms.number_of_payments, Subscription.ends_before, Site.timezone, Site.charge_hour,
    Site.clock_at,
)  # fmt: skip


@dataclass(slots=True)
class _Batch:
    """What one run writes, table by table; the three lists of money run side by side."""

    invoices: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)


def open_due(limit: int = BATCH, site_id: uuid.UUID | None = None) -> int:
    """Open what up to `limit` due subscriptions owe and move them on; how many there were.

    Any number of runs at once: a row another run holds is skipped; a period that has its invoice gets no second.
    """
    due = _claim(limit, site_id)
    batch = _Batch()
    owing = [row for row in due if _owes(row)]
    for row, ids in zip(owing, zip(*[iter(new_ids(3 * len(owing)))] * 3, strict=True), strict=True):
        _open(batch, row, *ids)
    _write(batch)
    for row in due:
        if not _owes(row):
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
    return (
        row.status == "active" and row.next_index is not None and row.terms_id is not None and row.gateway is not None
    )


def _open(batch: _Batch, row: Any, invoice_id: uuid.UUID, payment_id: uuid.UUID, attempt_id: uuid.UUID) -> None:
    start, after = _dates(row.frequency, row.frequency_units, row.anchor_on, row.billing_day, row.next_index)
    real = real_now()
    now, installment, slot = row.clock_at or real, row.installments + 1, start.isoformat()
    owner = {"site_id": row.site_id, "subscription_id": row.id}
    money = {"amount_minor": row.amount_minor, "currency": row.currency, "created_at": now}
    method = {"payment_method_id": row.payment_method_id, "status": "pending"}
    period = {"period_start": start, "period_end": after or date.max, "invoice_on": start, "slot": slot}
    invoice = {"id": invoice_id, "terms_id": row.terms_id, "status": "open", "tax_minor": 0}
    invoice |= {"installment": installment, "description": row.description}
    payment = {"id": payment_id, "invoice_id": invoice_id, "gateway": row.gateway, "attempts": 1, "due_at": real}
    attempt = {"id": attempt_id, "payment_id": payment_id, "invoice_id": invoice_id, "site_id": row.site_id}
    attempt |= {"number": 1, "asked": 0, "key": attempt_key(row.site_id, row.id, slot, 1), "started_at": now}
    batch.invoices.append(invoice | owner | money | period)
    batch.payments.append(payment | owner | money | method)
    batch.attempts.append(attempt | method)
    batch.subscriptions.append({"id": row.id, "installments": installment} | _next(row, after, installment))


# What is due together is due on a day or two: most rows of a batch share a schedule and a zone.
@lru_cache(1024)
def _dates(frequency: str, units: int, anchor: date, billing_day: int | None, index: int) -> tuple[date, date | None]:
    """The date of this index, and the one after it unless no calendar goes that far."""
    schedule = Schedule(Frequency(frequency), units, anchor, billing_day)
    return calendar.occurrence(schedule, index), calendar.occurrence_if_any(schedule, index + 1)


_run_instant = lru_cache(1024)(agenda.run_instant)


def _next(row: Any, day: date | None, installment: int) -> dict[str, Any]:
    """Where the subscription stands after this instalment, and when the run looks at it again."""
    left = row.number_of_payments is None or installment < row.number_of_payments
    coming = left and day is not None and (row.ends_before is None or day < row.ends_before)
    at = _run_instant(row.timezone, row.charge_hour, day if coming else None, row.ends_before)
    times = clock.due_by(row.clock_at, at) if at else clock.NEVER
    return {
        "next_index": row.next_index + 1 if coming else None,
        "next_due_on": day if coming else None,
        "due_at": times.due_at,
        "site_due_at": times.site_due_at,
    }


def _write(batch: _Batch) -> None:
    """One statement a table. A slot that was taken (a restart on a day that was billed) gets no second payment."""
    new = insert_new(Invoice, batch.invoices, ("subscription_id", "slot"))
    if len(new) != len(batch.invoices):
        batch.payments = [row for row in batch.payments if row["invoice_id"] in new]
        batch.attempts = [row for row in batch.attempts if row["invoice_id"] in new]
        for invoice, subscription in zip(batch.invoices, batch.subscriptions, strict=True):
            subscription["installments"] -= invoice["id"] not in new
    insert_rows(Payment, batch.payments)
    insert_rows(Attempt, batch.attempts)
    update_rows(Subscription, batch.subscriptions)
    if batch.payments:
        enqueue(Job.COLLECT, *(row["id"] for row in batch.payments))


def _finish(subscription_id: uuid.UUID) -> None:
    """Nothing to invoice: the end has come, a pause is over, or the last instalment is settled."""
    subscription = session().get_one(Subscription, subscription_id)
    subscription.due_at = subscription.site_due_at = None
    if subscription.status == "closed":
        return
    site = session().get_one(Site, subscription.site_id)
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    if subscription.ends_before is not None and clock.today(site) >= subscription.ends_before:
        ending.end(site, subscription)
    elif subscription.status in {"active", "paused"} and outcome.is_complete(subscription, terms):
        lifecycle.close(site, subscription, "completed")
    elif subscription.status == "paused":
        holds.resume_if_over(site, subscription, terms)
    elif subscription.status != "active" or subscription.next_due_on is None:
        agenda.schedule_run(site, subscription)
