"""Subscriptions of the dialect: made pending with a payment link, active by the customer's yes, read and changed."""

from __future__ import annotations

from typing import Any

from portal.subscriptions.models import Subscription, Terms
from tests.api.hyperline.client import GOLD, TOWELS, Hyperline
from tests.harness import Customer, Merchant, Portal


def test_a_new_one_is_pending_and_the_customers_yes_makes_it_active(
    portal: Portal, shop: Merchant, client: Hyperline
) -> None:
    made = client.subscribe(custom_properties={"segment": "retail", "weight": 1.5})
    assert (made["status"], made["name"], made["currency"]) == ("pending", "Gold+ Plan", "USD")
    assert (made["activation_strategy"], made["starts_at"]) == ("checkout", None)
    assert made["billing_interval"] == {"period": "months", "count": 1}
    assert made["custom_properties"] == {"segment": "retail", "weight": "1.5"}
    assert made["current_phase_id"] == made["id"]
    portal.run_jobs()
    assert len(shop.messages()) == 1
    page = Customer(portal, made["checkout_url"]).page()
    assert "$34.99" in page.text
    assert "$0.00" not in page.text
    client.confirm(made)
    found = client.get(f"subscriptions/{made['id']}")
    assert (found["status"], found["checkout_url"]) == ("active", None)
    assert found["checkout_session_id"] == made["checkout_session_id"]
    assert (found["starts_at"], found["next_payment_amount"]) == ("2026-01-01T00:00:00-06:00", 3499)
    assert found["next_payment_at"].startswith("2026-02-01T")
    assert found["current_period_ends_at"] == "2026-02-01T00:00:00-06:00"
    assert [entry["amount"] for entry in shop.ledger()] == [34.99]
    shop.advance("2026-03-02T00:00")
    assert [entry["amount"] for entry in shop.ledger()] == [34.99, 34.99, 34.99]


def test_a_start_that_lies_ahead_is_pending_until_it_comes(shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed(starts_at="2026-02-10T00:00:00Z")
    assert (made["status"], made["starts_at"]) == ("pending", "2026-02-10T00:00:00-06:00")
    assert shop.ledger() == []
    assert client.get("subscriptions", status="pending")["meta"]["total"] == 1
    assert client.get("subscriptions", status="active")["data"] == []
    shop.advance("2026-02-10T18:00")
    assert client.get(f"subscriptions/{made['id']}")["status"] == "active"
    assert client.get("subscriptions", status="active")["meta"]["total"] == 1
    assert [entry["amount"] for entry in shop.ledger()] == [34.99]


def test_each_product_is_billed_by_its_own_interval_count_and_side(shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed(
        products=[
            GOLD | {"count": 2},
            {"product_name": "Setup", "billing_interval_period": "once", "prices": [{"type": "fee", "amount": 5000}]},
            TOWELS | {"billing_interval_count": 2},
            {"product_name": "Usage", "start_or_end": "end", "prices": [{"type": "fee", "amount": 100}]},
        ]
    )
    assert [one["payment_interval"]["period"] for one in made["products"]] == ["all", "once", "months", "all"]
    assert [one["payment_schedule"] for one in made["products"]] == ["start", "start", "start", "end"]
    shop.advance("2026-03-02T00:00")
    # Two gold and the setup and the towels; gold and the usage of January; gold, towels and the usage of February.
    assert [entry["amount"] for entry in shop.ledger()] == [150.98, 70.98, 101.98]


def test_amounts_are_minor_units_also_where_a_currency_has_none_or_three(client: Hyperline, shop: Merchant) -> None:
    yen = client.confirmed(currency="JPY")
    dinar = client.confirmed(currency="BHD")
    assert (yen["next_payment_amount"], dinar["next_payment_amount"]) == (3499, 3499)
    assert sorted((one["currency"], one["amount"]) for one in shop.ledger()) == [("BHD", 3.499), ("JPY", 3499)]


def test_the_interval_of_the_first_product_that_repeats_is_the_subscriptions(client: Hyperline) -> None:
    made = client.subscribe(
        products=[TOWELS | {"billing_interval_count": 3}, GOLD],
        billing_interval_period=None,
        billing_interval_count=None,
    )
    assert made["billing_interval"] == {"period": "months", "count": 3}


def test_a_product_of_the_catalog_lends_its_name_and_price(client: Hyperline) -> None:
    towels = client.post("products", {"name": "Towels", "prices": [{"type": "fee", "amount": 3100}]}, 201)
    made = client.subscribe(products=[{"product_id": towels["id"]}, {"id": towels["id"], "price": {"amount": 7}}])
    assert [(one["id"], one["name"], one["prices"][0]["amount"]) for one in made["products"]] == [
        (towels["id"], "Towels", 3100),
        (towels["id"], "Towels", 7),
    ]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"customer_id": ""}, "customer_id: It is required"),
    ({"products": []}, "products: Give at least one."),
    ({"products": [{"product_id": "unknown"}]}, "products.0.product_id: There is no product with this id"),
    ({"products": [{"product_name": "Towels"}]}, "products.0.prices: Give the price"),
    ({"products": [GOLD | {"count": 0}]}, "products.0.count"),
    ({"products": [GOLD | {"count": True}]}, "products.0.count"),
    ({"products": [GOLD | {"type": "seat"}]}, "products.0.type: Give one of fee"),
    ({"products": [GOLD | {"prices": [{"type": "volume", "amount": 1}]}]}, "products.0.prices.0.type: Give one of fee"),
    ({"products": [GOLD | {"prices": [{"type": "fee", "amount": 0}]}]}, "products.0.prices.0.amount"),
    ({"products": [GOLD | {"prices": [{"type": "fee", "amount": 34.99}]}]}, "products.0.prices.0.amount"),
    ({"products": [GOLD | {"prices": [{"type": "fee", "amount": "3499"}]}]}, "products.0.prices.0.amount"),
    ({"products": [GOLD | {"prices": [{"type": "fee", "amount": 10**14}], "count": 10**6}]}, "products.0.count"),
    ({"products": [GOLD | {"prices": [{"type": "fee", "amount": 10**14}]}]}, "at most 12 digits"),
    ({"products": [GOLD | {"start_or_end": "middle"}]}, "products.0.start_or_end: Give one of start, end"),
    (
        {"products": [GOLD | {"billing_interval_period": "fortnights"}]},
        "products.0.billing_interval_period: Give one of",
    ),
    (
        {"products": [GOLD | {"billing_interval_period": "once", "billing_interval_count": 2}]},
        "products.0.billing_interval_count: The count must be 1",
    ),
    ({"products": [GOLD | {"billing_interval_period": "once"}]}, "products: At least one product must be billed"),
    ({"billing_interval_period": "once"}, "billing_interval_period: Give one of days, weeks"),
    ({"billing_interval_period": None, "billing_interval_count": None}, "billing_interval_period: Give how often"),
    ({"billing_interval_count": 1001}, "billing_interval_count"),
    ({"currency": "XXX"}, "currency"),
    ({"activation_strategy": "manually"}, "activation_strategy: Give one of checkout"),
    ({"starts_at": "tomorrow"}, "starts_at: Give a moment"),
    ({"starts_at": "2023-02-29"}, "starts_at: There is no such"),
    ({"starts_at": "2024-01-01"}, "starts_at: The start date lies more than one year"),
    ({"cancel_at": "2025-12-01"}, "cancel_at"),
    ({"custom_properties": []}, "custom_properties: Give an object"),
    ({"phases": [{"products": [GOLD]}]}, "products: Give products, or phases"),
]


