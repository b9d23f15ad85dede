"""How soon an open page shows what has changed, with 1,000 pages open on one `live` process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Any

import httpx

from bench.databases import Cluster
from bench.page_client import OpenPage
from bench.pairs import Row
from bench.product import running
from tests.harness import SAMPLE
from tests.journeys import merchant as merchants
from tests.journeys.merchant import Merchant

PAGES = 1_000
UPDATES = 100
SOON = 0.3  # seconds
AT_ONCE = 8
QUIET = 2.0  # seconds without a change, before anything is measured
PATIENCE = 60.0


def measure(cluster: Cluster, pages: int = PAGES, updates: int = UPDATES) -> list[Row]:
    """Two rows: one page among many, and every page of one subscription told by one change."""
    with running(cluster) as product:
        merchant = merchants.create(product, "Bench")
        alone, together = asyncio.run(_watch(merchant, pages, updates))
    slow = f"95 of 100 updates, {pages:,} pages open"
    return [
        Row("Update visible on the open page, seconds", f"{slow}, a subscription each", [_p95(alone)], SOON, "at most",
            {"seconds": alone}),
        Row("Hint at the open page, seconds", f"95 of 100 pages, {pages:,} on one subscription", [_p95(together)], SOON,
            "at most", {"seconds": together}),
    ]  # fmt: skip


async def _watch(merchant: Merchant, pages: int, updates: int) -> tuple[list[float], list[float]]:
    async with _client() as api, _client(headers={"Sec-Fetch-Dest": "document"}) as web:
        links = await _in_lanes(range(pages), lambda number: _ask_for_payment(api, merchant, number))
        alone = await _one_at_a_time(merchant, api, web, links, updates)
        together = await _all_at_once(merchant, api, web, links[0], pages)
    return alone, together


def _client(**options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, timeout=PATIENCE, limits=httpx.Limits(max_connections=AT_ONCE), **options)


async def _one_at_a_time(
    merchant: Merchant, api: httpx.AsyncClient, web: httpx.AsyncClient, links: Sequence[str], updates: int
) -> list[float]:
    """Seconds from the merchant's call, which commits on its way, until the page holds what is newer."""
    open_pages = [OpenPage(link, merchant.product.live_url) for link in links]
    await _in_lanes(open_pages, lambda page: page.open(web))
    await _until_quiet(open_pages)
    took = []
    for number, page in list(enumerate(open_pages))[:: max(1, len(open_pages) // updates)]:
        page.forget()
        begun = time.perf_counter()
        await asyncio.gather(
            _ask_for_payment(api, merchant, number, 35.49), asyncio.wait_for(page.update(web), PATIENCE)
        )
        took.append(page.seen - begun)
    for page in open_pages:
        page.close()
    return took


async def _all_at_once(
    merchant: Merchant, api: httpx.AsyncClient, web: httpx.AsyncClient, link: str, pages: int
) -> list[float]:
    """For one change: seconds until each page was told."""
    open_pages = [OpenPage(link, merchant.product.live_url) for _ in range(pages)]
    await _in_lanes(open_pages, lambda page: page.open(web))
    await _until_quiet(open_pages)
    for page in open_pages:
        page.forget()
    begun = time.perf_counter()
    heard = [asyncio.wait_for(page.hear(), PATIENCE) for page in open_pages]
    await asyncio.gather(_ask_for_payment(api, merchant, 0, 36.49), *heard)
    for page in open_pages:
        page.close()
    return [page.told - begun for page in open_pages]


async def _ask_for_payment(api: httpx.AsyncClient, merchant: Merchant, number: int, amount: float = 34.99) -> str:
    """Add or change the subscription of this number; its link."""
    person = {"external_id": f"c{number}", "first_name": "John", "last_name": "Doe", "email": f"c{number}@example.com"}
    body = SAMPLE | {"external_id": f"s{number}", "amount": amount, "customer": person}
    body.pop("webhook_url")
    answer = await api.post(
        f"{merchant.product.url}/api/v3/site/{merchant.site_id}/subscription/addUpdate",
        headers={"Authorization": f"Bearer {merchant.api_key}"},
        json=body,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["link"])


async def _in_lanes(items: Any, do: Any) -> list[Any]:
    """Do it for each, some at a time, in order."""
    waiting, done = asyncio.Semaphore(AT_ONCE), []

    async def one(item: Any) -> Any:
        async with waiting:
            return await do(item)

    done = await asyncio.gather(*map(one, items))
    return list(done)


async def _until_quiet(open_pages: Sequence[OpenPage]) -> None:
    """The texts to the customers and the first views are changes too: wait until they have been told."""
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline:
        last = max(page.told for page in open_pages)
        await asyncio.sleep(QUIET)
        if max(page.told for page in open_pages) == last:
            return


def _p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
