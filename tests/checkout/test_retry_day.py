"""The customer picks the day of the next try on the page of an overdue payment: inside the window, without scripts."""

from __future__ import annotations

import re
from datetime import date

import pytest

from portal.billing.models import Payment
from portal.core.changes import Change
from tests.billing.bank import SOFT, Bank, bank, subscriber
from tests.harness import Customer, Merchant, Page, Portal


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


@pytest.fixture
def the_bank(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Bank:
    return bank(portal, monkeypatch)


@pytest.fixture
def customer(portal: Portal, shop: Merchant, the_bank: Bank) -> Customer:
    """The payment of February 28 was refused twice for want of money."""
    found = subscriber(portal, shop)
    the_bank.orders.clear()
    the_bank.always = SOFT
    shop.advance("2026-02-28T18:00")
    return found


def days(page: Page) -> list[str]:
    return re.findall(r'<option value="([0-9-]+)"', page.text)


def pick(customer: Customer, page: Page, day: str, **changes: str) -> Page:
    form = page.hidden("retry-day") | {"day": day} | changes
    return Page(customer.portal.client.post(customer.path, data=form))


def test_every_day_of_the_window_can_be_picked(customer: Customer) -> None:
    page = customer.page()
    assert days(page) == [f"2026-03-0{day}" for day in range(1, 8)]
    assert '<option value="2026-03-01" selected>Sunday, March 1</option>' in page.text
    assert "Nothing is tried before that day, unless you pay now." in page.text


def test_the_try_moves_to_the_day_at_the_charge_hour_and_is_logged(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    answer = pick(customer, customer.page(), "2026-03-04")
    assert (answer.status, answer.answer.headers["Location"]) == (303, customer.path)
    page = customer.page()
    assert "We try again on Wednesday, March 4." in page.text
    assert '<option value="2026-03-04" selected>' in page.text
    change = portal.row(Change, what="retry day chosen")
    assert (change.actor, change.fields) == (
        "customer", [{"field": "day", "old": "2026-03-01", "new": "2026-03-04"}],
    )  # fmt: skip
    the_bank.always = None
    shop.advance("2026-03-05T00:00")
    assert the_bank.asked_at[2:] == ["2026-03-04T15:00"]
    assert shop.subscription()["status"] == "active"
    assert customer.page().heading == "You're all set"


def test_after_the_picked_day_the_policy_goes_on(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    pick(customer, customer.page(), "2026-03-04")
    shop.advance("2026-03-20T00:00")
    assert the_bank.asked_at[2:] == ["2026-03-04T15:00", "2026-03-05T15:00", "2026-03-07T15:00"]
    assert shop.subscription()["status"] == "failed"


def test_the_last_day_of_the_window_is_still_tried(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    pick(customer, customer.page(), "2026-03-07")
    shop.advance("2026-03-20T00:00")
    assert the_bank.asked_at[2:] == ["2026-03-07T15:00"]


@pytest.mark.parametrize("day", ["2026-02-28", "2026-03-08", "2027-03-04", "soon", ""])
def test_a_day_outside_of_the_window_moves_nothing(portal: Portal, customer: Customer, day: str) -> None:
    before = portal.rows(Payment)[-1].site_due_at
    answer = pick(customer, customer.page(), day)
    assert answer.status == 422
    assert "Choose one of the days that are listed." in answer.text
    assert days(answer) != []
    assert portal.rows(Payment)[-1].site_due_at == before


def test_a_page_from_before_the_last_try_moves_nothing(portal: Portal, shop: Merchant, customer: Customer) -> None:
    old = customer.page()
    customer.tap(old, "pay-now")
    portal.run_jobs()
    before = portal.rows(Payment)[-1].site_due_at
    assert pick(customer, old, "2026-03-05").status == 303
    assert portal.rows(Payment)[-1].site_due_at == before


def test_a_form_that_is_not_ours_moves_nothing(portal: Portal, customer: Customer) -> None:
    before = portal.rows(Payment)[-1].site_due_at
    page = customer.page()
    assert pick(customer, page, "2026-03-05", csrf_token="forged").status == 422
    assert pick(customer, page, "2026-03-05", version="1").status == 422
    form = page.hidden("retry-day") | {"day": "2026-03-05"}
    assert portal.client.post(customer.path, data=page.hidden("pay-now") | {"action": "retry-day"}).status_code == 422
    assert portal.client.post(customer.path, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert portal.client.post("/p/unknown-token-of-a-link", data=form).status_code == 404
    assert portal.rows(Payment)[-1].site_due_at == before


def test_nothing_can_be_picked_where_only_another_card_helps(portal: Portal, shop: Merchant, the_bank: Bank) -> None:
    found = subscriber(portal, shop)
    gateway_page = found.tap(found.page(), "change-method").headers["Location"]
    found.enter_card(gateway_page, "4000 0000 0000 0341")
    portal.run_jobs()
    shop.advance("2026-02-28T18:00")
    page = found.page()
    assert "didn't go through" in page.heading
    assert days(page) == []


def test_the_days_shrink_as_they_pass(shop: Merchant, customer: Customer) -> None:
    shop.advance("2026-03-05T16:00")
    assert days(customer.page()) == [date(2026, 3, day).isoformat() for day in (6, 7)]
