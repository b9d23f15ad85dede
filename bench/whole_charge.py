"""The whole charge with a gateway that answers in 100 ms, 400 at a time, against a bare HTTP client."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from bench.databases import Cluster
from bench.gateway_server import provider
from bench.gateways import Lines, OverHttp
from bench.ours import WARM_UP, Ours, ours
from bench.pairs import Row, in_turns, over
from bench.stock import Stock
from portal.billing import calling
from portal.core.context import acting_as
from portal.core.jobs import Job
from workers import work

DUE = 8_000
RUNS = 2  # threads of the worker that bill at once; the account's calls under way are shared between them
AT_ONCE = calling.AT_ONCE


def measure(cluster: Cluster, due: int = DUE, pairs: int = 5) -> list[Row]:
    with provider() as address:
        mine, bare = in_turns(pairs, lambda: _ours(cluster, address, due), lambda: _bare(address, due))
    row = Row(f"Whole charge, a gateway that answers in 100 ms, {AT_ONCE} at a time", "bare HTTP client loop",
              over(mine, bare), 0.85, rates={"ours": mine, "bare": bare})  # fmt: skip
    return [row]


def _ours(cluster: Cluster, address: str, due: int) -> float:
    """Charges a second from due to settled, by runs in two threads: one opens and settles while the other calls."""
    stock, gateway = Stock(stored=due + WARM_UP, due=due + WARM_UP), OverHttp(address)
    with cluster.copy(stock, "ours") as name, ours(cluster.url(name), gateway) as portal:
        portal.warm_up()
        made, begun = gateway.charges, time.perf_counter()
        with ThreadPoolExecutor(RUNS) as threads:
            for run in [threads.submit(_run, portal) for _ in range(RUNS)]:
                run.result()
        seconds = time.perf_counter() - begun
    assert gateway.charges - made == due
    return due / seconds


def _run(portal: Ours) -> None:
    with portal.app.app_context(), acting_as("system", Job.RUN_BILLING.value, "req_bench"):
        work.run_billing()


def _bare(address: str, calls: int) -> float:
    """Calls a second of the client alone."""
    begun = time.perf_counter()
    asyncio.run(_call(address, calls))
    return calls / (time.perf_counter() - begun)


async def _call(address: str, calls: int) -> None:
    numbers, lines = iter(range(calls)), Lines(address)

    async def lane() -> None:
        for number in numbers:
            await lines.ask(f"{number:064x}", 3499)

    async with asyncio.TaskGroup() as lanes:
        for _ in range(AT_ONCE):
            lanes.create_task(lane())
