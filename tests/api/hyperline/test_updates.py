"""Updates: the printed request as it is printed, each kind by each schedule and method, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.billing.models import Invoice
from portal.subscriptions.item_updates import ItemUpdate
from tests.api.hyperline.client import GOLD, NOW, PRINTED, TOWELS, Hyperline, printed
from tests.harness import Merchant, Portal

EXTRA = TOWELS | {"product_id": "extra", "product_name": "Extra"}


def taken(shop: Merchant) -> list[float]:
    return [entry["amount"] for entry in shop.ledger()]


@pytest.fixture
def made(shop: Merchant, client: Hyperline) -> Any:
    """Gold and towels, paid for on January 1; today is January 17, so that 15 of 31 days are left."""
    made = client.confirmed(products=[GOLD, TOWELS])
    shop.advance("2026-01-17T15:00")
    return made


def test_the_printed_request_adds_a_product_and_answers_the_id_of_the_update(
    portal: Portal, shop: Merchant, client: Hyperline
) -> None:
    made = client.confirmed()
    path = f"subscriptions/{made['id']}"
    answer = client.call("POST", f"{path}/update", data=PRINTED, content_type="application/json")
    assert (answer.status_code, set(answer.json)) == (201, {"id"}), answer.text
    portal.run_jobs()
    update = client.get(f"{path}/updates/{answer.json['id']}")
    assert (update["type"], update["status"], update["amount"]) == ("add_product", "applied", 123)
    assert taken(shop) == [34.99, 1.23]
    held = client.get(path)["products"][1]
    assert (held["id"], held["name"], held["description"]) == ("<string>", "<string>", "<string>")
    assert held["payment_interval"] == {"period": "days", "count": 123}
    assert (held["count"], held["prices"]) == (1, [{"type": "fee", "amount": 123}])
    assert held["description_display_interval_dates"] is True
    shop.advance("2026-05-05T00:00")  # 123 days later it is billed again, on a day of its own
    assert taken(shop).count(1.23) == 2


def test_the_printed_request_takes_a_product_of_the_catalog_as_well(client: Hyperline) -> None:
    made = client.confirmed()
    towels = client.post("products", {"name": "Towels", "prices": [{"type": "fee", "amount": 500}]}, 201)
    path = f"subscriptions/{made['id']}"
    client.post(f"{path}/update", printed(product_id=towels["id"], product_name="Bath towels"), 201)
    held = client.get(path)["products"][1]
    assert (held["id"], held["name"], held["prices"][0]["amount"]) == (towels["id"], "Bath towels", 123)


@pytest.mark.parametrize(
    ("kind", "payload", "method", "amount"),
    [
        ("add_product", EXTRA, "pro_rata", 1500),
        ("add_product", EXTRA, "pay_in_full", 3100),
        ("add_product", EXTRA, "do_not_charge", 0),
        ("add_product", EXTRA | {"count": 2}, "pro_rata", 3000),
        ("remove_product", {"product_id": "towels"}, "pro_rata", -1500),
        ("remove_product", {"product_id": "towels"}, "pay_in_full", 0),
        ("remove_product", {"product_id": "towels"}, "do_not_charge", 0),
        ("update_count", {"product_id": "towels", "count": 3}, "pro_rata", 3000),
        ("update_count", {"product_id": "towels", "count": 3}, "pay_in_full", 6200),
        ("update_count", {"product_id": "towels", "count": 3}, "do_not_charge", 0),
        ("update_price", {"product_id": "towels", "prices": [{"type": "fee", "amount": 6200}]}, "pro_rata", 1500),
        ("update_prices", {"product_id": "towels", "prices": [{"type": "fee", "amount": 3000}]}, "pro_rata", -48),
        ("update_price", {"product_id": "towels", "price": {"amount": 6200}}, "do_not_charge", 0),
    ],
)
def test_each_kind_costs_what_its_method_says_and_simulating_it_says_so_before(
    portal: Portal, client: Hyperline, made: Any, kind: str, payload: Any, method: str, amount: int
) -> None:
    body = NOW | {"calculation_method": method, "type": kind, "payload": payload}
    simulated = client.post(f"subscriptions/{made['id']}/simulate-updates", {"updates": [body]})
    assert simulated["amount"] == amount
    assert portal.rows(ItemUpdate) == []
    update = client.update(made, kind, payload, calculation_method=method)
    assert (update["status"], update["amount"], update["calculation_method"]) == ("applied", amount, method)
    assert (update["invoice_id"] is not None) == (amount > 0)


def test_what_is_due_at_once_is_charged_at_once_and_the_rest_follows_the_calendar(
    shop: Merchant, client: Hyperline, made: Any
) -> None:
    client.update(made, "add_product", EXTRA)
    assert taken(shop) == [65.99, 15.00]
    shop.advance("2026-02-02T00:00")
    assert taken(shop) == [65.99, 15.00, 96.99]


def test_the_next_invoice_carries_what_waits_for_it(shop: Merchant, client: Hyperline, made: Any) -> None:
    simulated = client.post(
        f"subscriptions/{made['id']}/simulate-updates",
        {"updates": [NOW | {"payment_schedule": "next_invoice", "type": "add_product", "payload": EXTRA}]},
    )
    assert (simulated["amount"], simulated["invoices"]) == (1500, [])
    assert [(one["date"], one["amount"]) for one in simulated["next_invoices"]] == [
        ("2026-02-01", 11199),
        ("2026-03-01", 9699),
        ("2026-04-01", 9699),
    ]
    client.update(made, "add_product", EXTRA, payment_schedule="next_invoice")
    assert taken(shop) == [65.99]
    shop.advance("2026-03-02T00:00")
    assert taken(shop) == [65.99, 111.99, 96.99]


def test_a_custom_day_has_an_invoice_of_its_own(shop: Merchant, client: Hyperline, made: Any) -> None:
    update = client.update(made, "add_product", EXTRA, payment_schedule="custom", charge_at="2026-01-20T00:00:00Z")
    assert (update["charge_at"], taken(shop)) == ("2026-01-20T00:00:00-06:00", [65.99])
    shop.advance("2026-01-20T18:00")
    assert taken(shop) == [65.99, 15.00]


def test_a_credit_pays_for_the_next_invoice(shop: Merchant, client: Hyperline, made: Any) -> None:
    client.update(made, "remove_product", {"product_id": "towels"})
    shop.advance("2026-03-02T00:00")
    assert taken(shop) == [65.99, 19.99, 34.99]


def test_a_scheduled_one_waits_for_its_day_and_can_be_taken_back(shop: Merchant, client: Hyperline, made: Any) -> None:
    path, when = f"subscriptions/{made['id']}", {"application_schedule": "scheduled", "apply_at": "2026-01-25"}
    kept = client.update(made, "add_product", EXTRA, **when)
    dropped = client.update(made, "remove_product", {"product_id": "towels"}, **when)
    assert (kept["status"], kept["apply_at"]) == ("scheduled", "2026-01-25T00:00:00-06:00")
    assert client.post(f"{path}/updates/{dropped['id']}/cancel")["status"] == "cancelled"
    assert "cannot become canceled" in client.refused("POST", f"{path}/updates/{dropped['id']}/cancel", json={})
    assert [one["id"] for one in client.get(f"{path}/updates")["data"]] == [dropped["id"], kept["id"]]
    simulated = client.post(
        f"{path}/simulate-updates", {"updates": [NOW | when | {"type": "add_product", "payload": EXTRA}]}
    )
    shop.advance("2026-01-25T18:00")
    assert client.get(f"{path}/updates/{kept['id']}")["status"] == "applied"
    assert (simulated["amount"], taken(shop)) == (700, [65.99, 7.00])


@pytest.mark.parametrize(
    ("day", "kind"), [("2026-01-31", "add_product"), ("2026-02-01", "add_product"), ("2026-02-01", "update_count")]
)
def test_simulating_a_planned_change_says_what_it_will_cost_also_around_a_due_date(
    shop: Merchant, client: Hyperline, made: Any, day: str, kind: str
) -> None:
    payload: Any = EXTRA if kind == "add_product" else {"product_id": "towels", "count": 2}
    body = NOW | {"application_schedule": "scheduled", "apply_at": day, "type": kind, "payload": payload}
    said = client.post(f"subscriptions/{made['id']}/simulate-updates", {"updates": [body]})["amount"]
    update_id = client.post(f"subscriptions/{made['id']}/update", body, 201)["id"]
    shop.advance("2026-02-10T00:00")
    assert client.get(f"subscriptions/{made['id']}/updates/{update_id}")["amount"] == said


def test_several_at_once_are_all_done_or_none(portal: Portal, shop: Merchant, client: Hyperline, made: Any) -> None:
    path = f"subscriptions/{made['id']}"
    two = [
        {"type": "update_count", "payload": {"product_id": "towels", "count": 3}},
        {"type": "update_price", "payload": {"product_id": "towels", "prices": [{"type": "fee", "amount": 1550}]}},
    ]
    one_wrong = [*two, {"type": "remove_product", "payload": {"product_id": "slippers"}}]
    assert "no such line" in client.refused("POST", f"{path}/update-many", 404, json=NOW | {"updates": one_wrong})
    assert portal.rows(ItemUpdate) == []
    said = client.post(f"{path}/simulate-updates", NOW | {"updates": two})["amount"]
    ids = [one["id"] for one in client.post(f"{path}/update-many", NOW | {"updates": two}, 201)]
    portal.run_jobs()
    updates = [client.get(f"{path}/updates/{one}") for one in ids]
    assert [one["type"] for one in updates] == ["update_count", "update_price"]
    assert sum(one["amount"] for one in updates) == said == 3000 - 2250
    held = client.get(path)["products"][1]
    assert (held["count"], held["prices"][0]["amount"]) == (3, 1550)


def test_what_stands_in_an_update_goes_before_what_stands_beside_all(client: Hyperline, made: Any) -> None:
    own = {"type": "add_product", "payload": EXTRA, "calculation_method": "do_not_charge"}
    body = NOW | {"updates": [own, {"type": "update_count", "payload": {"product_id": "extra", "count": 2}}]}
    first, second = client.post(f"subscriptions/{made['id']}/update-many", body, 201)
    path = f"subscriptions/{made['id']}/updates"
    assert client.get(f"{path}/{first['id']}")["calculation_method"] == "do_not_charge"
    assert client.get(f"{path}/{second['id']}")["calculation_method"] == "pro_rata"


def test_before_the_customers_yes_it_becomes_part_of_what_they_confirm(shop: Merchant, client: Hyperline) -> None:
    made = client.subscribe()
    update = client.update(made, "add_product", EXTRA)
    assert (update["status"], update["amount"]) == ("applied", 0)
    client.confirm(made)
    assert taken(shop) == [65.99]


def test_the_same_call_again_under_its_key_adds_nothing(portal: Portal, client: Hyperline, made: Any) -> None:
    def ask() -> Any:
        return client.call(
            "POST", f"subscriptions/{made['id']}/update", data=PRINTED, content_type="application/json",
            headers={"Idempotency-Key": "once"},
        )  # fmt: skip

    first, again = ask(), ask()
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(portal.rows(ItemUpdate)) == 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"type": "add_seat"}, "type: Give one of"),
    ({"type": None}, "type: Give one of"),
    ({"payload": None}, "payload: Give an object"),
    ({"payload": []}, "payload: Give an object"),
    ({"application_schedule": "later"}, "application_schedule: Give one of immediately, scheduled"),
    ({"application_schedule": None}, "application_schedule: It is required"),
    ({"application_schedule": "scheduled"}, "apply_at: Give the day"),
    ({"apply_at": "2026-02-01"}, "apply_at: Leave it out"),
    ({"application_schedule": "scheduled", "apply_at": "2026-01-16"}, "apply_at: Give today or a later day"),
    ({"application_schedule": "scheduled", "apply_at": "9999-01-01"}, "apply_at: Give a day within"),
    ({"payment_schedule": "never"}, "payment_schedule: Give one of immediately, next_invoice, custom"),
    ({"payment_schedule": "custom"}, "charge_at: Give the day"),
    ({"payment_schedule": "custom", "charge_at": "2026-01-17"}, "charge_at: The charge date must lie in the future"),
    ({"charge_at": "2026-01-20"}, "charge_at: Leave it out"),
    ({"calculation_method": "half"}, "calculation_method: Give one of pro_rata, pay_in_full, do_not_charge"),
    ({"calculation_method": ""}, "calculation_method: It is required"),
    ({"refund_method": "external"}, "refund_method: Give one of wallet"),
    ({"payload": {"product_id": "slippers"}}, "payload.product_id: There is no product with this id"),
    ({"payload": {"product_name": "Slippers"}}, "payload.prices: Give the price"),
    ({"payload": EXTRA | {"type": "seat"}}, "payload.type: Give one of fee"),
    ({"payload": EXTRA | {"prices": [{"type": "tier", "amount": 1}]}}, "payload.prices.0.type: Give one of fee"),
    ({"payload": EXTRA | {"prices": [{"type": "fee", "amount": -1}]}}, "payload.prices.0.amount"),
    ({"payload": EXTRA | {"prices": [{"type": "fee"}]}}, "payload.prices.0.amount: It is required"),
    ({"payload": EXTRA | {"prices": []}}, "payload.prices: Give at least one."),
    ({"payload": EXTRA | {"billing_interval_period": "moons"}}, "payload.billing_interval_period: Give one of days"),
    (
        {"payload": EXTRA | {"billing_interval_period": "all", "billing_interval_count": 2}},
        "payload.billing_interval_count: The count must be 1 with all",
    ),
    ({"payload": EXTRA | {"billing_interval_count": 0}}, "payload.billing_interval_count"),
    ({"payload": EXTRA | {"start_or_end": "both"}}, "payload.start_or_end: Give one of start, end"),
    ({"payload": EXTRA | {"count": 1.5}}, "payload.count"),
    ({"payload": EXTRA | {"billing_interval_period": "once"} | {"billing_interval_count": 1}}, "billed once"),
    ({"type": "remove_product", "payload": {}}, "payload.product_id: It is required"),
    ({"type": "update_count", "payload": {"product_id": "towels"}}, "payload.count: It is required"),
    ({"type": "update_price", "payload": {"product_id": "towels"}}, "payload.prices: It is required"),
]


def test_what_is_wrong_is_named_and_nothing_changes(portal: Portal, client: Hyperline, made: Any) -> None:
    path = f"subscriptions/{made['id']}"
    for changes, words in WRONG:
        body = NOW | {"type": "add_product", "payload": EXTRA} | changes
        assert words in client.refused("POST", f"{path}/update", json=body)
        for where in ("update-many", "simulate-updates"):
            many = client.refused("POST", f"{path}/{where}", json={"updates": [body]})
            assert words.partition(":")[0] in many, changes
    assert portal.rows(ItemUpdate) == []
    assert len(client.get(path)["products"]) == 2


def test_a_product_that_is_not_there_is_404_and_the_last_one_stays(client: Hyperline) -> None:
    made = client.confirmed()
    path = f"subscriptions/{made['id']}/update"
    body = NOW | {"type": "remove_product", "payload": {"product_id": "slippers"}}
    assert client.refused("POST", path, 404, json=body) == "This subscription has no such line."
    words = client.refused("POST", path, json=body | {"payload": {"product_id": "gold"}})
    assert "The total must be above zero" in words


@pytest.mark.parametrize("state", ["paused", "cancelled", "voided"])
def test_products_change_in_an_active_one_or_before_the_yes_alone(client: Hyperline, state: str) -> None:
    made = client.subscribe() if state == "voided" else client.confirmed()
    path = f"subscriptions/{made['id']}"
    assert client.post(f"{path}/{'pause' if state == 'paused' else 'cancel'}")["status"] == state
    body = NOW | {"type": "add_product", "payload": EXTRA}
    for where, sent in (
        ("update", body),
        ("update-many", {"updates": [body]}),
        ("simulate-updates", {"updates": [body]}),
    ):
        assert "Items change while a subscription is active" in client.refused("POST", f"{path}/{where}", json=sent)


def test_another_sites_product_is_none(portal: Portal, client: Hyperline, made: Any) -> None:
    other = Hyperline(portal.merchant("Other"))
    theirs = other.post("products", {"name": "Towels", "prices": [{"type": "fee", "amount": 1}]}, 201)["id"]
    body = NOW | {"type": "add_product", "payload": {"product_id": theirs}}
    assert "There is no product" in client.refused("POST", f"subscriptions/{made['id']}/update", json=body)
    client.update(made, "add_product", EXTRA | {"product_id": theirs})
    assert client.get(f"subscriptions/{made['id']}")["products"][2]["name"] == "Extra"


def test_no_instalment_of_the_change_is_ever_billed_twice(portal: Portal, shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed()
    for number in range(3):
        client.update(made, "add_product", EXTRA | {"product_id": f"p{number}"})
    shop.advance("2026-04-02T00:00")
    slots = [(one.subscription_id, one.slot) for one in portal.rows(Invoice)]
    assert len(slots) == len(set(slots)) == 1 + 3 + 3
    assert taken(shop) == [34.99, 31, 31, 31, 127.99, 127.99, 127.99]


def test_the_printed_text_is_json_of_the_seed() -> None:
    assert json.loads(PRINTED)["payload"]["prices"] == [{"type": "fee", "amount": 123}]


SPRING = {"coupon_id": "spring", "name": "SPRING", "type": "percent", "discount_percent": 10}


@pytest.mark.parametrize(
    ("coupon", "method", "amount", "after"),
    [
        (SPRING, "pro_rata", -319, 59.39),
        (SPRING, "pay_in_full", 0, 59.39),
        (SPRING, "do_not_charge", 0, 59.39),
        ({"coupon_id": "five", "type": "amount", "discount_amount": 500}, "pro_rata", -242, 60.99),
        ({"id": "t", "discount_percent": 50, "product_ids": ["towels"]}, "pro_rata", -750, 50.49),
        ({"coupon_id": "twice", "discount_amount": 500, "duration_count": 2}, "pro_rata", 0, 60.99),
    ],
)
def test_a_coupon_comes_off_from_its_day_on(
    shop: Merchant, client: Hyperline, made: Any, coupon: Any, method: str, amount: int, after: float
) -> None:
    path = f"subscriptions/{made['id']}"
    body = NOW | {"calculation_method": method, "type": "add_coupon", "payload": coupon}
    assert client.post(f"{path}/simulate-updates", {"updates": [body]})["amount"] == amount
    assert client.update(made, "add_coupon", coupon, calculation_method=method)["amount"] == amount
    (held,) = client.get(path)["coupons"]
    assert held["id"] == coupon.get("coupon_id", coupon.get("id"))
    assert (held["product_id"], held["duration_count"]) == (
        coupon.get("product_ids", [None])[0],
        coupon.get("duration_count"),
    )
    shop.advance("2026-04-02T00:00")
    credited = round(after + amount / 100, 2)
    assert taken(shop)[1:] == [credited, after, 65.99 if coupon.get("duration_count") else after]


def test_a_coupon_that_is_taken_off_again_costs_what_it_took(client: Hyperline, made: Any) -> None:
    client.update(made, "add_coupon", SPRING)
    assert client.update(made, "remove_coupon", {"coupon_id": "spring"})["amount"] == 319
    assert client.get(f"subscriptions/{made['id']}")["coupons"] == []


def test_a_coupon_that_cannot_be_is_refused(client: Hyperline, made: Any) -> None:
    path = f"subscriptions/{made['id']}/update"

    def refused(kind: str, payload: Any, status: int = 400) -> str:
        return client.refused("POST", path, status, json=NOW | {"type": kind, "payload": payload})

    assert "payload.discount_percent: Give either" in refused("add_coupon", {"coupon_id": "x"})
    assert "payload.discount_percent: Give either" in refused("add_coupon", SPRING | {"discount_amount": 5})
    assert "payload.type: A coupon of type amount" in refused("add_coupon", SPRING | {"type": "amount"})
    assert "payload.type: Give one of percent, amount" in refused("add_coupon", SPRING | {"type": "half"})
    assert "payload.discount_percent" in refused("add_coupon", SPRING | {"discount_percent": 101})
    assert "payload.discount_percent: A percentage has" in refused("add_coupon", SPRING | {"discount_percent": 1e-9})
    assert "payload.duration_count" in refused("add_coupon", SPRING | {"duration_count": 0})
    assert "no such line" in refused("add_coupon", SPRING | {"product_id": "slippers"}, 404)
    assert "no such coupon" in refused("remove_coupon", {"coupon_id": "winter"}, 404)
    client.update(made, "add_coupon", SPRING)
    assert "already" in refused("add_coupon", SPRING)
