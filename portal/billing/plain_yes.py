"""The ordinary outcome, written for a whole group: money came for an active subscription that goes on.

Four rows of each and an event change, and nothing has to be decided. PostgreSQL does it in one statement, SQLite in one
a table.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select, text

from portal.billing.models import Attempt, Invoice, Payment
from portal.core import live
from portal.core.bulk import among, on_postgresql, update_rows
from portal.core.clock import real_now
from portal.core.context import acting
from portal.core.database import session
from portal.core.ids import new_ids
from portal.gateways.base import ChargeResult
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms
from portal.webhooks.publish import Happening, deliver_many, publish_many

Results = Mapping[uuid.UUID, ChargeResult]

# `held` locks every row of the group, also of outcomes that are not plain: subscriptions in one order, whoever asks, so
# that two groups cannot wait for each other. A subscription that comes twice is written once here: its sequence rises
# twice, and the other one goes the careful way.
WRITE = """
WITH answer AS MATERIALIZED (
  SELECT * FROM json_to_recordset(CAST(:answers AS json))
  AS a (id uuid, event_id uuid, yes boolean, ref varchar, code varchar, words varchar)),
held AS MATERIALIZED (
  SELECT a.*, t.status AS attempt, p.id AS payment_id, p.status AS payment, i.id AS invoice_id, i.status AS invoice,
         s.id AS subscription_id, s.status AS subscription, s.installments, m.number_of_payments, x.clock_at,
         coalesce(x.clock_at, CAST(:now AS timestamptz)) AS at
  FROM answer a JOIN attempts t ON t.id = a.id JOIN payments p ON p.id = t.payment_id
  JOIN invoices i ON i.id = t.invoice_id JOIN subscriptions s ON s.id = p.subscription_id
  JOIN sites x ON x.id = s.site_id LEFT JOIN terms m ON m.id = s.binding_terms_id
  ORDER BY s.id, t.number FOR UPDATE OF s, p, t),
plain AS MATERIALIZED (
  SELECT DISTINCT ON (subscription_id) * FROM held
  WHERE yes AND attempt = 'pending' AND payment = 'pending' AND invoice = 'open' AND subscription = 'active'
  AND (number_of_payments IS NULL OR installments < number_of_payments) ORDER BY subscription_id, id),
attempt AS (
  UPDATE attempts t SET status = 'succeeded', settled_at = y.at, gateway_ref = y.ref, code = y.code, words = y.words
  FROM plain y WHERE t.id = y.id),
payment AS (
  UPDATE payments p SET status = 'succeeded', gateway_ref = y.ref, code = y.code, paid_at = y.at, due_at = NULL,
         site_due_at = NULL
  FROM plain y WHERE p.id = y.payment_id),
invoice AS (UPDATE invoices i SET status = 'paid', paid_at = y.at FROM plain y WHERE i.id = y.invoice_id),
subscription AS (
  UPDATE subscriptions s SET sequence = s.sequence + 1, updated_at = y.at FROM plain y WHERE s.id = y.subscription_id
  RETURNING y.id, y.event_id, y.payment_id, y.clock_at, y.at, s.site_id, s.id AS subscription_id, s.version,
            s.sequence, s.webhook_url),
event AS (
  INSERT INTO events (id, site_id, subscription_id, sequence, action, event, facts, request_id, created_at)
  SELECT event_id, site_id, subscription_id, sequence, 'payment', NULL,
         jsonb_build_object('payment_id', payment_id, 'status', 'succeeded'), :request_id, at FROM subscription)
SELECT id, site_id, subscription_id, payment_id, version, sequence, webhook_url, clock_at FROM subscription
"""
ROW = (
    Attempt.id, Attempt.status.label("attempt"), Payment.id.label("payment_id"), Payment.status.label("payment"),
    Invoice.id.label("invoice_id"), Invoice.status.label("invoice"), Subscription.id.label("subscription_id"),
    Subscription.status.label("subscription"), Subscription.site_id, (Subscription.sequence + 1).label("sequence"),
    Subscription.version, Subscription.webhook_url, Subscription.installments, Terms.number_of_payments, Site.clock_at,
)  # fmt: skip


def write(results: Results) -> set[uuid.UUID]:
    """Write what is plain of these outcomes by attempt; the ids of the attempts that are done.

    Everything of the others is locked, and as it was.
    """
    rows = _at_once(results) if on_postgresql() else _table_by_table(results)
    for row in rows:
        live.push(row.subscription_id, version=row.version, sequence=row.sequence)
    return {row.id for row in rows}


def _at_once(results: Results) -> Sequence[Any]:
    event_ids = dict(zip(results, new_ids(len(results)), strict=True))
    answers = [
        {"id": id_, "event_id": event_ids[id_], "yes": result.outcome == "succeeded", "ref": result.gateway_ref,
         "code": result.code, "words": result.words}
        for id_, result in results.items()
    ]  # fmt: skip
    now = real_now()
    values = {"answers": orjson.dumps(answers).decode(), "now": now, "request_id": acting().request_id}
    rows = session().execute(text(WRITE), values).all()
    deliver_many({event_ids[row.id]: _happening(row, row.clock_at or now) for row in rows if row.webhook_url})
    return rows


def _table_by_table(results: Results) -> Sequence[Any]:
    """SQLite has one writer: what was read holds until the commit."""
    now = real_now()
    rows, seen = [], set()
    for row in session().execute(_wanted(list(results))):
        if _is_plain(row, results[row.id]) and row.subscription_id not in seen:
            rows.append((row, results[row.id], row.clock_at or now))
            seen.add(row.subscription_id)
    update_rows(
        Attempt,
        [
            {"id": row.id, "status": "succeeded", "settled_at": at, "gateway_ref": result.gateway_ref,
             "code": result.code, "words": result.words}
            for row, result, at in rows
        ],
    )  # fmt: skip
    update_rows(
        Payment,
        [
            {"id": row.payment_id, "status": "succeeded", "gateway_ref": result.gateway_ref, "code": result.code,
             "paid_at": at, "due_at": None, "site_due_at": None}
            for row, result, at in rows
        ],
    )  # fmt: skip
    update_rows(Invoice, [{"id": row.invoice_id, "status": "paid", "paid_at": at} for row, _, at in rows])
    update_rows(
        Subscription, [{"id": row.subscription_id, "sequence": row.sequence, "updated_at": at} for row, _, at in rows]
    )
    publish_many([_happening(row, at) for row, _, at in rows])
    return [row for row, _, _ in rows]


def _happening(row: Any, at: datetime) -> Happening:
    facts = {"payment_id": str(row.payment_id), "status": "succeeded"}
    owner = row.site_id, row.subscription_id
    return Happening(*owner, row.sequence, "payment", facts, row.webhook_url, at, row.clock_at)


def _wanted(attempt_ids: Sequence[uuid.UUID]) -> Any:
    return (
        select(*ROW)
        .join(Payment, Payment.id == Attempt.payment_id)
        .join(Invoice, Invoice.id == Attempt.invoice_id)
        .join(Subscription, Subscription.id == Payment.subscription_id)
        .join(Site, Site.id == Subscription.site_id)
        .outerjoin(Terms, Terms.id == Subscription.binding_terms_id)
        .where(among(Attempt.id, attempt_ids))
        .order_by(Subscription.id, Attempt.id)
    )


def _is_plain(row: Any, result: ChargeResult) -> bool:
    return (
        result.outcome == "succeeded"
        and row.attempt == "pending"
        and row.payment == "pending"
        and row.invoice == "open"
        and row.subscription == "active"
        and (row.number_of_payments is None or row.installments < row.number_of_payments)
    )
