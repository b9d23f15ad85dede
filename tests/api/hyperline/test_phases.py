"""Phases: products from a day on, or from a word of the merchant; what stays the same is billed as if nothing was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.hyperline.client import GOLD, TOWELS, Hyperline
from tests.harness import Merchant, Portal

PLATINUM = {"product_id": "platinum", "product_name": "Platinum", "prices": [{"type": "fee", "amount": 6599}]}


def taken(shop: Merchant) -> list[float]:
    return [entry["amount"] for entry in shop.ledger()]


def phases_of(client: Hyperline, path: str) -> list[tuple[Any, ...]]:
    found = client.get(f"{path}/phases")
    assert found["meta"]["total"] == len(found["data"])
    return [(one["order"], one["status"], [held["id"] for held in one["products"]]) for one in found["data"]]


def test_one_that_has_no_phases_is_in_its_first(client: Hyperline) -> None:
    made = client.confirmed()
    path = f"subscriptions/{made['id']}"
    assert phases_of(client, path) == [(0, "active", ["gold"])]
    phase = client.get(f"{path}/phases/{made['current_phase_id']}")
    assert (phase["activation_strategy"], phase["starts_at"]) == ("checkout", "2026-01-01T00:00:00-06:00")
    assert client.refused("GET", f"{path}/phases/0199c1f5", 404) == "Phase not found"
    assert "no next phase" in client.refused("POST", f"{path}/transition-phase", json={})


def test_a_phase_begins_on_its_day_and_costs_what_is_left_of_the_period(shop: Merchant, client: Hyperline) -> None:
    made = client.subscribe(
        products=None,
        phases=[{"products": [GOLD]}, {"name": "Grown", "starts_at": "2026-01-17", "products": [GOLD, TOWELS]}],
    )
    path = f"subscriptions/{made['id']}"
    assert made["name"] == "Gold+ Plan"
    assert phases_of(client, path) == [(0, "pending", ["gold"]), (1, "pending", ["gold", "towels"])]
    client.confirm(made)
    assert taken(shop) == [34.99]
    shop.advance("2026-01-17T18:00")
    assert taken(shop) == [34.99, 15.00]
    found = client.get(path)
    assert found["current_phase_id"] != made["id"]
    phase = client.get(f"{path}/phases/{found['current_phase_id']}")
    assert (phase["name"], phase["activation_strategy"]) == ("Grown", "start_date")
    assert phase["starts_at"] == "2026-01-17T00:00:00-06:00"
    assert phases_of(client, path) == [(0, "ended", ["gold"]), (1, "active", ["gold", "towels"])]
    shop.advance("2026-02-02T00:00")
    assert taken(shop) == [34.99, 15.00, 65.99]


@pytest.mark.parametrize(
    ("method", "charged"), [("pro_rata", [15.00]), ("pay_in_full", [65.99]), ("do_not_charge", [])]
)
def test_a_phase_that_waits_for_a_word_begins_when_it_is_said(
    portal: Portal, shop: Merchant, client: Hyperline, method: str, charged: list[float]
) -> None:
    made = client.confirmed()
    path = f"subscriptions/{made['id']}"
    client.put(path, {"phases": [{"products": [PLATINUM], "calculation_method": method}]})
    shop.advance("2026-01-17T15:00")
    assert taken(shop) == [34.99]
    moved = client.post(f"{path}/transition-phase")
    portal.run_jobs()
    assert [one["id"] for one in moved["products"]] == ["platinum"]
    # Of 31 days 15 are left: 31.93 of platinum, less 16.93 of gold.
    assert taken(shop)[1:] == charged
    shop.advance("2026-02-02T00:00")
    assert taken(shop)[-1] == 65.99
    assert "no next phase" in client.refused("POST", f"{path}/transition-phase", json={})


def test_another_count_or_price_of_the_same_product_is_no_second_product(
    portal: Portal, shop: Merchant, client: Hyperline
) -> None:
    made = client.confirmed()
    path = f"subscriptions/{made['id']}"
    twice = GOLD | {"count": 2, "prices": [{"type": "fee", "amount": 4000}]}
    client.put(path, {"phases": [{"products": [twice], "payment_schedule": "next_invoice"}]})
    shop.advance("2026-01-17T15:00")
    (held,) = client.post(f"{path}/next-phase")["products"]
    assert (held["count"], held["prices"][0]["amount"], held["line_id"]) == (2, 4000, "line-1")
    portal.run_jobs()
    assert taken(shop) == [34.99]
    shop.advance("2026-03-02T00:00")
    assert taken(shop) == [34.99, 101.78, 80.00]  # 21.78 of January: two times 40.00 less 34.99, by 15 of 31 days


def test_what_stays_as_it_is_is_not_billed_again(portal: Portal, shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed(products=[GOLD, TOWELS])
    path = f"subscriptions/{made['id']}"
    client.put(path, {"phases": [{"products": [TOWELS, GOLD], "calculation_method": "pay_in_full"}]})
    shop.advance("2026-01-17T15:00")
    client.post(f"{path}/transition-phase")
    portal.run_jobs()
    assert taken(shop) == [65.99]
    shop.advance("2026-02-02T00:00")
    assert taken(shop) == [65.99, 65.99]


def test_planning_anew_replaces_what_was_planned(shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed()
    path = f"subscriptions/{made['id']}"
    client.put(path, {"phases": [{"starts_at": "2026-01-10", "products": [PLATINUM]}]})
    client.put(path, {"phases": [{"starts_at": "2026-01-20", "products": [GOLD, TOWELS]}]})
    shop.advance("2026-01-15T12:00")
    assert phases_of(client, path) == [
        (0, "active", ["gold"]),
        (1, "cancelled", ["platinum"]),
        (1, "pending", ["gold", "towels"]),
    ]
    client.put(path, {"phases": []})
    shop.advance("2026-02-02T00:00")
    assert taken(shop) == [34.99, 34.99]


def test_a_phase_whose_day_comes_in_a_pause_has_failed(shop: Merchant, client: Hyperline) -> None:
    path = f"subscriptions/{client.confirmed()['id']}"
    client.put(path, {"phases": [{"starts_at": "2026-01-10", "products": [PLATINUM]}]})
    client.post(f"{path}/pause")
    shop.advance("2026-01-15T12:00")
    assert phases_of(client, path)[1][:2] == (1, "failed")
    assert "Phases change while a subscription is active" in client.refused("POST", f"{path}/transition-phase", json={})


def test_phases_that_cannot_be_are_refused(client: Hyperline) -> None:
    path = f"subscriptions/{client.confirmed()['id']}"

    def refused(*phases: Any) -> str:
        return client.refused("PUT", path, json={"phases": list(phases)})

    assert "phases.0.products: Give at least one." in refused({"products": []})
    assert "phases.0.starts_at: Give a day after today" in refused({"starts_at": "2026-01-01", "products": [GOLD]})
    assert "phases.1.starts_at" in refused({"products": [GOLD]}, {"starts_at": "2026-02-01", "products": [GOLD]})
    assert "phases.0.products.0.product_id" in refused({"products": [{"product_id": "x"}]})
    assert "At least one product" in refused({"products": [GOLD | {"billing_interval_period": "once"}]})
    assert "phases.0.calculation_method" in refused({"products": [GOLD], "calculation_method": "half"})
    assert phases_of(client, path) == [(0, "active", ["gold"])]
    client.post(f"{path}/cancel")
    assert "has ended" in refused({"products": [GOLD]})
