"""Cards that do not work: declined when charged, refused when saved, refused at the bank; then one that does."""

from __future__ import annotations

import pytest

from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser

DECLINED_WHEN_CHARGED = "4000 0000 0000 0341"
REFUSED_WHEN_SAVED = "4000 0000 0000 0002"
ASKS_THE_BANK = "4000 0025 0000 3155"


def test_a_declined_card_takes_nothing_and_a_good_one_pays_the_same_invoice(
    merchant: Merchant, customer: Customer
) -> None:
    customer.opens(merchant.asks_for_payment())
    customer.confirms(DECLINED_WHEN_CHARGED)
    customer.sees("Your payment didn't go through")
    customer.reads("Nothing was taken.")
    customer.keeps_picture("1-declined")
    declined = merchant.subscription()
    assert (declined["status"], declined["start_date"]) == ("pending", None)

    customer.confirms()
    customer.sees("You're all set")
    customer.keeps_picture("2-all-set")
    assert merchant.outcomes() == ["declined", "captured"]
    (invoice,) = merchant.subscription()["invoices"]
    assert invoice["id"] == declined["invoices"][0]["id"]


def test_a_card_refused_when_saved_is_said_on_the_gateways_page(merchant: Merchant, customer: Customer) -> None:
    customer.opens(merchant.asks_for_payment())
    customer.confirms(REFUSED_WHEN_SAVED)
    customer.reads("Your bank refused this card.")
    customer.keeps_picture("3-refused-when-saved")
    customer.enters_card()
    customer.sees("You're all set")
    assert merchant.outcomes() == ["captured"]


def test_a_bank_check_that_is_refused_keeps_nothing_and_one_that_is_approved_pays(
    merchant: Merchant, customer: Customer
) -> None:
    customer.opens(merchant.asks_for_payment())
    customer.confirms(ASKS_THE_BANK)
    customer.sees("Is this you?")
    customer.keeps_picture("4-the-bank")
    customer.taps("Refuse")
    customer.reads("You did not approve it at your bank.")
    customer.keeps_picture("5-refused-at-the-bank")
    assert merchant.outcomes() == []
    assert merchant.subscription()["status"] == "pending"

    customer.enters_card(ASKS_THE_BANK)
    customer.taps("Approve")
    customer.sees("You're all set")
    customer.reads("Visa ending 3155")
    assert merchant.outcomes() == ["captured"]
