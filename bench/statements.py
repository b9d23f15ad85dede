"""How many statements and commits a charge costs: counted, not timed, so that the answer is always the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from bench.databases import Cluster
from bench.gateways import AtOnce
from bench.ours import ours
from bench.pairs import Row
from bench.stock import Stock
from portal.core.database import db

DUE = 10_000


@dataclass(slots=True)
class Count:
    statements: int = 0
    commits: int = 0


@contextmanager
def counting(engine: Engine) -> Iterator[Count]:
    """Count what this engine sends until the block ends."""
    count = Count()

    def statement(*_: Any) -> None:
        count.statements += 1

    def commit(*_: Any) -> None:
        count.commits += 1

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)


def measure(cluster: Cluster, due: int = DUE) -> list[Row]:
    """Two rows: statements and commits a charge."""
    with cluster.copy(Stock(due, due), "ours") as name, ours(cluster.url(name), AtOnce()) as portal:
        with counting(db.engine) as count:
            done = portal.bill()
    assert done == due, f"{done} of {due} charged"
    unit = f"charge, {due:,} due"
    return [
        Row("Statements", unit, [count.statements / due], 0.02, "at most", {"statements": [count.statements]}),
        Row("Commits", unit, [count.commits / due], 0.005, "at most", {"commits": [count.commits]}),
    ]
