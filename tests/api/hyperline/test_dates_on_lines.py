"""A product that does not display its interval dates is printed without them; they are reckoned with all the same."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from portal.core.money import Money
from portal.subscriptions.lines import Line, LineKind, Period
from tests.api.hyperline.client import GOLD, Hyperline
from tests.harness import Customer, Merchant, Portal

TOWELS = {
    "product_name": "Towels",
    "billing_interval_period": "months",
    "billing_interval_count": 1,
    "prices": [{"type": "fee", "amount": 900}],
}
PERIOD = r"Jan 1\S* (?:\S+ )?to Jan 31"


def receipt(portal: Portal, made: Any) -> tuple[str, str]:
    """The newest receipt as a page and as a PDF."""
    page = Customer(portal, made["checkout_url"]).page()
    path = re.findall(r'href="([^"]+/receipt/[0-9a-f-]+)[^"]*"', page.text)[0]
    pdf = portal.client.get(f"{path}.pdf").data
    text = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages)
    return portal.client.get(path).text.replace("\u00a0", " "), " ".join(text.split())


@pytest.mark.parametrize(("shows", "times"), [(True, 2), (None, 2), (False, 1)])
def test_the_period_stands_on_the_lines_that_show_it(
    portal: Portal, shop: Merchant, client: Hyperline, shows: bool | None, times: int
) -> None:
    towels = TOWELS | ({} if shows is None else {"display_interval_dates_in_description": shows})
    made = client.subscribe(products=[GOLD, towels])
    client.confirm(made)
    for text in receipt(portal, made):
        assert "Towels" in text
        assert len(re.findall(PERIOD, text)) == times


def test_a_product_of_the_catalog_says_it_for_its_lines(portal: Portal, shop: Merchant, client: Hyperline) -> None:
    body = {"name": "Towels", "prices": [{"type": "fee", "amount": 900}], "description_display_interval_dates": False}
    product = client.post("products", body, 201)
    made = client.subscribe(products=[{"product_id": product["id"]}])
    client.confirm(made)
    for text in receipt(portal, made):
        assert "Towels" in text
        assert re.findall(PERIOD, text) == []


def test_a_part_of_a_period_is_reckoned_by_its_days_and_printed_without_them(
    portal: Portal, shop: Merchant, client: Hyperline
) -> None:
    made = client.confirmed(products=[TOWELS | {"display_interval_dates_in_description": False}])
    shop.advance("2026-01-17T15:00")
    client.post(f"subscriptions/{made['id']}/cancel", {"cancellation_strategy": "refund_prorata"})
    assert [entry["amount"] for entry in shop.ledger() if entry["outcome"] == "refunded"] == [4.35]  # 15 of 31 days
    [line] = shop.subscription(made["id"])["invoices"][0]["lines"]
    assert (line["period_start"], line["period_end"]) == ("2026-01-01", "2026-02-01")


def test_a_line_keeps_it_in_the_database() -> None:
    line = Line.full(
        LineKind.PRODUCT, "Towels", Money(900, "USD"), 1, Period(date(2026, 1, 31), date(2026, 2, 28)), hides_dates=True
    )
    assert Line.from_dict(line.as_dict(), "USD") == line
