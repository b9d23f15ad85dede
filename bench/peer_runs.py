"""The billing run against the runs of three peers on the same server: charges a second, each at a size it bears."""

from __future__ import annotations

from dataclasses import dataclass

from bench import environments, worker
from bench.databases import Cluster
from bench.ours import WARM_UP
from bench.pairs import Row
from bench.stock import Stock


@dataclass(frozen=True, slots=True)
class Peer:
    """`script` in bench/peers; `count`: how many subscriptions it bills in a minute or less: more makes none faster."""

    name: str
    script: str
    count: int
    goal: int


PEERS = (
    Peer("Tryton 8.2.1", "tryton", 500, 500),
    Peer("django-silver 0.11.1", "silver", 1_000, 300),
    Peer("django-flexible-subscriptions 0.15.1", "flexible_subscriptions", 10_000, 40),
)
DUE = 20_000  # ours: enough that opening connections and compiling statements weigh nothing


def measure(cluster: Cluster, peers: tuple[Peer, ...] = PEERS) -> list[Row]:
    """A row for each peer; one that cannot be installed here says so in its row."""
    return [_against(cluster, peer) for peer in peers]


def _against(cluster: Cluster, peer: Peer) -> Row:
    measure, against = f"Billing run of {DUE:,}, one worker", f"{peer.name}, {peer.count:,}"
    before = _ours(cluster)
    try:
        with cluster.empty("peer") as name:
            theirs = environments.run(peer.script, cluster.dsn(name), peer.count)
    except environments.NotInstalled as problem:
        return Row(measure, against, (), peer.goal, note=str(problem))
    mine = [before, _ours(cluster)]
    return Row(measure, against, [one / theirs for one in mine], peer.goal, rates={"ours": mine, "theirs": [theirs]})


def _ours(cluster: Cluster) -> float:
    """Charges a second, measured on both sides of the peer's run."""
    with cluster.copy(Stock(stored=DUE + WARM_UP, due=DUE + WARM_UP), "ours") as name:
        done, seconds = worker.billed(cluster.url(name), 1)
    assert done == DUE
    return done / seconds
