"""What Lighthouse says of the customer's pages on a simulated slow phone: four scores, the largest paint, jumps."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from bench import environments
from bench.databases import Cluster
from bench.pairs import Row
from bench.product import running
from tests.journeys import merchant as merchants
from tests.journeys.customer import ARGUMENTS, Customer
from tests.journeys.merchant import Merchant
from tests.servers import chromium

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
AGAINST = "Lighthouse's phone on slow 4G, simulated"
PATIENCE = 240  # seconds
TRIES = 3
# What these audits find is meant: nobody may find a page by a search engine, and a closed one says 410, which the
# browser notes as an error of the console. (What else stands in a console is what the journeys watch.)
MEANT = {"closed": "is-crawlable,http-status-code,errors-in-console"}
MEANT_EVERYWHERE = "is-crawlable"


def measure(cluster: Cluster, runs: int = 3) -> list[Row]:
    """Three rows a page; where Lighthouse or Chromium is missing, one row that says so."""
    try:
        program, browser = environments.lighthouse(), chromium.find()
    except environments.NotInstalled as problem:
        return [Row("Lighthouse", AGAINST, (), 99, note=str(problem))]
    if browser is None:
        return [Row("Lighthouse", AGAINST, (), 99, note="there is no Chromium")]
    with running(cluster) as product:
        pages = _pages(merchants.create(product, "Acme Fitness"), browser)
        seen = {name: [_look(program, browser, name, address) for _ in range(runs)] for name, address in pages.items()}
    return [row for name, reports in seen.items() for row in _rows(name, reports)]


def _pages(merchant: Merchant, browser: str) -> dict[str, str]:
    """An offer, a subscription that is confirmed and one that was closed after that; the address of each."""
    links = {
        name: merchant.asks_for_payment(
            external_id=name,
            webhook_url=None,
            customer={"external_id": name, "first_name": "John", "email": "j@d.example"},
        )
        for name in ("offer", "confirmed", "closed")
    }
    with sync_playwright() as playwright:
        phone = playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
        for name in ("confirmed", "closed"):
            customer = Customer(phone, "bench")
            customer.opens(links[name])
            customer.confirms()
            customer.sees("You're all set")
            customer.leaves()
        phone.close()
    merchant.call("POST", "/subscription/closed/close")
    return links


def _look(program: Path, browser: str, page: str, address: str) -> dict[str, float]:
    """Scores of 100 by category; `paint` in seconds and `shift` as Lighthouse counts it.

    A browser that a busy machine has starved leaves a trace without a beginning: Lighthouse is asked again then.
    """
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            written = Path(folder) / "report.json"
            done = subprocess.run(
                [str(part) for part in _command(program, page, address, written)],
                capture_output=True,
                text=True,
                env=os.environ | {"CHROME_PATH": browser},
                timeout=PATIENCE,
                check=False,
            )
            if done.returncode == 0:
                return _numbers(json.loads(written.read_text()))
    raise RuntimeError(f"Lighthouse gave up {TRIES} times: {done.stderr[-500:]}")


def _command(program: Path, page: str, address: str, written: Path) -> list[Path | str]:
    return [
        program, address, "--quiet", "--output=json", f"--output-path={written}", "--form-factor=mobile",
        "--throttling-method=simulate", f"--only-categories={','.join(CATEGORIES)}",
        f"--skip-audits={MEANT.get(page, MEANT_EVERYWHERE)}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu", "--no-enable-error-reporting",
        "--ignore-status-code",  # a closed page says 410, and is a page all the same
    ]  # fmt: skip


def _numbers(report: dict[str, Any]) -> dict[str, float]:
    audits = report["audits"]
    scores = {name: float(report["categories"][name]["score"]) * 100 for name in CATEGORIES}
    return scores | {
        "paint": audits["largest-contentful-paint"]["numericValue"] / 1000,
        "shift": audits["cumulative-layout-shift"]["numericValue"],
    }


def _rows(name: str, reports: list[dict[str, float]]) -> list[Row]:
    page = f"The {name} page" if name != "offer" else "The offer"
    lowest = [min(report[category] for category in CATEGORIES) for report in reports]
    rates = {what: [report[what] for report in reports] for what in reports[0]}
    return [
        Row(f"{page}: the lowest of four scores", AGAINST, lowest, 99, rates=rates),
        Row(f"{page}: largest paint, seconds", AGAINST, rates["paint"], 1.0, "at most"),
        Row(f"{page}: jumps", AGAINST, rates["shift"], 0.01, "at most"),
    ]
