"""The billing run: a batch of due subscriptions gets its invoices, payments and next dates in one short transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, tuple_

from portal.billing import outcome
from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.ids import new_id
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, calendar, lifecycle
from portal.subscriptions.models import Subscription, Terms

BATCH = 200


@dataclass(slots=True)
class _Batch:
    """What one run writes, table by table."""

    invoices: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)


def open_due(limit: int = BATCH, site_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Open the invoices of up to `limit` due subscriptions and move them on; the ids of the payments to collect.

    Any number of runs at once: a row another run holds is skipped; a period that has its invoice gets no second.
    """
    batch = _Batch()
    due = _claim(limit, site_id)
    taken = _taken_slots(due)
    for subscription, terms, site, gateway in due:
        if _has_ended(site, subscription, terms):
            continue
        _open(batch, site, subscription, terms, gateway, taken)
    if batch.invoices:
        session().flush()
        session().execute(insert(Invoice), batch.invoices)
        session().execute(insert(Payment), batch.payments)
    ids = [payment["id"] for payment in batch.payments]
    if ids:
        enqueue(Job.COLLECT, *ids)
    return ids


def _claim(limit: int, site_id: uuid.UUID | None) -> Sequence[Any]:
    wanted = select(Subscription.id).where(Subscription.due_at <= real_now()).order_by(Subscription.due_at).limit(limit)
    if site_id is not None:
        wanted = wanted.where(Subscription.site_id == site_id)
    ids = session().scalars(wanted.with_for_update(skip_locked=True)).all()
    if not ids:
        return []
    rows = (
        select(Subscription, Terms, Site, PaymentMethod.gateway)
        .join(Site, Site.id == Subscription.site_id)
        .outerjoin(Terms, Terms.id == Subscription.binding_terms_id)
        .outerjoin(PaymentMethod, PaymentMethod.id == Subscription.payment_method_id)
        .where(Subscription.id.in_(ids))
        .order_by(Subscription.due_at)
        .execution_options(populate_existing=True)
    )
    return session().execute(rows).all()


def _taken_slots(due: Sequence[Any]) -> set[tuple[uuid.UUID, str]]:
    """Slots of this batch that have their invoice already, for instance after a restart on a day that was billed."""
    wanted = [(row[0].id, row[0].next_due_on.isoformat()) for row in due if row[0].next_due_on is not None]
    if not wanted:
        return set()
    found = select(Invoice.subscription_id, Invoice.slot).where(
        tuple_(Invoice.subscription_id, Invoice.slot).in_(wanted)
    )
    return {(row[0], row[1]) for row in session().execute(found)}


def _has_ended(site: Site, subscription: Subscription, terms: Terms | None) -> bool:
    """Nothing left to invoice: closed where the end date has passed or the last instalment is settled."""
    if terms is not None and subscription.status == "active" and subscription.next_due_on is not None:
        return False
    subscription.due_at = subscription.site_due_at = None
    if terms is None or subscription.status not in {"active", "paused", "failed"}:
        return True
    if terms.end_on is not None and clock.today(site) > terms.end_on:
        lifecycle.close(site, subscription, "expired")
    else:
        outcome.close_if_complete(site, subscription, terms)
    return True


def _open(
    batch: _Batch,
    site: Site,
    subscription: Subscription,
    terms: Terms,
    gateway: str | None,
    taken: set[tuple[uuid.UUID, str]],
) -> None:
    assert subscription.next_index is not None
    assert subscription.anchor_on is not None
    index = subscription.next_index
    start, end = calendar.period(terms.schedule(subscription.anchor_on, subscription.billing_day), index)
    if (subscription.id, start.isoformat()) not in taken and gateway is not None:
        subscription.installments += 1
        invoice_id, now = new_id(), clock.now(site)
        shared = {
            "site_id": site.id,
            "subscription_id": subscription.id,
            "amount_minor": terms.amount_minor,
            "currency": terms.currency,
            "created_at": now,
        }
        batch.invoices.append(
            shared
            | {
                "id": invoice_id,
                "terms_id": terms.id,
                "slot": start.isoformat(),
                "status": "open",
                "tax_minor": 0,
                "installment": subscription.installments,
                "period_start": start,
                "period_end": end,
                "invoice_on": start,
                "description": terms.description,
            }
        )
        batch.payments.append(shared | _payment(subscription, invoice_id, gateway, site, now))
    agenda.place(site, subscription, terms, index + 1)


def _payment(
    subscription: Subscription, invoice_id: uuid.UUID, gateway: str, site: Site, now: datetime
) -> dict[str, Any]:
    times = clock.due(site, now)
    return {
        "id": new_id(),
        "invoice_id": invoice_id,
        "payment_method_id": subscription.payment_method_id,
        "status": "pending",
        "gateway": gateway,
        "attempts": 0,
        "due_at": times.due_at,
        "site_due_at": times.site_due_at,
    }
