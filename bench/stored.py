"""What a batch costs where a million subscriptions are stored, against a thousand: time must follow what is due."""

from __future__ import annotations

import time

from bench.databases import Cluster
from bench.gateways import AtOnce
from bench.ours import WARM_UP, ours
from bench.pairs import Row, in_turns, over
from bench.stock import Stock

DUE = 1_000
STORED = 1_000_000


def measure(cluster: Cluster, stored: int = STORED, pairs: int = 5) -> list[Row]:
    """One batch each in turns: of a million, the due ones evenly spread among them, and of a thousand."""
    everything = Stock(stored=stored, due=pairs * (DUE + WARM_UP))
    few = Stock(stored=DUE + WARM_UP, due=DUE + WARM_UP)
    with cluster.stocked(everything, "large") as name:
        large, small = in_turns(pairs, lambda: _batch(cluster, name), lambda: _of_few(cluster, few))
    row = Row(f"{DUE:,} due of {stored:,} stored", f"{DUE:,} due of {DUE:,} stored (time)", over(large, small), 1.3,
              "at most", {"large_seconds": large, "small_seconds": small})  # fmt: skip
    return [row]


def _of_few(cluster: Cluster, few: Stock) -> float:
    with cluster.copy(few, "small") as name:
        return _batch(cluster, name)


def _batch(cluster: Cluster, name: str) -> float:
    """Seconds from due to settled; both sides begin behind a checkpoint, with every page still to be logged whole."""
    with ours(cluster.url(name), AtOnce()) as portal:
        portal.warm_up()
        cluster.administer("CHECKPOINT")
        begun = time.perf_counter()
        done = portal.bill_batch(DUE)
        seconds = time.perf_counter() - begun
    assert done == DUE, f"{done} of {DUE} charged"
    return seconds