def test_what_is_wrong_is_named_and_nothing_is_made(portal: Portal, client: Hyperline) -> None:
    body = {
        "customer_id": client.customer(),
        "products": [GOLD],
        "billing_interval_period": "months",
        "billing_interval_count": 1,
    }
    for changes, words in WRONG:
        assert words in client.refused("POST", "subscriptions", json=body | changes), changes
    assert portal.rows(Subscription) == []


def test_a_customer_who_is_not_there_or_another_sites_is_404(portal: Portal, client: Hyperline) -> None:
    other = Hyperline(portal.merchant("Other"))
    body = {"products": [GOLD], "billing_interval_period": "months"}
    for customer_id in (other.customer(), "39772634", "0199c1f5-8a51-7d07-8b4c-6a1f0c9d3e11"):
        words = client.refused("POST", "subscriptions", 404, json=body | {"customer_id": customer_id})
        assert words == "There is no customer with this id."


def test_put_changes_what_is_named_and_leaves_the_rest(portal: Portal, client: Hyperline) -> None:
    made = client.subscribe(custom_properties={"a": 1})
    path = f"subscriptions/{made['id']}"
    assert client.put(path, {"name": "Platinum"})["custom_properties"] == {"a": 1}
    changed = client.put(path, {"custom_properties": {"b": 2}, "starts_at": "2026-01-15"})
    assert (changed["name"], changed["custom_properties"]) == ("Platinum", {"b": 2})
    assert changed["starts_at"] == "2026-01-15T00:00:00-06:00"
    products = client.put(path, {"products": [GOLD, TOWELS]})["products"]
    assert [one["id"] for one in products] == ["gold", "towels"]
    assert len(portal.rows(Terms)) == 4
    client.confirm(client.get(path))
    assert "change products by updates" in client.refused("PUT", path, json={"products": [GOLD]})
    assert "day after today" in client.refused("PUT", path, json={"cancel_at": "2025-01-01"})
    assert client.put(path, {"cancel_at": "2026-03-01T00:00:00Z"})["cancel_at"] == "2026-03-01T00:00:00-06:00"
    assert client.put(path, {"cancel_at": None})["cancel_at"] is None


def test_who_saw_an_older_state_changes_nothing(client: Hyperline) -> None:
    made = client.subscribe()
    path = f"subscriptions/{made['id']}"
    tag = client.call("GET", path).headers["ETag"]
    client.put(path, {"custom_properties": {"a": 1}})
    for method, where in (("PUT", path), ("POST", f"{path}/cancel"), ("POST", f"{path}/activate")):
        client.refused(method, where, 412, json={}, headers={"If-Match": tag})
    assert client.get(path)["status"] == "pending"


def test_what_another_dialect_made_is_read_as_a_subscription_of_one_product(shop: Merchant, client: Hyperline) -> None:
    own = shop.post(lines=[{"description": "Towels", "amount": 31, "id": "towels"}]).json["_id"]
    found = client.get("subscriptions/439772921")
    assert found["id"] == own
    assert [(one["id"], one["name"], one["prices"][0]["amount"]) for one in found["products"]] == [
        ("base", "Gold+ Plan", 3499),
        ("towels", "Towels", 3100),
    ]
