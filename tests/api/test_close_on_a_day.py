"""Closing on a day: the last period that begins before it is still collected, one that begins on it is not."""

from __future__ import annotations

import pytest

from tests.harness import Customer, Merchant, Portal

CLOSE = "/subscription/439772921/close"


@pytest.fixture
def merchant(portal: Portal, merchant_on_clock: Merchant) -> Merchant:
    """With a monthly subscription whose dates are January 31, February 28, March 31."""
    Customer(portal, merchant_on_clock.post(start_date="2026-01-31").json["link"]).confirm()
    portal.run_jobs()
    return merchant_on_clock


@pytest.mark.parametrize(("day", "taken"), [("2026-03-31", 2), ("2026-04-01", 3), ("2026-02-28", 1)])
def test_what_begins_before_the_day_is_collected(merchant: Merchant, day: str, taken: int) -> None:
    answer = merchant.call("POST", CLOSE, json={"at": day})
    assert (answer.json["status"], answer.json["closesOn"]) == ("active", day)
    assert merchant.subscription()["closes_on"] == day
    merchant.advance("2026-05-01T12:00")
    found = merchant.subscription()
    assert (found["status"], found["close_reason"], found["closes_on"]) == ("closed", "canceled_merchant", None)
    assert len(merchant.ledger()) == taken


def test_without_a_day_or_today_it_closes_now(portal: Portal, merchant: Merchant) -> None:
    answer = merchant.call("POST", CLOSE, json={"at": "2026-01-31"})
    assert (answer.json["status"], answer.json["closesOn"]) == ("closed", None)
    other = portal.merchant(clock="2026-01-31T09:00")
    Customer(portal, other.post(start_date="2026-01-31").json["link"]).confirm()
    portal.run_jobs()
    assert other.call("POST", CLOSE).json["status"] == "closed"


def test_a_day_that_is_past_or_no_day_is_refused_and_nothing_changes(merchant: Merchant) -> None:
    for wrong in ("2026-01-30", "2026-02-30", "tomorrow", 5):
        answer = merchant.call("POST", CLOSE, "v3", json={"at": wrong})
        assert (answer.status_code, answer.json["errors"]) == (422, ["invalid at"]), wrong
    assert merchant.subscription()["status"] == "active"


def test_before_the_yes_there_is_no_period_to_end(portal: Portal) -> None:
    merchant = portal.merchant(clock="2026-01-31T09:00")
    merchant.post()
    assert merchant.call("POST", CLOSE, json={"at": "2026-03-01"}).status_code == 409
    assert merchant.call("POST", CLOSE).json["status"] == "closed"
