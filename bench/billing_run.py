"""The billing run without the gateway's time: against SQL written by hand, and two workers against one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from bench import limit, worker
from bench.databases import Cluster
from bench.ours import WARM_UP
from bench.pairs import Row, in_turns, over
from bench.stock import Stock

DUE = 20_000


def measure(cluster: Cluster, due: int = DUE, pairs: int = 5) -> list[Row]:
    """Four sides in turns: ours and the limit, with one worker (one connection) and with two."""
    stock = Stock(stored=due, due=due)
    one, limit_of_one, two, limit_of_two = in_turns(
        pairs,
        lambda: by_workers(cluster, stock, 1),
        lambda: by_hand(cluster, stock, 1),
        lambda: by_workers(cluster, stock, 2),
        lambda: by_hand(cluster, stock, 2),
    )
    run = "Billing run, a gateway that answers at once"
    return [
        Row(f"{run}: one worker", "set-based SQL, one connection", over(one, limit_of_one), 0.70,
            rates={"ours": one, "limit": limit_of_one}),
        Row(f"{run}: two workers", "set-based SQL, two connections", over(two, limit_of_two), 0.70,
            rates={"ours": two, "limit": limit_of_two}),
        Row("Two workers", "one worker", over(two, one), 1.6, rates={"two": two, "one": one}),
    ]  # fmt: skip


def by_workers(cluster: Cluster, stock: Stock, workers: int) -> float:
    """Charges a second of our own worker processes."""
    with cluster.copy(stock, "ours") as name:
        done, seconds = worker.billed(cluster.url(name), workers)
    assert done == stock.due - workers * WARM_UP, f"{done} of {stock.due} charged"
    return done / seconds


def by_hand(cluster: Cluster, stock: Stock, connections: int) -> float:
    """Charges a second of the limit."""
    with cluster.copy(stock, "by_hand") as name, ThreadPoolExecutor(connections) as threads:
        opened = [psycopg.connect(cluster.dsn(name)) for _ in range(connections)]
        for connection in opened:
            limit.bill_batch(connection, WARM_UP)
        begun = time.perf_counter()
        done = sum(threads.map(limit.bill, opened))
        seconds = time.perf_counter() - begun
        for connection in opened:
            connection.close()
    assert done == stock.due - connections * WARM_UP, f"{done} of {stock.due} charged"
    return done / seconds
