"""The sandbox gateway's own database: setups, saved cards and the append-only ledger, on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateSchema

from portal.core.settings import Settings

metadata = MetaData(schema="sandbox")

setups = Table(
    "setups",
    metadata,
    Column("ref", String, primary_key=True),
    Column("setup_id", String, nullable=False, unique=True),
    Column("site_id", String, nullable=False),
    Column("merchant_name", String, nullable=False),
    Column("description", String, nullable=False),
    Column("amount_text", String, nullable=False),
    Column("return_path", String, nullable=False),
    Column("status", String, nullable=False),
    Column("card_ref", String),
    Column("opened_at", DateTime(timezone=True), nullable=False),
)

cards = Table(
    "cards",
    metadata,
    Column("ref", String, primary_key=True),
    Column("site_id", String, nullable=False),
    Column("behavior", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("last4", String(4), nullable=False),
    Column("exp_month", Integer, nullable=False),
    Column("exp_year", Integer, nullable=False),
)

pays = Table(
    "pays",
    metadata,
    Column("ref", String, primary_key=True),
    Column("visit_id", String, nullable=False, unique=True),
    Column("idempotency_key", String, nullable=False, unique=True),
    Column("reference", String, nullable=False),
    Column("site_id", String, nullable=False),
    Column("merchant_name", String, nullable=False),
    Column("description", String, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_text", String, nullable=False),
    Column("return_path", String, nullable=False),
    Column("status", String, nullable=False),
    Column("card_ref", String),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("idempotency_key", String, nullable=False, unique=True),
    Column("ref", String, nullable=False, unique=True),
    Column("site_id", String, nullable=False),
    Column("card_ref", String, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("outcome", String, nullable=False),
    Column("code", String),
    Column("description", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("refund_of", String),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_ledger_site", "site_id", "position"),
    Index("ix_ledger_card", "card_ref"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("idempotency_key", String, primary_key=True),
    Column("ref", String, nullable=False, unique=True),
    Column("site_id", String, nullable=False),
    Column("card_ref", String, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("description", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("status", String, nullable=False),
    Column("merchant_name", String),
    Column("amount_text", String),
    Column("return_path", String),
    Column("at", DateTime(timezone=True), nullable=False),
)


class Store:
    """Opens the tables on first use. On SQLite a file of its own beside the data, on PostgreSQL a schema of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ready = False
        self._lock = threading.Lock()

    @staticmethod
    def at(settings: Settings) -> Store:
        """The one of this process for the database of these settings."""
        return _at(settings.database_url, on_sqlite=settings.on_sqlite)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self._prepare()
        with self._engine.begin() as connection:
            yield connection

    def lock(self, connection: Connection, name: str) -> None:
        """Let one caller at a time past for this name; SQLite's writer lock does so already."""
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    def _prepare(self) -> None:
        with self._lock:
            if self._ready:
                return
            try:
                with self._engine.begin() as connection:
                    if connection.dialect.name == "postgresql":
                        connection.execute(CreateSchema("sandbox", if_not_exists=True))
                    metadata.create_all(connection)
            except (IntegrityError, ProgrammingError):
                # Another process made the same tables in this very moment; creating again finds them there.
                with self._engine.begin() as connection:
                    metadata.create_all(connection)
            self._ready = True


@cache
def _at(database_url: str, *, on_sqlite: bool) -> Store:
    if not on_sqlite:
        return Store(create_engine(database_url, pool_size=5, max_overflow=20))
    path = database_url.removeprefix("sqlite:///").removesuffix(".db") + "-sandbox.db"
    engine = create_engine(f"sqlite:///{path}").execution_options(schema_translate_map={"sandbox": None})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return Store(engine)


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
