"""Processor time a charge, the worker's and its database connection's: what a busy machine cannot lengthen much."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench import limit
from bench.databases import Cluster
from bench.gateways import AtOnce
from bench.ours import WARM_UP, ours
from bench.pairs import Row, in_turns, over
from bench.stock import Stock

DUE = 20_000
BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'parallel worker')"
    " AND pid <> pg_backend_pid()"
)


def measure(cluster: Cluster, due: int = DUE, pairs: int = 3) -> list[Row]:
    """One worker against the limit over one connection; empty where the system does not tell (Linux does)."""
    if not Path("/proc/self/schedstat").exists():
        return [Row("Processor time, one worker", "set-based SQL", (), 0.70, note="only on Linux")]
    stock = Stock(stored=due, due=due)
    mine, by_hand = in_turns(pairs, lambda: _ours(cluster, stock), lambda: _by_hand(cluster, stock))
    rates = {"ours_microseconds": mine, "limit_microseconds": by_hand}
    return [Row("Processor time a charge, one worker", "set-based SQL (its time over ours)", over(by_hand, mine), 0.70,
                rates=rates)]  # fmt: skip


def _ours(cluster: Cluster, stock: Stock) -> float:
    with cluster.copy(stock, "ours") as name, ours(cluster.url(name), AtOnce()) as portal:
        portal.warm_up()
        return _microseconds(cluster, portal.bill, stock.due - WARM_UP)


def _by_hand(cluster: Cluster, stock: Stock) -> float:
    with cluster.copy(stock, "by_hand") as name, psycopg.connect(cluster.dsn(name)) as connection:
        limit.bill_batch(connection, WARM_UP)
        return _microseconds(cluster, lambda: limit.bill(connection), stock.due - WARM_UP)


def _microseconds(cluster: Cluster, bill: Callable[[], int], due: int) -> float:
    begun = _used(cluster)
    assert bill() == due
    return (_used(cluster) - begun) / due * 1e6


def _used(cluster: Cluster) -> float:
    """Seconds that this process and every database connection but the asking one have run."""
    with psycopg.connect(cluster.dsn("postgres")) as connection:
        pids = [pid for (pid,) in connection.execute(BACKENDS)]
    ran = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids)
    return time.process_time() + ran / 1e9
