"""The billing run against the runs of three peers, once each, at the same size on the same server."""

from __future__ import annotations

from dataclasses import dataclass

from bench import environments, worker
from bench.databases import Cluster
from bench.ours import WARM_UP
from bench.pairs import Row
from bench.stock import Stock


@dataclass(frozen=True, slots=True)
class Peer:
    """`script` in bench/peers; `count`: how many subscriptions it bills, small for the slow ones."""

    name: str
    script: str
    count: int
    goal: int


PEERS = (
    Peer("Tryton 8.2.1", "tryton", 500, 500),
    Peer("django-silver 0.11.1", "silver", 1_000, 300),
    Peer("django-flexible-subscriptions 0.15.1", "flexible_subscriptions", 1_000, 40),
)


def measure(cluster: Cluster, peers: tuple[Peer, ...] = PEERS) -> list[Row]:
    """A row for each peer; one that cannot be installed here says so in its row."""
    return [_against(cluster, peer) for peer in peers]


def _against(cluster: Cluster, peer: Peer) -> Row:
    stock = Stock(stored=peer.count + WARM_UP, due=peer.count + WARM_UP)
    measure = f"Billing run of {peer.count}, one worker"
    with cluster.copy(stock, "ours") as name:
        done, seconds = worker.billed(cluster.url(name), 1)
    assert done == peer.count
    try:
        with cluster.empty("peer") as name:
            theirs = environments.run(peer.script, cluster.dsn(name), peer.count)
    except environments.NotInstalled as problem:
        return Row(measure, peer.name, (), peer.goal, note=str(problem))
    mine = done / seconds
    return Row(measure, peer.name, [mine / theirs], peer.goal, rates={"ours": [mine], "theirs": [theirs]})
