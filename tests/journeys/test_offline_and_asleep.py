"""A phone in a tunnel, a phone in a pocket, a portal that is restarted: the open page catches up by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser

UPDATED = "This subscription has been updated"
CATCHES_UP = 3000  # ms


def shows(customer: Customer, amount: str) -> None:
    expect(customer.page.locator(".amount")).to_contain_text(amount, timeout=CATCHES_UP)
    customer.hears(UPDATED)
    assert customer.is_on_the_marked_page()


def test_after_a_tunnel_the_page_shows_what_changed_meanwhile(merchant: Merchant, customer: Customer) -> None:
    customer.may_lose_network = True
    customer.opens(merchant.asks_for_payment())
    customer.listens()
    customer.marks_the_page()
    customer.context.set_offline(True)
    customer.hears("You are offline")
    merchant.posts(amount=39.99)
    customer.is_at_rest()
    customer.reads("$34.99")
    customer.context.set_offline(False)
    shows(customer, "$39.99")
    customer.keeps_picture("1-after-the-tunnel")


def test_after_sleep_the_page_shows_what_changed_meanwhile(merchant: Merchant, customer: Customer) -> None:
    customer.opens(merchant.asks_for_payment())
    customer.listens()
    customer.marks_the_page()
    device = customer.context.new_cdp_session(customer.page)
    device.send("Page.setWebLifecycleState", {"state": "frozen"})
    merchant.posts(amount=39.99)
    device.send("Page.setWebLifecycleState", {"state": "active"})
    shows(customer, "$39.99")


def test_with_a_page_open_everything_stops_in_time_and_the_page_comes_back_with_the_portal(
    merchant: Merchant, customer: Customer
) -> None:
    customer.may_lose_network = True
    customer.opens(merchant.asks_for_payment())
    customer.listens()
    customer.marks_the_page()

    try:
        merchant.product.stop()
    finally:
        merchant.product.start()

    merchant.posts(amount=39.99)
    customer.hears(UPDATED)
    customer.reads("$39.99")
    assert customer.is_on_the_marked_page()
    customer.keeps_picture("2-after-a-restart")
