"""Cancelling where something is still to pay: what was used in arrears, by its days, and nothing nobody agreed to."""

from __future__ import annotations

from typing import Any

import pytest

from portal.billing.cancellation_models import Cancellation
from tests.api.hyperline.client import GOLD, Hyperline
from tests.harness import Merchant, Portal

WATER = {
    "product_name": "Water",
    "billing_interval_period": "months",
    "billing_interval_count": 1,
    "start_or_end": "end",
    "prices": [{"type": "fee", "amount": 2800}],
}


def captured(shop: Merchant) -> list[float]:
    return [entry["amount"] for entry in shop.ledger() if entry["outcome"] == "captured"]


@pytest.fixture
def path(portal: Portal, shop: Merchant, client: Hyperline) -> str:
    """Gold in advance and water in arrears, paid for January and February; today 14 of 28 days are used."""
    made = client.confirmed(products=[GOLD, WATER])
    shop.advance("2026-02-15T15:00")
    return f"subscriptions/{made['id']}"


@pytest.mark.parametrize("body", [{"cancellation_strategy": "charge_prorata"}, {"strategy": "charge_prorata"}, {}])
def test_the_days_that_were_used_are_charged_and_nothing_goes_back(
    portal: Portal, shop: Merchant, client: Hyperline, path: str, body: dict[str, Any]
) -> None:
    before = captured(shop)
    answer = client.post(f"{path}/cancel", body)
    assert (answer["status"], answer["refunds"]) == ("cancelled", [])
    portal.run_jobs()
    assert captured(shop)[len(before) :] == [14.0]
    client.post(f"{path}/cancel", body)
    portal.run_jobs()
    assert captured(shop)[len(before) :] == [14.0]


def test_on_a_planned_day_they_are_charged_then(portal: Portal, shop: Merchant, client: Hyperline, path: str) -> None:
    before = captured(shop)
    body = {"cancel_at": "2026-02-22", "cancellation_strategy": "charge_prorata"}
    assert client.post(f"{path}/cancel", body)["cancellation_strategy"] == "charge_prorata"
    shop.advance("2026-02-21T12:00")
    assert captured(shop) == before
    shop.advance("2026-02-23T12:00")
    assert captured(shop)[len(before) :] == [21.0]
    assert [row.status for row in portal.rows(Cancellation)] == ["done"]


def test_with_money_back_what_was_used_in_arrears_is_charged_all_the_same(
    portal: Portal, shop: Merchant, client: Hyperline, path: str
) -> None:
    before = captured(shop)
    client.post(f"{path}/cancel", {"cancellation_strategy": "refund_custom", "cancellation_amount": 500})
    portal.run_jobs()
    assert captured(shop)[len(before) :] == [14.0]
    assert [entry["amount"] for entry in shop.ledger() if entry["outcome"] == "refunded"] == [5.0]


def test_an_amount_that_the_customer_has_not_agreed_to_is_refused_with_what_to_do(
    shop: Merchant, client: Hyperline, path: str
) -> None:
    before = captured(shop)
    body = {"cancellation_strategy": "charge_custom", "cancellation_amount": 9900}
    words = client.refused("POST", f"{path}/cancel", json=body)
    assert "cancellation_strategy" in words
    assert "Add a product that is billed once" in words
    assert (client.get(path)["status"], captured(shop)) == ("active", before)
