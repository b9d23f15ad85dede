"""Coupons through the API, on the clock: on the page, on the invoices they come off, and in the middle of a period."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.billing.test_items import change, subscribe, taken
from tests.harness import Customer, Merchant, Portal

LOCKER = {"id": "locker", "description": "Locker", "amount": 15}


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


def add(shop: Merchant, name: str = "SPRING", line: str | None = None, **more: Any) -> Any:
    coupon = {field: more.pop(field) for field in ("percent", "amount", "payments") if field in more}
    return change(shop, type="add_coupon", coupon={"name": name, "line": line} | coupon, **more)


def test_before_the_yes_it_stands_on_the_page_and_comes_off_from_the_first_payment_on(
    portal: Portal, shop: Merchant
) -> None:
    link = shop.post(lines=[LOCKER]).json["link"]
    assert add(shop, percent=10, payments=2)["status"] == "applied"
    page = Customer(portal, link).page().text
    assert "Coupon SPRING" in page
    assert "-10%" in page
    assert "for 2 payments" in page
    assert "$44.99" in page  # 49.99 less 5.00, today
    Customer(portal, link).confirm()
    portal.run_jobs()
    shop.advance("2026-04-01T00:00")
    assert [amount for _, amount in taken(shop)] == ["44.99", "44.99", "49.99"]
    invoice = shop.subscription()["invoices"][0]
    assert [(line["kind"], line["description"], line["amount"]) for line in invoice["lines"]] == [
        ("base", "Gold+ Plan", 34.99),
        ("add_on", "Locker", 15.00),
        ("coupon", "Coupon SPRING", -5.00),
    ]
    assert shop.subscription()["coupons"] == [
        {"id": "coupon-1", "name": "SPRING", "percent": 10, "amount": None, "line": None, "payments": 2,
         "first_payment": 1}
    ]  # fmt: skip


def test_a_first_payment_of_nothing_needs_no_charge(portal: Portal, shop: Merchant) -> None:
    link = shop.post().json["link"]
    add(shop, "WELCOME", percent=100, payments=1)
    Customer(portal, link).confirm()
    portal.run_jobs()
    assert shop.subscription()["status"] == "active"
    assert taken(shop) == []
    shop.advance("2026-03-01T00:00")
    assert taken(shop) == [("2026-02-28", "34.99")]
    assert [(one["status"], one["totals"]["total"]) for one in shop.subscription()["invoices"]] == [
        ("paid", 0), ("paid", 34.99),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("collection", ["automatic", "link"])
def test_where_the_last_payment_is_nothing_it_is_completed_all_the_same(
    portal: Portal, shop: Merchant, count: int, collection: str
) -> None:
    link = shop.post(number_of_payments=count, collection=collection, start_date="2026-02-10").json["link"]
    add(shop, "FREE", percent=100, payments=count)
    if collection == "automatic":
        Customer(portal, link).confirm()
    shop.advance("2026-05-01T00:00")
    subscription = shop.subscription()
    assert (subscription["status"], subscription["close_reason"]) == ("closed", "completed")
    assert [one["status"] for one in subscription["invoices"]] == ["paid"] * count


def test_afterwards_one_for_a_number_of_payments_comes_off_the_next_whole_ones(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    assert add(shop, "SORRY", amount=5, payments=1)["status"] == "applied"
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "29.99"), ("2026-03-31", "34.99")]


@pytest.mark.parametrize(
    ("method", "next_one"),
    # Period of 28 days, 18 left: 10 % of 34.99 is 3.50, of which 2.25 are given back.
    [("pro_rata", "29.24"), ("pay_in_full", "31.49"), ("do_not_charge", "31.49")],
)
def test_one_for_ever_gives_back_its_days_of_this_period_or_begins_with_the_next(
    portal: Portal, shop: Merchant, method: str, next_one: str
) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    add(shop, percent=10, calculation_method=method)
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", next_one), ("2026-03-31", "31.49")]


@pytest.mark.parametrize(("method", "now"), [("pro_rata", "2.25"), ("pay_in_full", "3.50"), ("do_not_charge", None)])
def test_taken_off_again_it_costs_its_days_once_the_customer_was_told(
    portal: Portal, shop: Merchant, method: str, now: str | None
) -> None:
    link = shop.post().json["link"]
    coupon = {"name": "SPRING", "percent": 10, "id": "spring"}
    change(shop, type="add_coupon", coupon=coupon)
    Customer(portal, link).confirm()
    portal.run_jobs()
    shop.advance("2026-02-10T15:00")
    update = change(shop, type="remove_coupon", coupon_id="spring", calculation_method=method)
    assert update["status"] == "waiting"  # it makes payments dearer
    portal.run_jobs()
    shop.advance("2026-04-01T00:00")
    beside = [("2026-02-10", now)] if now else []
    assert taken(shop) == [("2026-01-31", "31.49"), *beside, ("2026-02-28", "34.99"), ("2026-03-31", "34.99")]


def test_a_coupon_that_is_not_used_up_is_not_taken_away_before_the_customer_was_told(
    portal: Portal, shop: Merchant
) -> None:
    by_email = {"external_id": "1", "email": "ada@example.com", "notification_options": {"notify_email": True}}
    subscribe(portal, shop, customer=by_email)
    add(shop, amount=5, payments=3)
    assert change(shop, type="remove_coupon", coupon_id="coupon-1")["status"] == "waiting"
    portal.run_jobs()
    (notice,) = [one for one in shop.messages() if "now none" in one["body"]]
    assert "Coupons: was SPRING: $5.00 off 3 payments, now none" in notice["body"]
    shop.advance("2026-03-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "34.99")]


def test_what_is_removed_is_given_back_less_the_coupon_that_came_off_it(portal: Portal, shop: Merchant) -> None:
    link = shop.post(lines=[LOCKER]).json["link"]
    add(shop, percent=50)
    Customer(portal, link).confirm()
    portal.run_jobs()
    shop.advance("2026-02-10T15:00")
    change(shop, type="remove_product", line="locker")
    shop.advance("2026-03-01T00:00")
    # 18 of 28 days of 15.00 are 9.64; half of 49.99 is 25.00, of 34.99 is 17.50: 7.50 less off, 4.82 for these days.
    assert taken(shop) == [("2026-01-31", "24.99"), ("2026-02-28", f"{Decimal('17.49') - Decimal('4.82'):.2f}")]


def test_what_is_added_is_charged_less_the_coupon(portal: Portal, shop: Merchant) -> None:
    link = shop.post().json["link"]
    add(shop, percent=50)
    Customer(portal, link).confirm()
    portal.run_jobs()
    shop.advance("2026-02-10T15:00")
    change(shop, type="add_product", product={"id": "towel", "description": "Towels", "amount": 31})
    portal.run_jobs()
    # 19.93, and half of 65.99 (33.00) instead of half of 34.99 (17.50): 15.50 for 28 days is 9.96 for 18.
    assert taken(shop)[1:] == [("2026-02-10", "9.97")]


def test_a_planned_coupon_comes_on_its_day(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    add(shop, amount=5, payments=1, application_schedule="scheduled", apply_on="2026-03-10")
    shop.advance("2026-05-01T00:00")
    assert [amount for _, amount in taken(shop)] == ["34.99", "34.99", "29.99", "34.99"]


def test_a_simulation_shows_the_coupon_on_the_invoices_it_comes_off(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    update = {"type": "add_coupon", "coupon": {"name": "SPRING", "amount": 5, "payments": 1}}
    told = shop.call("POST", "/subscription/439772921/simulate?count=2", json={"updates": [update]}).json["data"]
    assert [one["totals"]["total"] for one in told] == [29.99, 34.99]


@pytest.mark.parametrize(
    ("status", "coupon"),
    [
        (422, {"name": "X"}),
        (422, {"name": "X", "percent": 10, "amount": 1}),
        (422, {"name": "X", "percent": 0}),
        (422, {"name": "X", "percent": "100.5"}),
        (422, {"name": "X", "percent": 100}),  # for ever: nothing would be left to pay
        (422, {"name": "X", "amount": 0}),
        (422, {"name": "X", "amount": "1.234"}),
        (422, {"name": "", "amount": 1}),
        (422, {"name": "X", "amount": 1, "payments": 0}),
        (404, {"name": "X", "amount": 1, "line": "nothing"}),
    ],
)
def test_what_is_no_coupon_is_refused_and_changes_nothing(
    portal: Portal, shop: Merchant, status: int, coupon: dict[str, Any]
) -> None:
    subscribe(portal, shop)
    body = {"type": "add_coupon", "coupon": coupon}
    answer = shop.call("POST", "/subscription/439772921/update", json=body)
    assert answer.status_code == status, answer.text
    assert shop.subscription()["version"] == 1
    assert shop.call("POST", "/subscription/439772921/update", json={"type": "add_coupon"}).status_code == 422
    gone = shop.call("POST", "/subscription/439772921/update", json={"type": "remove_coupon", "coupon_id": "x"})
    assert gone.status_code == 404


def test_of_what_came_free_a_coupon_took_nothing_off(portal: Portal, shop: Merchant) -> None:
    link = shop.post().json["link"]
    add(shop, percent=50)
    Customer(portal, link).confirm()
    portal.run_jobs()
    shop.advance("2026-02-10T15:00")
    change(shop, type="add_product", product=LOCKER, calculation_method="do_not_charge")
    portal.run_jobs()
    for amount in (25, 10):
        change(shop, type="update_price", line="locker", amount=amount)
        portal.run_jobs()
    shop.advance("2026-03-01T00:00")
    # Above the 15.00 that are free 10.00 for 18 of 28 days, less 5.00 for them, is 3.22: charged, and then given back.
    assert taken(shop) == [("2026-01-31", "17.49"), ("2026-02-10", "3.22"), ("2026-02-28", "19.27")]


def test_one_that_begins_with_the_next_period_makes_no_credit_of_this_one_smaller(
    portal: Portal, shop: Merchant
) -> None:
    subscribe(portal, shop, lines=[LOCKER])
    shop.advance("2026-02-10T15:00")
    add(shop, percent=50, calculation_method="do_not_charge")
    change(shop, type="remove_product", line="locker")
    shop.advance("2026-03-01T00:00")
    # 18 of 28 days of 15.00, which were paid whole, are 9.64; half of 34.99 is left to pay.
    assert taken(shop)[1:] == [("2026-02-28", "7.85")]
