"""Dates at the end of the calendar: "until 9999-12-31" means "never", a later date is none, and nothing falls over."""

from __future__ import annotations

from typing import Any

import pytest

from portal.subscriptions.calendar import Frequency
from tests.harness import Customer, Merchant, Portal

ENDS: dict[str, dict[str, Any]] = {
    "until the last day there is": {"end_date": "9999-12-31"},
    "every thousand years": {"frequency": "Yearly", "frequency_units": 1000},
    "a billion days": {"frequency": "Daily", "number_of_payments": 10**9},
    "a billion days until the last day": {"frequency": "Daily", "number_of_payments": 10**9, "end_date": "9999-12-31"},
    "the last day is the first": {"frequency": "Daily", "start_date": "9999-12-31"},
    "the last days": {"frequency": "Daily", "start_date": "9999-12-29", "end_date": "9999-12-31"},
    "only one date is left": {"frequency": "Yearly", "frequency_units": 1000, "start_date": "9500-06-30"},
    "a thousand years in the last month": {"frequency_units": 1000, "start_date": "9999-12-01"},
}


def subscribed(portal: Portal, shop: Merchant, **plan: Any) -> Customer:
    answer = shop.post(**plan)
    assert answer.status_code == 200, answer.text
    customer = Customer(portal, answer.json["link"])
    assert customer.page().status == 200
    customer.confirm()
    portal.run_jobs()
    return customer


def captured(shop: Merchant) -> list[str]:
    return [entry["at"][:10] for entry in shop.ledger() if entry["outcome"] == "captured"]


@pytest.mark.parametrize("plan", list(ENDS.values()), ids=list(ENDS))
def test_every_page_and_answer_stands_at_the_end_of_time(
    portal: Portal, merchant_on_clock: Merchant, plan: dict[str, Any]
) -> None:
    shop = merchant_on_clock
    customer = subscribed(portal, shop, **plan)
    assert shop.subscription()["status"] == "active"
    assert customer.page().status == 200
    for path in ("/schedule", "/schedule?count=120"):
        assert shop.call("GET", f"/subscription/439772921{path}").status_code == 200
    for verb in ("pause", "resume"):
        assert shop.call("POST", f"/subscription/439772921/{verb}", json={}).status_code == 200
    shop.advance("2026-03-02T16:00")
    assert customer.page().status == 200
    assert shop.subscription()["status"] == "active"


@pytest.mark.parametrize("frequency", list(Frequency))
def test_the_last_dates_there_are_are_charged_and_then_none_is_due(
    portal: Portal, merchant_on_clock: Merchant, frequency: Frequency
) -> None:
    """The billing run must not fall over one row: nobody else's would be charged either."""
    shop = merchant_on_clock
    subscribed(portal, shop, frequency=str(frequency), start_date="9999-12-30", external_id="late")
    shop.advance("9999-12-31T20:00")
    dates = ["9999-12-30", "9999-12-31"] if frequency == Frequency.DAILY else ["9999-12-30"]
    assert captured(shop) == dates
    assert shop.subscription("late")["next_due_date"] is None


def test_an_update_at_the_end_of_time_is_taken(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    subscribed(portal, shop, start_date="9500-06-30")
    for change in (
        {"frequency": "Yearly", "frequency_units": 1000},
        {"frequency": "Weekly", "frequency_units": 1},
        {"end_date": "9999-12-31"},
        {"end_date": None},
    ):
        answer = shop.post({"external_id": "439772921"} | change)
        assert answer.status_code == 200, answer.text
        portal.run_jobs()
    assert shop.subscription()["next_due_date"] == "9500-06-30"
