"""The database: one visible transaction at a time, write or read, opened by doors and workers and by nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Literal

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, String, Uuid, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from portal.core.columns import Instant
from portal.core.ids import new_id
from portal.core.jobs import leaving_after_commit

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Instant, uuid.UUID: Uuid(), str: String()}


class Row(Base):
    """A table of ours: its UUIDv7 is made with the object, so that rows can name each other before they are written."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-10)

    def __init__(self, **values: Any) -> None:
        values.setdefault("id", new_id())
        super().__init__(**values)


# Our tables hang on Base, which is typed; the extension gives the engine and a session for each app context.
db = SQLAlchemy(session_options={"autobegin": False, "expire_on_commit": False})

_mode: ContextVar[Literal["write", "read"] | None] = ContextVar("transaction", default=None)
_witness: ContextVar[Callable[[], None] | None] = ContextVar("before_commit", default=None)


class TransactionOpen(RuntimeError):
    """A second transaction was asked for inside one: the two would wait for each other."""


def session() -> Session:
    """The session of the open transaction. Domains use it and never commit."""
    return db.session()


@contextmanager
def transaction() -> Iterator[Session]:
    """Write: all or nothing, then the jobs asked for inside leave. BEGIN IMMEDIATE on SQLite.

    Never open one around a call to a gateway, a channel or a template.
    """
    with _in_mode("write"), leaving_after_commit():
        try:
            with db.session.begin():
                yield db.session()
                if (witness := _witness.get()) is not None:
                    witness()
        finally:
            db.session.close()


def is_writing() -> bool:
    """True inside transaction()."""
    return _mode.get() == "write"


def before_commits(witness: Callable[[], None] | None) -> None:
    """Call this in every write of this context, last thing before its commit; if it raises, all is rolled back."""
    _witness.set(witness)


@contextmanager
def reading() -> Iterator[Session]:
    """Read a consistent picture; anything written inside is an error. Readers never wait for the writer on SQLite."""
    with _in_mode("read"):
        try:
            with db.session.begin():
                yield db.session()
                if db.session.new or db.session.dirty or db.session.deleted:
                    raise RuntimeError("reading() never writes: open transaction() instead")
        finally:
            db.session.close()


@contextmanager
def _in_mode(mode: Literal["write", "read"]) -> Iterator[None]:
    if _mode.get() is not None:
        raise TransactionOpen(f"a {_mode.get()} transaction is open in this context already")
    token = _mode.set(mode)
    try:
        yield
    finally:
        _mode.reset(token)


def one_at_a_time(name: str) -> None:
    """Wait until no other transaction holds this name, then hold it to the end; SQLite has one writer anyway."""
    if session().get_bind().dialect.name == "postgresql":
        session().execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def prepare(engine: Engine) -> None:
    """Give an engine our rules: on SQLite WAL, full sync, foreign keys and our own BEGIN."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we emit BEGIN ourselves, see _begin_sqlite
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that writes later fails at once when another writer came in between, whatever the busy timeout.
    connection.exec_driver_sql("BEGIN" if _mode.get() == "read" else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if _mode.get() == "read":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
