"""Another rhythm or agreement moves the anchor: what was used before it is billed once, at its old price."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from portal.core.database import session
from portal.sites.models import Site
from portal.subscriptions import find, update
from portal.subscriptions.orders import SubscriptionOrder
from tests.billing.test_items import change, subscribe, taken
from tests.harness import Merchant, Portal

WATER = {"id": "water", "description": "Water", "amount": 28, "billed": "end"}


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


def lines(shop: Merchant, name: str = "Water") -> list[tuple[str, str, float]]:
    """(first day, last day excluded, amount) of every line of this name that was invoiced."""
    return [
        (line["period_start"], line["period_end"], line["amount"])
        for invoice in shop.subscription()["invoices"]
        for line in invoice["lines"]
        if line["description"] == name
    ]


def becomes(portal: Portal, shop: Merchant, **fields: Any) -> None:
    """An update of what was agreed that costs no more, and so binds at once."""
    assert shop.post(**fields).status_code == 200
    portal.run_jobs()


def test_another_frequency_bills_the_period_before_it_once(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-10T15:00")
    becomes(portal, shop, frequency="Quarterly")
    shop.advance("2026-06-01T00:00")
    assert taken(shop) == [("2026-01-31", "34.99"), ("2026-02-28", "62.99"), ("2026-05-31", "62.99")]
    assert lines(shop) == [("2026-01-31", "2026-02-28", 28.00), ("2026-02-28", "2026-05-31", 28.00)]


def test_it_is_billed_at_the_price_at_which_it_was_used(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-10T15:00")
    becomes(portal, shop, frequency="Quarterly", lines=[WATER | {"amount": 21}])
    shop.advance("2026-06-01T00:00")
    assert [amount for _, _, amount in lines(shop)] == [28.00, 21.00]


def test_a_line_that_goes_with_the_old_frequency_is_billed_to_its_end(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-10T15:00")
    becomes(portal, shop, frequency="Quarterly", lines=[])
    shop.advance("2026-06-01T00:00")
    assert [amount for _, amount in taken(shop)] == ["34.99", "62.99", "34.99"]


def test_changed_twice_before_the_date_it_is_still_billed_once(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-10T15:00")
    becomes(portal, shop, frequency="Quarterly")
    becomes(portal, shop, frequency="Semi-Annually")
    becomes(portal, shop, frequency="Quarterly")
    shop.advance("2026-06-01T00:00")
    assert lines(shop) == [("2026-01-31", "2026-02-28", 28.00), ("2026-02-28", "2026-05-31", 28.00)]


def test_closed_before_the_date_only_the_days_that_came_are_billed(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-05T15:00")
    becomes(portal, shop, frequency="Quarterly")
    shop.advance("2026-02-10T15:00")
    shop.call("POST", "/subscription/439772921/close")
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-10", "10.00")]


def test_paused_and_resumed_before_the_date_the_days_of_the_pause_are_not_billed(
    portal: Portal, shop: Merchant
) -> None:
    subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-05T15:00")
    becomes(portal, shop, frequency="Quarterly")
    shop.advance("2026-02-10T15:00")
    shop.call("POST", "/subscription/439772921/pause", json={})
    shop.advance("2026-02-17T15:00")
    shop.call("POST", "/subscription/439772921/resume", json={})
    shop.advance("2026-03-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "55.99")]


def test_its_taxes_and_coupons_come_with_it(portal: Portal, shop: Merchant) -> None:
    tax = {"name": "Water tax", "rate": 10, "line": "water"}
    subscribe(portal, shop, lines=[WATER], taxes=[tax])
    change(shop, type="add_coupon", coupon={"name": "DROP", "amount": 7, "line": "water"})
    shop.advance("2026-02-10T15:00")
    becomes(portal, shop, frequency="Quarterly")
    shop.advance("2026-06-01T00:00")
    # 28.00 less 7.00 is 21.00, and a tenth on it.
    assert [amount for _, amount in taken(shop)][1:] == ["58.09", "58.09"]


def test_a_line_with_its_own_rhythm_is_cut_where_it_begins_anew(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER | {"amount": 89, "frequency": "Quarterly"}])
    shop.advance("2026-02-10T15:00")
    becomes(portal, shop, frequency="Quarterly")
    shop.advance("2026-06-01T00:00")
    # 31 January to 28 February are 28 of the 89 days to 30 April.
    assert lines(shop) == [("2026-01-31", "2026-02-28", 28.00), ("2026-02-28", "2026-05-31", 89.00)]


def test_what_was_paid_in_advance_and_begins_anew_is_given_back_for_the_days_it_covered(
    portal: Portal, shop: Merchant
) -> None:
    storage = {"id": "storage", "description": "Storage", "amount": 89, "frequency": "Quarterly"}
    subscribe(portal, shop, lines=[storage])
    shop.advance("2026-02-10T15:00")
    becomes(portal, shop, frequency="Quarterly")
    shop.advance("2026-03-01T00:00")
    assert lines(shop, "Storage") == [
        ("2026-01-31", "2026-04-30", 89.00),
        ("2026-02-28", "2026-05-31", 89.00),
        ("2026-02-28", "2026-04-30", -61.00),
    ]


def test_a_line_that_was_added_keeps_its_own_dates_and_loses_none(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-03T15:00")
    towels = {"id": "towels", "description": "Towels", "amount": 7, "frequency": "Weekly", "billed": "end"}
    change(shop, type="add_product", product=towels, payment_schedule="next_invoice")
    portal.run_jobs()
    shop.advance("2026-02-20T15:00")
    becomes(portal, shop, frequency="Quarterly")
    shop.advance("2026-03-01T00:00")
    # Weeks that ended on 10, 17 and 24 February; the one that runs goes on to 3 March.
    assert sum(amount for _, _, amount in lines(shop, "Towels")) == 21.00
    shop.advance("2026-03-05T15:00")
    shop.call("POST", "/subscription/439772921/close")
    portal.run_jobs()
    assert taken(shop)[2:] == [("2026-03-05", "9.00")]  # a week to 3 March, and two days


def test_another_agreement_with_its_own_first_day_bills_the_period_before_it(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER])
    shop.advance("2026-02-10T15:00")
    with portal.writing():
        subscription = find.by_either_id(uuid.UUID(shop.site_id), "439772921", lock=True)
        site = session().get_one(Site, subscription.site_id)
        update.update(site, subscription, SubscriptionOrder(start_on=date(2026, 3, 10), moves_start=True))
    shop.advance("2026-05-01T00:00")
    assert taken(shop)[1:] == [("2026-03-10", "62.99"), ("2026-04-10", "62.99")]
    assert lines(shop) == [("2026-01-31", "2026-02-28", 28.00), ("2026-03-10", "2026-04-10", 28.00)]


def test_a_start_in_the_past_bills_nothing_that_was_used_before_it_was_agreed(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[WATER], start_date="2025-12-15")
    assert taken(shop) == [("2026-01-31", "34.99")]
    shop.advance("2026-02-16T00:00")
    assert taken(shop)[1:] == [("2026-02-15", "62.99")]
