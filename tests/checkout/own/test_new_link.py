"""Send me a new link: to the known contact alone, not too often, and a stranger learns nothing by it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from tests.checkout.own.told import words
from tests.harness import Customer, Merchant, Page, Portal


@pytest.fixture
def expired(portal: Portal, merchant_on_clock: Merchant) -> Customer:
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    portal.run_jobs()
    merchant_on_clock.advance("2026-03-15T00:00")
    page = customer.page()
    assert (page.status, page.heading) == (410, "This link has expired")
    return customer


def test_one_tap_sends_one_to_the_masked_contact_and_it_works(
    portal: Portal, merchant_on_clock: Merchant, expired: Customer
) -> None:
    page = expired.page()
    assert "••• ••• 3333" in page.text
    assert "111" not in words(page)
    assert Page(expired.tap(page, "send-new-link")).heading == "A new link is on its way"
    portal.run_jobs()
    assert Customer(portal, merchant_on_clock.messages()[0]["link"]).confirm().heading == "Being confirmed"


def test_five_minutes_and_five_a_day_are_the_limits(
    portal: Portal, merchant_on_clock: Merchant, expired: Customer
) -> None:
    page = expired.page()
    now = datetime.now(UTC).timestamp()
    statuses = []
    with time_machine.travel(now, tick=False) as clock:
        for _ in range(7):
            statuses.append(expired.tap(page, "send-new-link").status_code)
            statuses.append(expired.tap(page, "send-new-link").status_code)
            portal.run_jobs()
            clock.shift(301)
        assert statuses == [200, 409] * 4 + [200, 429] + [429, 429] * 2
        assert len(merchant_on_clock.messages()) == 1 + 5
        enough = Page(expired.tap(page, "send-new-link"))
        assert enough.heading == "No more links today"
        clock.shift(24 * 3600)
        assert expired.tap(page, "send-new-link").status_code == 200


def test_the_merchants_own_sends_do_not_use_up_the_customers(
    portal: Portal, merchant_on_clock: Merchant, expired: Customer
) -> None:
    page = expired.page()
    with time_machine.travel(datetime.now(UTC).timestamp(), tick=False) as clock:
        for _ in range(6):
            merchant_on_clock.call("POST", "/subscription/439772921/send")
            clock.shift(301)
        assert expired.tap(page, "send-new-link").status_code == 200


def test_a_stranger_without_a_link_is_told_the_same_whatever_they_guess(portal: Portal, expired: Customer) -> None:
    form = expired.page().hidden("send-new-link")
    answers = [portal.client.post(f"/p/{guess * 22}", data=form) for guess in "ABC"]
    assert {(answer.status_code, answer.text.split("nonce")[0]) for answer in answers} == {
        (404, answers[0].text.split("nonce")[0])
    }
