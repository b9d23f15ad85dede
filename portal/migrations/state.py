"""Which migration the code needs, and bringing a database there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).parent


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    return found


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def upgrade(engine: Engine) -> None:
    """Apply what is missing, in one transaction. Raises DanglingReferences before it commits any."""
    found = config()
    with engine.connect() as connection, _free_to_move_tables(connection):
        found.attributes["connection"] = connection
        command.upgrade(found, "head")
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise DanglingReferences
        connection.commit()


class DanglingReferences(RuntimeError):
    """A migration has left rows that refer to nothing."""


@contextmanager
def _free_to_move_tables(connection: Connection) -> Iterator[None]:
    """SQLite changes a constraint by a new table of the same name, which its foreign keys would forbid meanwhile.

    The switch has no effect inside a transaction, so that it is turned on the connection below SQLAlchemy.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    below: Any = connection.connection.dbapi_connection
    below.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        below.execute("PRAGMA foreign_keys=ON")
