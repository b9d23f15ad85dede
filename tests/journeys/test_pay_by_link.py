"""A payment by link on a phone: a text arrives, one button pays, the page says so by itself; next month a new link."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import NewCustomer
from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser


def arrives(merchant: Merchant) -> str:
    """The newest link that was sent."""
    link: str = next(message["link"] for message in merchant.messages() if message["purpose"] == "instalment")
    return link


def test_the_link_arrives_and_is_paid_with_two_taps(merchant_on_clock: Merchant, customer: Customer) -> None:
    merchant = merchant_on_clock
    merchant.posts(collection="link", amount=100.0)
    merchant.advances("2026-01-31T09:01:00Z")
    assert customer.opens(arrives(merchant)) == 200
    customer.sees("Gold+ Plan")
    assert customer.buttons() == ["Pay $100.00"]
    customer.keeps_picture("1-due")
    customer.taps("Pay $100.00")
    customer.keeps_picture("2-gateway")
    customer.taps("Pay")
    customer.sees("Paid. Thank you")
    customer.reads("Visa ending 4242")
    customer.keeps_picture("3-paid")
    assert merchant.outcomes() == ["captured"]
    (paid,) = merchant.subscription()["invoices"]
    assert paid["payments"][0]["status"] == "succeeded"

    merchant.advances("2026-02-28T20:00:00Z")
    assert customer.opens(arrives(merchant)) == 200
    assert customer.buttons() == ["Pay $100.00"]
    assert len(merchant.ledger()) == 1


def test_a_refused_card_is_tried_again_without_javascript(merchant: Merchant, new_customer: NewCustomer) -> None:
    customer = new_customer(java_script_enabled=False)
    link = merchant.asks_for_payment(collection="link", amount=100.0)
    customer.opens(link)
    customer.taps("Pay $100.00")
    customer.page.get_by_label("Card number", exact=True).fill("4000 0000 0000 0341")
    customer.taps("Pay")
    customer.sees("Your payment didn't go through")
    customer.keeps_picture("4-refused")
    customer.taps("Pay $100.00")
    customer.taps("Pay")
    customer.sees("Paid. Thank you")
    assert merchant.outcomes() == ["declined", "captured"]
