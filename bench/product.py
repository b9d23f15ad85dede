"""The product as its Procfile starts it, over the cluster of the bench, with a merchant who asks for payments."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.databases import Cluster
from tests.journeys.processes import Product
from tests.servers import redis


@contextmanager
def running(cluster: Cluster, name: str = "product") -> Iterator[Product]:
    """web, live, worker and scheduler over a database of their own and a Redis; stopped and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder, redis.start() as broker:
        with cluster.empty(name):
            product = Product(Path(folder), cluster.url(name), broker.url)
            try:
                product.start()
                yield product
            finally:
                for process in product.processes:
                    process.kill()
