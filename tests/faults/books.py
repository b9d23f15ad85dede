"""What the referee reads: the gateway's ledger and the portal's tables, by plain SQL and none of the portal's code."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, text

Line = Mapping[str, Any]
TABLES = (
    "subscriptions", "terms", "consents", "setup_sessions", "invoices", "payments", "attempts", "messages", "events",
    "changes", "payment_requests", "sites", "refunds", "deliveries", "customers", "links",
    "pay_sessions", "item_updates", "cancellations",
)  # fmt: skip


@dataclass(frozen=True)
class Books:
    """Every line of both sides. Ids are texts without dashes; times as the database gives them."""

    ledger: tuple[Line, ...]
    tables: Mapping[str, tuple[Line, ...]]

    @classmethod
    def read(cls, database_url: str) -> Books:
        """Both sides as they are now, on connections of our own."""
        on_sqlite = database_url.startswith("sqlite")
        portal = create_engine(database_url)
        gateway = create_engine(database_url.removesuffix(".db") + "-sandbox.db") if on_sqlite else portal
        ledger = _lines(gateway, "ledger" if on_sqlite else "sandbox.ledger")
        tables = {table: _lines(portal, table) for table in TABLES}
        for engine in {portal, gateway}:
            engine.dispose()
        return cls(ledger, tables)

    def all(self, table: str) -> tuple[Line, ...]:
        return self.tables[table]

    def by_id(self, table: str) -> dict[str, Line]:
        return {line["id"]: line for line in self.tables[table]}

    def captured(self) -> list[Line]:
        """What the gateway has taken, whether or not it went back since."""
        return [line for line in self.ledger if line["outcome"] == "captured"]

    def returned(self) -> list[Line]:
        """What the gateway gave back: refunds and voids."""
        return [line for line in self.ledger if line["refund_of"]]

    def kept(self) -> list[Line]:
        """What it has taken and not given back whole."""
        back: Counter[str] = Counter()
        for line in self.returned():
            back[line["refund_of"]] += line["amount_minor"]
        return [line for line in self.captured() if back[line["ref"]] < line["amount_minor"]]


def was_taken(payment: Line) -> bool:
    """Money came by it, also where it went back since."""
    return payment["status"] in {"succeeded", "partially_refunded", "refunded"} or (
        payment["status"] == "voided" and payment["paid_at"] is not None
    )


def is_quiet(engine: Engine) -> bool:
    """False while a row waits for a worker on the real time, or a site's clock is on its way."""
    questions = [
        f"SELECT 1 FROM {table} WHERE due_at IS NOT NULL"
        for table in (
            "subscriptions",
            "payments",
            "messages",
            "payment_requests",
            "deliveries",
            "refunds",
            "pay_sessions",
            "item_updates",
            "cancellations",
        )
    ]
    # A visit that was broken off is asked for a day; it keeps nobody waiting once another one was completed.
    done = "SELECT subscription_id FROM setup_sessions WHERE status = 'completed'"
    questions.append(f"SELECT 1 FROM setup_sessions WHERE due_at IS NOT NULL AND subscription_id NOT IN ({done})")
    questions.append("SELECT 1 FROM sites WHERE clock_target IS NOT NULL")
    questions.append("SELECT 1 FROM invoices WHERE paid_at IS NOT NULL AND invoice_number IS NULL")
    with engine.connect() as connection:
        return connection.scalar(text(" UNION ALL ".join(questions) + " LIMIT 1")) is None


def _lines(engine: Engine, table: str) -> tuple[Line, ...]:
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT * FROM {table}")).mappings().all()
    return tuple({name: _plain(name, value) for name, value in row.items()} for row in rows)


def _plain(name: str, value: Any) -> Any:
    """The same text for an id on both databases; JSON read."""
    if isinstance(value, uuid.UUID):
        return value.hex
    if name == "id" or name.endswith("_id"):
        return str(value).replace("-", "") if value is not None else None
    if name in {"fields", "facts", "lines"} and isinstance(value, str):
        return json.loads(value)
    return value
