"""What the referee reads: the gateway's ledger and the portal's tables, by plain SQL and none of the portal's code."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, text

Line = Mapping[str, Any]
TABLES = (
    "subscriptions", "terms", "consents", "setup_sessions", "invoices", "payments", "attempts", "messages", "events",
    "changes", "payment_requests", "sites",
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
        """What the gateway has taken and not given back."""
        returned = {line["refund_of"] for line in self.ledger if line["refund_of"]}
        return [line for line in self.ledger if line["outcome"] == "captured" and line["ref"] not in returned]


def is_quiet(engine: Engine) -> bool:
    """False while a row waits for a worker on the real time, or a site's clock is on its way."""
    questions = [
        f"SELECT 1 FROM {table} WHERE due_at IS NOT NULL"
        for table in ("subscriptions", "payments", "messages", "payment_requests", "setup_sessions", "deliveries")
    ]
    questions.append("SELECT 1 FROM sites WHERE clock_target IS NOT NULL")
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
    if name in {"fields", "facts"} and isinstance(value, str):
        return json.loads(value)
    return value
