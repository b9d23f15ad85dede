"""A pause and a failure: what is billed in arrears is billed for the days on which it was used, each once."""

from __future__ import annotations

import pytest

from portal.core.database import session
from portal.subscriptions.models import Subscription
from tests.billing.bank import SOFT, bank
from tests.billing.test_items import change, subscribe, taken
from tests.checkout.own.told import looks, taps, words
from tests.harness import Merchant, Portal

WATER = {"id": "water", "description": "Water", "amount": 28, "billed": "end"}


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


def asks(shop: Merchant, what: str, **body: str) -> None:
    answer = shop.call("POST", f"/subscription/439772921/{what}", json=body)
    assert answer.status_code == 200, answer.text


def paused(portal: Portal, shop: Merchant, on: str = "2026-02-10", **fields: object) -> None:
    subscribe(portal, shop, **{"lines": [WATER]} | fields)
    shop.advance(f"{on}T15:00")
    asks(shop, "pause")


def water(shop: Merchant) -> list[tuple[str, str, float]]:
    """(first day, last day excluded, amount) of every line of it that was invoiced."""
    return [
        (line["period_start"], line["period_end"], line["amount"])
        for invoice in shop.subscription()["invoices"]
        for line in invoice["lines"]
        if line["description"] == "Water"
    ]


def test_closed_in_a_pause_it_is_billed_up_to_the_pause_once(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop)
    shop.advance("2026-04-20T15:00")
    asks(shop, "close")
    portal.run_jobs()
    assert shop.call("POST", "/subscription/439772921/close").status_code == 409
    portal.run_jobs()
    # 31 January to 10 February are 10 of 28 days of 28.00.
    assert taken(shop)[1:] == [("2026-04-20", "10.00")]
    assert water(shop) == [("2026-01-31", "2026-02-10", 10.00)]


def test_an_end_date_that_passes_in_a_pause_bills_no_day_more(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop, end_date="2026-03-15")
    shop.advance("2026-06-01T00:00")
    assert shop.subscription()["close_reason"] == "expired"
    assert taken(shop)[1:] == [("2026-03-16", "10.00")]


def test_the_customer_reads_it_before_the_tap(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-10T15:00")
    asks(shop, "pause")
    shop.advance("2026-02-20T15:00")
    page = looks(customer, "cancel")
    assert "$10.00" in words(page)
    assert taps(customer, "cancel", page).status_code == 303
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-20", "10.00")]


def test_resumed_within_the_period_the_days_of_the_pause_are_given_back(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop)
    shop.advance("2026-02-17T15:00")
    asks(shop, "resume")
    shop.advance("2026-04-01T00:00")
    # 7 of 28 days.
    assert taken(shop)[1:] == [("2026-02-28", "55.99"), ("2026-03-31", "62.99")]
    assert water(shop)[:2] == [("2026-01-31", "2026-02-28", 28.00), ("2026-02-10", "2026-02-17", -7.00)]


def test_resumed_after_a_date_that_was_left_out_both_parts_are_billed(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop)
    shop.advance("2026-03-10T15:00")
    asks(shop, "resume")
    shop.advance("2026-05-01T00:00")
    # 10 days before the pause (10.00); of the period of 31 days 10 in the pause (9.03).
    assert taken(shop)[1:] == [("2026-03-31", "63.96"), ("2026-04-30", "62.99")]
    assert sorted(water(shop)[:3]) == [
        ("2026-01-31", "2026-02-10", 10.00),
        ("2026-02-28", "2026-03-10", -9.03),
        ("2026-02-28", "2026-03-31", 28.00),
    ]


def test_resumed_on_a_due_date_nothing_of_the_pause_is_billed(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop)
    shop.advance("2026-03-31T13:00")
    asks(shop, "resume")
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-03-31", "44.99")]


def test_a_restart_with_a_new_start_bills_what_was_used_before_the_pause(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop)
    shop.advance("2026-02-15T15:00")
    asks(shop, "resume", start_date="2026-03-05")
    shop.advance("2026-05-01T00:00")
    assert taken(shop)[1:] == [("2026-03-05", "44.99"), ("2026-04-05", "62.99")]
    assert water(shop) == [("2026-01-31", "2026-02-10", 10.00), ("2026-03-05", "2026-04-05", 28.00)]


def test_paused_and_resumed_again_and_again_each_day_is_billed_once(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER])
    for day in (3, 5, 9):
        shop.advance(f"2026-02-{day:02}T15:00")
        asks(shop, "pause")
        shop.advance(f"2026-02-{day + 1:02}T15:00")
        asks(shop, "resume")
    shop.advance("2026-02-20T15:00")
    asks(shop, "close")
    portal.run_jobs()
    # 20 days less three.
    assert taken(shop)[1:] == [("2026-02-20", "17.00")]


def test_what_waits_for_the_end_of_its_period_is_less_for_the_days_of_a_pause(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    change(shop, type="add_product", product=WATER | {"id": "w"}, payment_schedule="next_invoice")
    portal.run_jobs()
    shop.advance("2026-02-14T15:00")
    asks(shop, "pause")
    shop.advance("2026-02-20T15:00")
    asks(shop, "resume")
    shop.advance("2026-03-01T00:00")
    # Of its 18 days 4 before the pause and 8 after it.
    assert taken(shop)[1:] == [("2026-02-28", "46.99")]


def test_taken_back_after_some_days_the_days_in_between_are_not_billed(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-10T15:00")
    taps(customer, "cancel", looks(customer, "cancel"))
    portal.run_jobs()
    shop.advance("2026-02-14T15:00")
    assert taps(customer, "undo", customer.page()).status_code == 303
    shop.advance("2026-03-01T00:00")
    # 10.00 at the end; of the whole period 14 days are given back: 10 that were billed, 4 in which it had ended.
    assert taken(shop)[1:] == [("2026-02-10", "10.00"), ("2026-02-28", "48.99")]


@pytest.mark.parametrize(("on", "then"), [("2026-02-20", "42.99"), ("2026-03-10", "53.96")])
def test_out_of_the_archive_only_what_was_used_is_billed(portal: Portal, shop: Merchant, on: str, then: str) -> None:
    subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-10T15:00")
    asks(shop, "archive")
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-10", "10.00")]
    shop.advance(f"{on}T15:00")
    asks(shop, "unarchive")
    asks(shop, "resume")
    shop.advance("2026-04-01T00:00")
    # 62.99 less the 20 days of 28 (of the next period: 10 of 31) until it went on.
    assert taken(shop)[2][1] == then


def test_after_a_failure_it_is_billed_up_to_that_day(
    portal: Portal, shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = bank(portal, monkeypatch)
    subscribe(portal, shop, lines=[WATER])
    says.always = SOFT
    shop.advance("2026-04-20T15:00")
    failed_on = portal.the_subscription().used_until
    assert (shop.subscription()["status"], failed_on is not None) == ("failed", True)
    assert failed_on is not None
    asks(shop, "close")
    portal.run_jobs()
    (first, last, _) = water(shop)[-1]
    assert (first, last) == ("2026-02-28" if failed_on.month == 3 else "2026-03-31", failed_on.isoformat())


def test_one_that_rested_before_the_upgrade_is_billed_as_it_was_then(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop)
    with portal.writing():
        session().query(Subscription).one().used_until = None
    shop.advance("2026-02-20T15:00")
    asks(shop, "close")
    portal.run_jobs()
    assert len(taken(shop)) == 1
