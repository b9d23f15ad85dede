"""The databases of a benchmark: one cluster with fsync on, stocked templates, a fresh copy for each run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import create_engine

from bench.stock import Stock, fill
from portal.core import database
from portal.migrations.state import upgrade
from tests.servers import postgres

# A disk without a head, as every server has by now: with the planner's default of 4 the limit reads whole tables to
# settle a thousand rows of them, and is no limit. Both sides run with the same.
SETTINGS = ("max_wal_size = '4GB'", "random_page_cost = 1.1")


class Cluster:
    """A running PostgreSQL; `url` names databases for SQLAlchemy, `dsn` for psycopg."""

    def __init__(self, url: str) -> None:
        self._base = url.rpartition("/")[0]
        self._templates: dict[Stock, str] = {}

    def url(self, name: str) -> str:
        return f"{self._base}/{name}"

    def dsn(self, name: str) -> str:
        return self.url(name).replace("+psycopg", "")

    def administer(self, *statements: str) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def copy(self, stock: Stock, name: str) -> Iterator[str]:
        """A database of its own with this stock, as large and as warm for whoever asks; dropped afterwards."""
        template = self._template(stock)
        self.administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {template}")
        self.administer("CHECKPOINT")  # nobody pays for the pages that the copy has left behind
        try:
            yield name
        finally:
            self.administer(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty(self, name: str) -> Iterator[str]:
        """A database without a table; dropped afterwards."""
        self.administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield name
        finally:
            self.administer(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def stocked(self, stock: Stock, name: str) -> Iterator[str]:
        """The stock itself, for one too large to copy; dropped afterwards."""
        with self.empty(name):
            self._fill(stock, name)
            yield name

    def _template(self, stock: Stock) -> str:
        if stock not in self._templates:
            name = f"stock_{stock.stored}_{stock.due}"
            self.administer(f"CREATE DATABASE {name}")
            self._fill(stock, name)
            self._templates[stock] = name
        return self._templates[stock]

    def _fill(self, stock: Stock, name: str) -> None:
        engine = create_engine(self.url(name))
        database.prepare(engine)
        upgrade(engine)
        engine.dispose()
        with psycopg.connect(self.dsn(name), autocommit=True) as connection:
            fill(connection, stock)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start PostgreSQL as a server that keeps its promises: fsync, synchronous commit, full pages."""
    with postgres.start(durable=True) as server:
        found = Cluster(server.url)
        found.administer(*(f"ALTER SYSTEM SET {setting}" for setting in SETTINGS), "SELECT pg_reload_conf()")
        yield found
