"""The stock of a benchmark: one site with subscriptions, each paid once, some of them due again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Table

from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms
from portal.webhooks.models import Event

# Ids of a stock are UUIDv7 in the order of creation, a minute apart; the kind and the number make them unique.
NUMBERED = """
CREATE FUNCTION pg_temp.numbered(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
SELECT (lpad(to_hex(1700000000000 + n * 60000), 12, '0') || '7' || kind || '8' || lpad(to_hex(n), 15, '0'))::uuid $$
"""
# Not ready is how CREATE INDEX CONCURRENTLY begins: rows pass such an index by until REINDEX builds it.
WITHOUT_INDEXES = "UPDATE pg_index SET indisready = false WHERE indrelid = ANY (%s::text[]::regclass[])"
SITE, CUSTOMER, SUBSCRIPTION, TERMS, METHOD, INVOICE, PAYMENT, ATTEMPT, EVENT = (
    f"pg_temp.numbered('00{kind}', {'0' if kind == 1 else 'n'})" for kind in range(1, 10)
)
BEFORE = "now() - interval '31 days'"
LATER = "now() + interval '1 day' * (1 + n % 28)"
MONEY = {"amount_minor": "1000 + n % 900", "currency": "'USD'"}
PAID = {"gateway_ref": "'ch_' || n", "status": "'succeeded'"}
OWNER = {"site_id": SITE, "subscription_id": SUBSCRIPTION}

KEY = "(current_date - 31)::text || '-' || encode(sha256(int8send(n)), 'hex')"

# The columns of each table as SQL over n, the number of the subscription; `due` says whether it is due now.
COLUMNS: tuple[tuple[Any, dict[str, str]], ...] = (
    (Customer, {"id": CUSTOMER, "site_id": SITE, "external_id": "'C' || n", "first_name": "'John'",
                "last_name": "'Doe ' || n", "email": "'john' || n || '@example.com'", "created_at": BEFORE,
                "updated_at": BEFORE}),
    (Subscription, {"id": SUBSCRIPTION, "site_id": SITE, "external_id": "'S' || n", "customer_id": CUSTOMER,
                    "status": "'active'", "version": "1", "sequence": "3", "terms_id": TERMS,
                    "binding_terms_id": TERMS, "payment_method_id": METHOD, "anchor_on": "current_date - 31",
                    "next_index": "1", "next_due_on": "current_date", "installments": "1", "accepted_at": BEFORE,
                    "due_at": f"CASE WHEN due THEN now() - interval '1 hour' ELSE {LATER} END",
                    "attachments": "'[]'", "created_at": BEFORE, "updated_at": BEFORE}),
    (Terms, {"id": TERMS, "version": "1", "description": "'Gold+ Plan'", "frequency": "'Monthly'",
             "frequency_units": "1", "unit_amount_minor": MONEY["amount_minor"], "created_at": BEFORE} | OWNER | MONEY),
    (PaymentMethod, {"id": METHOD, "site_id": SITE, "customer_id": CUSTOMER, "gateway": "'bench'",
                     "gateway_ref": "'card_' || n", "brand": "'Visa'", "last4": "'4242'", "exp_month": "12",
                     "exp_year": "2049", "created_at": BEFORE}),
    (Invoice, {"id": INVOICE, "terms_id": TERMS, "slot": "(current_date - 31)::text", "installment": "1",
               "period_start": "current_date - 31", "period_end": "current_date", "invoice_on": "current_date - 31",
               "status": "'paid'", "description": "'Gold+ Plan'", "created_at": BEFORE, "paid_at": BEFORE}
     | OWNER | MONEY),
    (Payment, {"id": PAYMENT, "invoice_id": INVOICE, "payment_method_id": METHOD, "gateway": "'bench'", "attempts": "1",
               "created_at": BEFORE, "paid_at": BEFORE} | OWNER | MONEY | PAID),
    (Attempt, {"id": ATTEMPT, "site_id": SITE, "payment_id": PAYMENT, "invoice_id": INVOICE,
               "payment_method_id": METHOD, "number": "1", "key": KEY,
               "started_at": BEFORE, "sent_at": BEFORE, "settled_at": BEFORE} | PAID),
    (Event, {"id": EVENT, "sequence": "3", "action": "'payment'", "request_id": "'req_stock'", "created_at": BEFORE,
             "facts": f"jsonb_build_object('payment_id', {PAYMENT}, 'status', 'succeeded')"} | OWNER),
)  # fmt: skip
THE_SITE = {
    "id": SITE, "name": "'Bench'", "mode": "'test'", "timezone": "'America/Chicago'", "currency": "'USD'",
    "country": "'US'", "locale": "'en'", "webhook_secret_sealed": "''", "created_at": BEFORE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stock:
    """`stored` subscriptions, of which `due` are due now, evenly spread among the others."""

    stored: int
    due: int


def fill(connection: psycopg.Connection, stock: Stock) -> None:
    """Write the stock and bring the statistics up to date.

    The foreign keys hold by construction and go unchecked, and the indexes are built at the end: a million
    subscriptions would take ten minutes otherwise.
    """
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute(NUMBERED)
    connection.execute(WITHOUT_INDEXES, [[model.__tablename__ for model, _ in COLUMNS]])
    connection.execute(_insertion(Site.__table__, THE_SITE))  # type: ignore[arg-type]
    numbers = (
        f"SELECT n, n * {stock.due} / {stock.stored} > (n - 1) * {stock.due} / {stock.stored} AS due"
        f" FROM generate_series(1::bigint, {stock.stored}) n"
    )
    for model, columns in COLUMNS:
        connection.execute(f"{_insertion(model.__table__, columns)} FROM ({numbers}) numbers")
    for model, _ in COLUMNS:
        connection.execute(f"REINDEX TABLE {model.__tablename__}")
    connection.execute("VACUUM ANALYZE")


def _insertion(table: Table, columns: dict[str, str]) -> str:
    """With the model's own defaults for the columns that nobody named and that may not be null; lists are empty."""
    defaults = {
        column.name: "'[]'" if column.default.is_callable else f"'{column.default.arg}'"  # type: ignore[attr-defined]
        for column in table.columns
        if column.name not in columns and not column.nullable and column.default is not None
    }
    whole = columns | defaults
    return f"INSERT INTO {table.name} ({', '.join(whole)}) SELECT {', '.join(whole.values())}"
