"""The door of the dialect: keys, errors as one message, limits in its own names, and nobody else's data."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.api.hyperline.client import GOLD, Hyperline
from tests.harness import Merchant, Portal


def test_a_bearer_key_opens_it_and_nothing_else(portal: Portal, shop: Merchant) -> None:
    for headers in ({}, {"Authorization": "Bearer sk_test_wrong"}, {"Authorization": shop.api_key}):
        answer = portal.client.get("/v1/subscriptions", headers=headers)
        assert (answer.status_code, set(answer.json)) == (401, {"message"})
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert portal.client.get(f"/v1/subscriptions?api_key={shop.api_key}").status_code == 401
    answer = Hyperline(shop).call("GET", "subscriptions/")
    assert answer.json == {"meta": {"total": 0, "taken": 0, "skipped": 0}, "data": []}
    assert answer.headers["X-Request-Id"]


def test_the_limit_is_told_in_its_own_names_beside_ours(client: Hyperline) -> None:
    first, second = (client.call("GET", "products").headers for _ in range(2))
    assert first["X-RateLimit-Limit"] == "300"
    assert int(second["X-RateLimit-Remaining"]) <= int(first["X-RateLimit-Remaining"]) < 300
    assert datetime.fromisoformat(second["X-RateLimit-Reset"]).tzinfo is not None
    assert "RateLimit" in second


def test_bodies_that_are_none_are_refused_without_a_trace(client: Hyperline) -> None:
    for body in ("{", "[]", '"x"', '{"name": NaN}', '{"name": 1e309}', '{"name": "a", "name": "b"}', "[" * 40):
        answer = client.call("POST", "products", data=body, content_type="application/json")
        assert (answer.status_code, set(answer.json)) == (400, {"message"}), body
    assert client.call("POST", "products", data="name=x").status_code == 415
    assert client.refused("GET", "nowhere", 404)
    assert client.refused("DELETE", "products", 405)
    assert client.get("products")["data"] == []


def test_fields_that_are_not_the_callers_are_never_set(client: Hyperline) -> None:
    made = client.subscribe(status="active", id="0199c1f5-8a51-7d07-8b4c-6a1f0c9d3e11", site_id="x", version=9)
    assert made["status"] == "pending"
    assert made["id"] != "0199c1f5-8a51-7d07-8b4c-6a1f0c9d3e11"


def test_products_are_made_listed_and_read(portal: Portal, client: Hyperline) -> None:
    body = {"name": "Towels", "description": "Fresh", "type": "fee", "prices": [{"type": "fee", "amount": 3100}]}
    made = client.post("products", body, 201)
    assert {name: made[name] for name in body} == body
    assert (made["currency"], made["description_display_interval_dates"]) == ("USD", True)
    assert client.get(f"products/{made['id']}") == made
    assert client.get("products", name__contains="tow")["data"] == [made]
    client.confirmed(products=[GOLD])  # a product of a subscription's own is not in the catalog
    assert client.get("products")["meta"]["total"] == 1
    other = Hyperline(portal.merchant("Other"))
    assert other.get("products")["data"] == []
    assert other.refused("GET", f"products/{made['id']}", 404) == client.refused("GET", "products/x", 404)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "name: It is required"),
        ({"name": 5}, "name: Give a text"),
        ({"prices": None}, "prices: It is required"),
        ({"prices": [{"type": "fee", "amount": 1}] * 2}, "prices: Give at most 1"),
        ({"prices": [{"type": "fee", "amount": -5}]}, "prices.0.amount"),
        ({"type": "seat"}, "type: Give one of fee"),
        ({"currency": "usd"}, "currency: Give an ISO 4217 code"),
    ],
)
def test_a_product_that_is_wrong_is_not_made(client: Hyperline, changes: dict[str, object], words: str) -> None:
    body = {"name": "Towels", "prices": [{"type": "fee", "amount": 3100}]} | changes
    assert words in client.refused("POST", "products", json=body)
    assert client.get("products")["data"] == []


def test_customers_are_made_listed_read_and_updated(portal: Portal, client: Hyperline) -> None:
    john = client.post(
        "customers",
        {
            "name": "John Ray Doe",
            "type": "person",
            "external_id": "c-1",
            "billing_email": "John@abc.com",
            "language": "fr",
        },
        201,
    )
    assert (john["name"], john["type"], john["language"]) == ("John Ray Doe", "person", "fr")
    acme = client.post("customers", {"name": "Acme", "email": "billing@acme.example", "phone": "(111) 222-3333"}, 201)
    assert (acme["type"], acme["phone"], acme["billing_email"]) == ("corporate", "+11112223333", "billing@acme.example")
    assert client.get(f"customers/{john['id']}") == john
    changed = client.put(f"customers/{acme['id']}", {"billing_email": "new@acme.example"})
    assert (changed["name"], changed["billing_email"], changed["phone"]) == ("Acme", "new@acme.example", "+11112223333")
    words = client.refused("POST", "customers", json={"name": "Jane", "external_id": "c-1"})
    assert "external_id: There is a customer with this id already" in words
    assert "external_id" in client.refused("PUT", f"customers/{john['id']}", json={"external_id": "c-2"})
    for body, field in (
        ({"billing_email": "x"}, "billing_email"),
        ({"phone": "12"}, "phone"),
        ({"language": "xx"}, "language"),
    ):
        assert field in client.refused("POST", "customers", json=body)
    other = Hyperline(portal.merchant("Other"))
    for method in ("GET", "PUT"):
        words = other.refused(
            method, f"customers/{john['id']}", 404, json={"name": "Stolen"} if method == "PUT" else None
        )
        assert words == other.refused(method, "customers/x", 404, json={} if method == "PUT" else None)
    assert client.get(f"customers/{john['id']}")["name"] == "John Ray Doe"


def test_a_new_contact_gets_the_link_that_still_waits(portal: Portal, shop: Merchant, client: Hyperline) -> None:
    made = client.subscribe()
    portal.run_jobs()
    client.put(f"customers/{made['customer_id']}", {"billing_email": "new@abc.com"})
    portal.run_jobs()
    assert [message["to"] for message in shop.messages()] == ["new@abc.com", "johndoe@abc.com"]
    found = client.get(f"subscriptions/{made['id']}")
    assert found["checkout_session_id"] != made["checkout_session_id"]
    assert found["checkout_url"] == shop.messages()[0]["link"]
