"""A change that is charged on a day of its own, and an end that comes sooner: its last invoice bills it, once."""

from __future__ import annotations

import pytest

from portal.subscriptions.item_updates import ItemUpdate
from tests.billing.test_items import change, subscribe, taken
from tests.checkout.own.told import looks, taps, words
from tests.harness import Customer, Merchant, Portal

TOWELS = {"id": "towels", "description": "Towels", "amount": 28}


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


@pytest.fixture
def john(portal: Portal, shop: Merchant) -> Customer:
    """Has towels from 10 February on, whose 18 of 28 days are to be charged on 20 March."""
    customer = subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    change(shop, type="add_product", product=TOWELS, payment_schedule="custom", charge_on="2026-03-20")
    portal.run_jobs()
    return customer


def close(shop: Merchant) -> None:
    assert shop.call("POST", "/subscription/439772921/close").status_code == 200


def test_closed_before_the_day_it_is_billed_at_the_end_and_never_again(
    portal: Portal, shop: Merchant, john: Customer
) -> None:
    shop.advance("2026-02-20T15:00")
    close(shop)
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-20", "18.00")]
    assert portal.row(ItemUpdate).invoice_id is not None
    shop.advance("2026-05-01T00:00")
    assert len(taken(shop)) == 2


def test_goes_on_it_is_billed_on_its_day(portal: Portal, shop: Merchant, john: Customer) -> None:
    shop.advance("2026-03-25T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "62.99"), ("2026-03-20", "18.00")]
    close(shop)
    portal.run_jobs()
    assert len(taken(shop)) == 3


def test_the_customer_reads_it_before_the_tap(portal: Portal, shop: Merchant, john: Customer) -> None:
    shop.advance("2026-02-20T15:00")
    page = looks(john, "cancel")
    assert "$18.00" in words(page)
    assert taps(john, "cancel", page).status_code == 303
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-20", "18.00")]


def test_lost_hints_and_the_day_itself_do_not_lose_or_double_it(portal: Portal, shop: Merchant, john: Customer) -> None:
    shop.advance("2026-03-20T12:00")
    close(shop)
    portal.run_jobs(lose_hints=True)
    shop.advance("2026-03-25T00:00")
    assert [day for day, _ in taken(shop)][2:] == ["2026-03-20"]
    assert taken(shop)[2][1] == "18.00"


def test_canceled_on_a_day_before_it_is_billed_when_that_day_begins(
    portal: Portal, shop: Merchant, john: Customer
) -> None:
    answer = shop.call("POST", "/subscription/439772921/close", json={"at": "2026-03-05"})
    assert answer.status_code == 200, answer.text
    shop.advance("2026-05-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "62.99"), ("2026-03-05", "18.00")]


def test_taken_back_it_is_not_billed_a_second_time(portal: Portal, shop: Merchant, john: Customer) -> None:
    shop.advance("2026-02-20T15:00")
    taps(john, "cancel", looks(john, "cancel"))
    portal.run_jobs()
    assert taps(john, "undo", john.page()).status_code == 303
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-02-20", "18.00"), ("2026-02-28", "62.99"), ("2026-03-31", "62.99")]


def test_in_a_pause_too_it_is_owed_for_what_was_had(portal: Portal, shop: Merchant, john: Customer) -> None:
    shop.advance("2026-02-20T15:00")
    shop.call("POST", "/subscription/439772921/pause", json={})
    shop.advance("2026-02-25T15:00")
    close(shop)
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-25", "18.00")]


def test_of_what_is_billed_in_arrears_only_the_days_that_came(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    product = TOWELS | {"billed": "end"}
    change(shop, type="add_product", product=product, payment_schedule="custom", charge_on="2026-03-20")
    portal.run_jobs()
    shop.advance("2026-02-20T15:00")
    close(shop)
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-20", "10.00")]


def test_by_link_it_is_asked_for_by_a_link(portal: Portal, shop: Merchant) -> None:
    shop.post(collection="link")
    portal.run_jobs()
    shop.advance("2026-02-10T15:00")
    change(shop, type="add_product", product=TOWELS, payment_schedule="custom", charge_on="2026-03-20")
    portal.run_jobs()
    close(shop)
    portal.run_jobs()
    assert [one["totals"]["total"] for one in shop.subscription()["invoices"]] == [34.99, 18.00]
    assert "$18.00" in shop.messages()[0]["body"]


def test_a_credit_of_its_own_day_leaves_what_waits_for_the_next_invoice(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[TOWELS])
    shop.advance("2026-02-10T15:00")
    change(shop, type="remove_product", line="towels", payment_schedule="custom", charge_on="2026-02-20")
    soap = {"id": "soap", "description": "Soap", "amount": 14}
    change(shop, type="add_product", product=soap, payment_schedule="next_invoice")
    portal.run_jobs()
    shop.advance("2026-03-01T00:00")
    # 18 of 28 days: towels 18.00 back, soap 9.00; and soap of the new period.
    assert taken(shop)[1:] == [("2026-02-28", "39.99")]
