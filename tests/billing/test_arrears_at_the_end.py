"""Lines that are billed in arrears, when a subscription ends: once, by its days or whole, and collected to the end.

What a rest or another rhythm makes of them is in test_arrears_and_rests.py and test_moved_anchor.py.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from portal.core.database import session
from portal.sites.models import Site
from portal.subscriptions import ending, find
from portal.subscriptions.models import Terms
from tests.billing.bank import SOFT, bank
from tests.billing.test_items import change, subscribe, taken
from tests.checkout.own.told import looks, taps, words
from tests.harness import Merchant, Portal

USAGE = {"id": "water", "description": "Water", "amount": 28, "billed": "end"}


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


def close(shop: Merchant) -> None:
    assert shop.call("POST", "/subscription/439772921/close").status_code == 200


def beside(shop: Merchant) -> list[tuple[str, float, str]]:
    """(status, total, what) of the invoices that the end made."""
    return [
        (one["status"], one["totals"]["total"], one["description"])
        for one in shop.subscription()["invoices"]
        if "Gold+ Plan" not in one["description"]
    ]


def test_canceled_now_the_days_that_were_used_are_billed_once(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-10T15:00")
    close(shop)
    portal.run_jobs()
    assert shop.call("POST", "/subscription/439772921/close").status_code == 409
    portal.run_jobs()
    # 31 January to 10 February are 10 of 28 days of 28.00.
    assert taken(shop) == [("2026-01-31", "34.99"), ("2026-02-10", "10.00")]
    assert beside(shop) == [("paid", 10.00, "Water")]
    assert shop.subscription()["status"] == "closed"
    shop.advance("2026-06-01T00:00")
    assert len(taken(shop)) == 2


def test_canceled_on_a_day_it_is_billed_when_that_day_begins(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[USAGE])
    with portal.writing():
        subscription = find.by_either_id(uuid.UUID(shop.site_id), "439772921", lock=True)
        site, terms = session().get_one(Site, subscription.site_id), session().get_one(Terms, subscription.terms_id)
        ending.cancel(site, subscription, terms, on=date(2026, 3, 10))
    shop.advance("2026-05-01T00:00")
    # 28 February to 10 March are 10 of 31 days of 28.00: 9.03.
    assert taken(shop) == [("2026-01-31", "34.99"), ("2026-02-28", "62.99"), ("2026-03-10", "9.03")]


def test_on_a_due_date_before_its_hour_the_whole_period_is_billed_and_after_it_nothing_more(
    portal: Portal, shop: Merchant
) -> None:
    subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-28T06:00")
    close(shop)
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-28", "28.00")]
    other = portal.merchant("Other", clock="2026-01-31T15:00")
    subscribe(portal, other, lines=[USAGE])
    other.advance("2026-02-28T20:00")
    close(other)
    portal.run_jobs()
    assert taken(other)[1:] == [("2026-02-28", "62.99")]


@pytest.mark.parametrize("end", [{"number_of_payments": 2}, {"end_date": "2026-02-28"}])
def test_at_its_own_end_the_last_period_is_billed_whole(portal: Portal, shop: Merchant, end: dict[str, Any]) -> None:
    subscribe(portal, shop, lines=[USAGE], **end)
    shop.advance("2026-06-01T00:00")
    assert [amount for _, amount in taken(shop)] == ["34.99", "62.99", "28.00"]
    assert shop.subscription()["status"] == "closed"


def test_a_line_with_its_own_rhythm_is_billed_by_its_own_periods(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[USAGE | {"amount": 89, "frequency": "Quarterly"}])
    shop.advance("2026-03-01T15:00")
    close(shop)
    portal.run_jobs()
    # 31 January to 1 March are 29 of the 89 days to 30 April.
    assert taken(shop)[2:] == [("2026-03-01", "29.00")]


def test_what_waited_for_the_next_invoice_is_billed_too_less_the_days_that_do_not_come(
    portal: Portal, shop: Merchant
) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    change(shop, type="add_product", product=USAGE | {"id": "w"}, payment_schedule="next_invoice")
    change(
        shop, type="add_product", product={"description": "Towels", "amount": 28}, payment_schedule="next_invoice"
    )  # fmt: skip
    portal.run_jobs()
    shop.advance("2026-02-20T15:00")
    close(shop)
    portal.run_jobs()
    # Of the water 10 days; the towels were to be paid in advance for 18.
    assert taken(shop)[1:] == [("2026-02-20", "28.00")]


def test_the_customer_reads_it_before_the_tap_and_pays_just_that(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-10T15:00")
    page = looks(customer, "cancel")
    assert "$10.00" in words(page)
    assert "For what was used since Saturday, January 31." in words(page)
    assert taps(customer, "cancel", page).status_code == 303
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-10", "10.00")]


def test_a_page_of_yesterday_is_out_of_date(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-10T15:00")
    page = looks(customer, "cancel")
    shop.advance("2026-02-11T15:00")
    assert taps(customer, "cancel", page).status_code == 409
    assert shop.subscription()["status"] == "active"


def test_taken_back_within_the_period_it_is_not_billed_twice(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-10T15:00")
    taps(customer, "cancel", looks(customer, "cancel"))
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-10", "10.00")]
    assert taps(customer, "undo", customer.page()).status_code == 303
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[2:] == [("2026-02-28", "52.99"), ("2026-03-31", "62.99")]
    # A second end bills the next days alone.
    shop.advance("2026-04-05T15:00")
    taps(customer, "cancel", looks(customer, "cancel"))
    portal.run_jobs()
    assert taken(shop)[4:] == [("2026-04-05", "4.67")]  # 5 of 30 days


def test_canceled_and_taken_back_twice_on_a_day_it_is_billed_once(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-10T15:00")
    for _ in range(2):
        taps(customer, "cancel", looks(customer, "cancel"))
        portal.run_jobs()
        taps(customer, "undo", customer.page())
        shop.advance(f"2026-02-10T{16 + _}:00")
    shop.advance("2026-03-01T00:00")
    assert taken(shop)[1:] == [("2026-02-10", "10.00"), ("2026-02-28", "52.99")]


def test_it_is_dunned_like_any_other(portal: Portal, shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    says = bank(portal, monkeypatch)
    customer = subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-10T15:00")
    says.says.extend([SOFT, SOFT])
    close(shop)
    portal.run_jobs()
    assert beside(shop) == [("open", 10.00, "Water")]
    assert "Still to pay" in customer.page().text
    shop.advance("2026-02-12T15:00")
    assert beside(shop) == [("paid", 10.00, "Water")]
    assert says.asked_at[1:] == ["2026-02-10T15:00", "2026-02-10T17:00", "2026-02-11T15:00"]
    assert shop.subscription()["status"] == "closed"


def test_given_up_it_is_uncollectible_and_can_still_be_paid(
    portal: Portal, shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = bank(portal, monkeypatch)
    customer = subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-10T15:00")
    says.always = SOFT
    close(shop)
    portal.run_jobs()
    shop.advance("2026-03-01T15:00")
    assert beside(shop) == [("uncollectible", 10.00, "Water")]
    says.always = None
    page = customer.page()
    assert page.status == 410
    assert customer.tap(page, "pay-now").status_code == 303
    portal.run_jobs()
    assert beside(shop) == [("paid", 10.00, "Water")]


def test_lost_hints_do_not_lose_it(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[USAGE])
    shop.advance("2026-02-10T15:00")
    close(shop)
    portal.run_jobs(lose_hints=True)
    assert taken(shop)[1:] == [("2026-02-10", "10.00")]
