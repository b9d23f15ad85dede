"""What PostgreSQL does for a batch among many: it follows indexes to what is due, and keeps versions on their page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from bench.gateways import AtOnce
from bench.stock import Stock, fill
from portal.billing.models import Attempt
from portal.core.database import db
from portal.gateways import registry
from tests.harness import Portal
from workers import work

STOCK = Stock(stored=8_000, due=200)
BATCH = 100
DISK = "SET LOCAL random_page_cost = 1.1"  # as for a disk without a head; else small tables are read whole, and rightly
UPDATED = "SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE n_tup_upd > 0"


@pytest.fixture
def engine(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A site with 8,000 subscriptions, of which a few are due."""
    if portal.settings.on_sqlite:
        pytest.skip("PostgreSQL's plans and pages")
    monkeypatch.setitem(registry._gateways, AtOnce.name, AtOnce())
    address = portal.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        fill(connection, STOCK)
    with portal.app.app_context():
        return db.engine


def bill(portal: Portal) -> None:
    with portal.app.app_context():
        assert work.bill_batch(BATCH) == BATCH


@pytest.mark.slow
def test_nothing_is_read_from_one_end_to_the_other(portal: Portal, engine: Engine) -> None:
    read: list[tuple[str, str]] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            with connection.connection.driver_connection.cursor() as other:
                other.execute(DISK)
                other.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                read.extend(scans(other.fetchone()[0]))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        bill(portal)
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    assert ("Index Scan", "subscriptions by ix_subscriptions_due_at") in read
    assert {kind for kind, table in read if table in {"attempts", "payments", "invoices"}} == set()
    assert [table for kind, table in read if kind == "Seq Scan" and table not in {"sites"}] == []


def scans(plan: Any) -> Iterator[tuple[str, str]]:
    """Each place where a plan begins to read: how, and what, with the index that it follows."""
    for node in json.loads(plan) if isinstance(plan, str) else plan:
        yield from _scans_of(node.get("Plan", node))


def _scans_of(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "Relation Name" in node and node["Node Type"].endswith("Scan"):
        index = f" by {node['Index Name']}" if "Index Name" in node else ""
        if node["Node Type"] != "Bitmap Heap Scan":
            yield node["Node Type"], node["Relation Name"] + index
    for below in node.get("Plans", ()):
        yield from _scans_of(below)


@pytest.mark.slow
def test_a_try_that_is_sent_and_settled_needs_no_new_entry_in_any_index(portal: Portal, engine: Engine) -> None:
    updated, in_place = Counter[str](), Counter[str]()

    def count(connection: Any) -> None:
        with connection.connection.driver_connection.cursor() as other:
            for table, all_of_them, hot in other.execute(UPDATED).fetchall():
                updated[table] += all_of_them
                in_place[table] += hot
            other.execute("SELECT pg_stat_force_next_flush()")  # the next transaction counts from nothing

    event.listen(engine, "commit", count)
    try:
        bill(portal)
    finally:
        event.remove(engine, "commit", count)
    assert updated["attempts"] >= BATCH
    assert in_place["attempts"] / updated["attempts"] > 0.8
    assert in_place["subscriptions"] / updated["subscriptions"] > 0.3  # one of two: the due date stands in an index


@pytest.mark.slow
def test_the_keys_of_one_day_stand_together_in_their_index(portal: Portal, engine: Engine) -> None:
    """Two neighbors in the order of the index were stored in one batch, however many there were before."""
    bill(portal)
    rows = portal.rows(Attempt)
    keys = sorted(row.key for row in rows)
    new = {row.key for row in rows if row.key.startswith(max(keys)[:10])}
    assert len(new) == BATCH
    assert set(keys[-BATCH:]) == new
