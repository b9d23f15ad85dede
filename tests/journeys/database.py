"""The database of the journeys: one of their own, beside that of the other tests; and one that is slow for a while."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


class Servers(Protocol):
    """Where the database and the broker are; the broker's address is empty on the embedded default."""

    @property
    def database_url(self) -> str: ...
    @property
    def broker_url(self) -> str: ...


@contextmanager
def own_places(servers: Servers) -> Iterator[tuple[str, str]]:
    """Addresses of a database and of a broker's number that nobody else uses.

    The processes' workers must not do what other tests owe. Both are empty where the product makes its own.
    """
    if not servers.broker_url:
        yield "", ""
        return
    address, name = urlsplit(servers.database_url), f"journeys_{secrets.token_hex(4)}"
    _execute(servers.database_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        broker = urlsplit(servers.broker_url)._replace(path="/7").geturl()
        yield address._replace(path=f"/{name}").geturl(), broker
    finally:
        _execute(servers.database_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def slow(url: str) -> Iterator[None]:
    """Inside, whoever wants to change a subscription waits; who only reads does not."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=15)) as held:
            held.execute("BEGIN IMMEDIATE")
            yield
        return
    with psycopg.connect(_plain(url)) as locked:
        locked.execute("LOCK TABLE subscriptions IN EXCLUSIVE MODE")
        yield


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(statement)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
