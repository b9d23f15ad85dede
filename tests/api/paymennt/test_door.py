"""Keys in every header pair, one envelope for everything, every error a 400 but for keys, and nobody else's data."""

from __future__ import annotations

import pytest

from portal.api.paymennt.door import PAIRS
from tests.api.paymennt.client import PRINTED, Paymennt
from tests.harness import Merchant, Portal


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_each_header_pair_opens_the_door(shop: Merchant, pair: tuple[str, str]) -> None:
    assert Paymennt(shop, pair).get("subscription")["content"] == []


def test_a_bearer_key_opens_it_too_and_the_address_is_no_place_for_keys(portal: Portal, shop: Merchant) -> None:
    address = "/mer/v2.0/subscription"
    bearer = {"Authorization": f"Bearer {shop.api_key}"}
    assert portal.client.get(address, headers=bearer).status_code == 200
    assert portal.client.get(address, query_string={"key": shop.key_id, "secret": shop.api_key}).status_code == 401


def test_no_key_a_wrong_secret_or_another_keys_name_is_401(portal: Portal, shop: Merchant) -> None:
    other = portal.merchant("Other")
    wrong = [{}, {"X-Paymennt-Api-Key": shop.key_id}]
    wrong += [{"X-Paymennt-Api-Key": shop.key_id, "X-Paymennt-Api-Secret": "sk_test_wrong"}]
    wrong += [{"X-Paymennt-Api-Key": other.key_id, "X-Paymennt-Api-Secret": shop.api_key}]
    for headers in wrong:
        answer = portal.client.get("/mer/v2.0/subscription", headers=headers)
        assert (answer.status_code, answer.json["success"]) == (401, False)
        assert isinstance(answer.json["elapsed"], int)
        assert answer.headers["X-Request-Id"]


def test_what_is_unknown_or_not_there_is_a_400_in_the_same_envelope(portal: Portal, client: Paymennt) -> None:
    mine = client.subscribe()["id"]
    other = Paymennt(portal.merchant("Other", clock="2021-08-25T08:00"))
    for path in (mine, "1653241101733169556"):
        for method, more in (("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("GET", "/payment")):
            words = other.error(method, f"subscription/{path}{more}")
            assert words == "Subscription not found for API merchant"
    assert client.get(f"subscription/{mine}")["status"] == "ACTIVE"
    for method, path, status in (("GET", "nothing/here", 404), ("DELETE", f"subscription/{mine}", 405)):
        answer = client.call(method, path)
        assert (answer.status_code, answer.json["success"]) == (status, False)


def test_another_sites_customer_cannot_be_named(portal: Portal, client: Paymennt) -> None:
    amina = client.subscribe()["customer"]
    other = Paymennt(portal.merchant("Other", clock="2021-08-25T08:00"))
    body = PRINTED | {"customer": None, "customerId": amina["id"]}
    assert "no customer with this id" in other.error("POST", "subscription", json=body)
    other.error("GET", f"customer/{amina['id']}")
    assert other.subscribe()["customer"]["id"] != amina["id"]


def test_bodies_that_are_none_are_refused_without_a_trace(portal: Portal, client: Paymennt) -> None:
    client.error("POST", "subscription", data="{", content_type="application/json")
    client.error("POST", "subscription", data="[]", content_type="application/json")
    client.error("POST", "subscription", data='{"amount": NaN}', content_type="application/json")
    assert client.call("POST", "subscription", data="amount=1").status_code == 415
    assert client.get("subscription")["totalElements"] == 0


def test_customers_are_saved_listed_and_read(client: Paymennt) -> None:
    saved = client.post("customer", {"id": "C-1", "firstName": "Omar", "lastName": "Said", "email": "omar@example.com"})
    assert (saved["reference"], saved["firstName"]) == ("C-1", "Omar")
    again = client.post("customers", {"id": "C-1", "firstName": "Omar", "phone": "971509876543"})
    assert (again["id"], again["phone"], again["email"]) == (saved["id"], "971509876543", "omar@example.com")
    assert client.get(f"customer/{saved['id']}") == again
    assert client.get("customer")["content"] == [again]
    assert client.error("POST", "customer", json={"firstName": "Nobody"}).startswith("missing email")


def test_the_lists_ask_the_database_as_often_for_one_as_for_many(portal: Portal, client: Paymennt) -> None:
    from tests.checkout.test_query_counts import counted

    counts = []
    for _ in range(2):
        for _ in range(4 if counts else 1):
            client.subscribe()
        with counted(portal) as statements:
            client.get("subscription")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 4
