"""The billing run: a batch of due subscriptions gets invoices, payments, tries and next dates, or none of it.

One statement claims and reads a batch, whatever its size, and one writes it (one a table on SQLite), in one commit. One
more reads the items of those that have some; what is collected by link has links in place of tries (links_of_run.py).
The tries are written as sent, under a lease: whoever opened the batch makes the calls once it is committed, and what
was not called when it died is asked for, as after any lost answer.
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

from portal.billing import (
    by_link,
    closing,
    extras,
    holds,
    links_of_run,
    next_date,
    outcome,
    reckoning,
    rows_of_run,
    slots,
)
from portal.billing.calling import Call
from portal.billing.models import PaymentMethod
from portal.core import due
from portal.core.bulk import update_rows
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
    """What one run writes: a record of each subscription (rows_of_run.py), and what it was reckoned from."""

    now: datetime
    opened: list[tuple[Any, reckoning.Reckoned]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    put_aside: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[uuid.UUID, Call] = field(default_factory=dict)  # by invoice


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
    return Opened(len(found), list(batch.calls.values()))


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
    is_charged = not (is_paid or asks)
    # A method that its owner's bank took away meanwhile is not asked: the charge's own claim says what follows.
    goes_out = is_charged and row.revoked_at is None
    key = slots.attempt_key(row.site_id, row.id, slot, 1)
    batch.opened.append((row, found))
    batch.records.append({
        "id": invoice_id, "payment_id": payment_id if is_charged else None,
        "attempt_id": attempt_id if is_charged else None, "site_id": row.site_id, "subscription_id": row.id,
        "terms_id": row.terms_id, "payment_method_id": row.payment_method_id, "gateway": row.gateway, "key": key,
        "slot": slot, "installment": installment, "period_start": found.start, "period_end": found.end,
        "invoice_on": invoice_on, "status": "paid" if is_paid else "open", "paid_at": now if is_paid else None,
        "asked_for_at": now if asks and not is_paid else None, "amount_minor": amount, "tax_minor": found.tax_minor,
        "lines": found.lines, "currency": row.currency, "description": row.description, "at": now,
        "lease_until": batch.now + due.LEASE if goes_out else batch.now, "went_out_at": batch.now if goes_out else None,
        "carried": found.carried,
    } | following)  # fmt: skip
    if goes_out:
        order = ChargeOrder(
            key, row.site_id, row.gateway_ref, amount, row.currency, row.description, now,
            slots.reference(row.id, slot, 1),
        )  # fmt: skip
        batch.calls[invoice_id] = Call(attempt_id, row.gateway, "charge", order)


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
    if not special:
        for record in batch.records:
            del record["lines"], record["carried"]  # ordinary ones, and none
    new = rows_of_run.write(batch.records)
    if len(new) != len(batch.records):
        _pass_over(batch, new, special)
    update_rows(Subscription, batch.put_aside)
    links_of_run.ask([record for record in batch.records if record["asked_for_at"] and record["id"] in new])


def _pass_over(batch: _Batch, new: set[uuid.UUID], special: Mapping[uuid.UUID, reckoning.Priced]) -> None:
    """Of dates that were billed before: they count for nothing, and what waited goes on waiting for the next."""
    batch.calls = {invoice_id: call for invoice_id, call in batch.calls.items() if invoice_id in new}
    moved = []
    for (row, found), record in zip(batch.opened, batch.records, strict=True):
        if record["id"] not in new:
            waiting = special[row.id].waiting_held() if row.id in special else None
            moved.append(
                {"id": row.id, "carried": waiting} | next_date.after(row, found, row.installments, is_settled=True)
            )
    update_rows(Subscription, moved)


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
