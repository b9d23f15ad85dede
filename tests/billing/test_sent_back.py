"""What was sent back is not given back once more: a change in a period whose money went back credits nothing of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from portal.billing.models import Payment
from tests.billing.test_items import change, subscribe, taken
from tests.harness import Customer, Merchant, Portal

FEBRUARY, MARCH = "2026-02-10T15:00", "2026-03-01T00:00"
TOWEL = {"id": "towel", "description": "Towels", "amount": 14}  # 18 of 28 days are left on 10 February: 9.00


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


@pytest.fixture(params=["refund", "void"])
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def add_towel(portal: Portal, shop: Merchant, **more: Any) -> None:
    change(shop, type="add_product", product=TOWEL | more)
    portal.run_jobs()


def more_towels(portal: Portal, shop: Merchant) -> None:
    change(shop, type="update_count", line="towel", quantity=3)
    portal.run_jobs()


def remove_towel(portal: Portal, shop: Merchant) -> None:
    change(shop, type="remove_product", line="towel")
    portal.run_jobs()


def send_back(portal: Portal, shop: Merchant, how: str, amount: str, **body: Any) -> None:
    """The newest payment of this amount goes back."""
    payment = max((one for one in portal.rows(Payment) if str(one.amount.decimal) == amount), key=_made)
    answer = shop.call("POST", f"/payment/{payment.id}/{how}", json=body)
    assert answer.status_code == 200, answer.text


def _made(payment: Payment) -> datetime:
    return payment.created_at


def test_of_an_instalment(portal: Portal, shop: Merchant, how: str) -> None:
    subscribe(portal, shop, lines=[TOWEL])
    send_back(portal, shop, how, "48.99")
    shop.advance(FEBRUARY)
    remove_towel(portal, shop)
    shop.advance(MARCH)
    assert taken(shop)[1:] == [("2026-02-28", "34.99")]


def test_of_what_was_added_and_charged_by_itself(portal: Portal, shop: Merchant, how: str) -> None:
    subscribe(portal, shop)
    shop.advance(FEBRUARY)
    add_towel(portal, shop)
    send_back(portal, shop, how, "9.00")
    remove_towel(portal, shop)
    shop.advance(MARCH)
    assert taken(shop)[1:] == [("2026-02-10", "9.00"), ("2026-02-28", "34.99")]


def test_more_of_it_costs_what_it_is_more_and_only_that_comes_back(portal: Portal, shop: Merchant, how: str) -> None:
    subscribe(portal, shop)
    shop.advance(FEBRUARY)
    add_towel(portal, shop)
    send_back(portal, shop, how, "9.00")
    more_towels(portal, shop)
    remove_towel(portal, shop)
    shop.advance(MARCH)
    assert taken(shop)[2:] == [("2026-02-10", "18.00"), ("2026-02-28", "16.99")]


def test_of_two_charges_the_one_that_is_still_paid_comes_back(portal: Portal, shop: Merchant, how: str) -> None:
    subscribe(portal, shop)
    shop.advance(FEBRUARY)
    add_towel(portal, shop)
    more_towels(portal, shop)
    send_back(portal, shop, how, "18.00")
    remove_towel(portal, shop)
    shop.advance(MARCH)
    assert taken(shop)[3:] == [("2026-02-28", "25.99")]


def test_fewer_of_it_give_back_what_is_still_paid_above_them(portal: Portal, shop: Merchant, how: str) -> None:
    subscribe(portal, shop)
    shop.advance(FEBRUARY)
    add_towel(portal, shop)
    more_towels(portal, shop)
    send_back(portal, shop, how, "9.00")
    change(shop, type="update_count", line="towel", quantity=2)
    shop.advance(MARCH)
    # Two of three are still paid. One towel less: 9.00 come back of the instalment with two.
    assert taken(shop)[3:] == [("2026-02-28", "53.99")]


def test_its_coupon_is_not_charged_for(portal: Portal, shop: Merchant, how: str) -> None:
    link = shop.post().json["link"]
    change(shop, type="add_coupon", coupon={"id": "half", "name": "Half", "percent": 50})
    Customer(portal, link).confirm()
    portal.run_jobs()
    shop.advance(FEBRUARY)
    add_towel(portal, shop)
    send_back(portal, shop, how, "4.50")
    remove_towel(portal, shop)
    shop.advance(MARCH)
    assert taken(shop)[1:] == [("2026-02-10", "4.50"), ("2026-02-28", "17.49")]


def test_of_a_product_with_days_of_its_own(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance(FEBRUARY)
    add_towel(portal, shop, frequency="Weekly")
    shop.advance("2026-02-18T15:00")
    send_back(portal, shop, "refund", "14.00")
    remove_towel(portal, shop)
    shop.advance(MARCH)
    assert taken(shop)[1:] == [("2026-02-10", "14.00"), ("2026-02-17", "14.00"), ("2026-02-28", "34.99")]


def test_a_period_of_it_that_is_over_is_forgotten(portal: Portal, shop: Merchant, how: str) -> None:
    subscribe(portal, shop)
    shop.advance(FEBRUARY)
    add_towel(portal, shop)
    send_back(portal, shop, how, "9.00")
    shop.advance("2026-03-15T15:00")
    remove_towel(portal, shop)
    shop.advance("2026-04-01T00:00")
    # 16 of 31 days of 14.00 are 7.23
    assert taken(shop)[2:] == [("2026-02-28", "48.99"), ("2026-03-31", "27.76")]


def test_a_part_that_was_sent_back_is_for_nothing_in_particular(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[TOWEL])
    send_back(portal, shop, "refund", "48.99", amount_minor=500)
    shop.advance(FEBRUARY)
    remove_towel(portal, shop)
    shop.advance(MARCH)
    assert taken(shop)[1:] == [("2026-02-28", "25.99")]
