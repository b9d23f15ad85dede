"""The first minute: the merchant adds a subscription, the customer taps the link in a text, gives a card and has paid."""

from __future__ import annotations

import json

import pyotp
import pytest

from tests.journeys.conftest import NewCustomer
from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser


def shows_the_phone(customer: Customer, merchant: Merchant) -> None:
    """Open to all on the embedded default; elsewhere behind the console's sign-in (contract section 9)."""
    page, address = customer.page, f"{merchant.product.url}/sandbox/phone"
    if not merchant.product.is_embedded:
        made = json.loads(
            merchant.product.portal("staff", "create", "--email", "agent@acme.example", "--role", "agent", "--json")
        )
        page.goto(f"{merchant.product.url}/console")
        page.get_by_label("E-mail").fill(made["email"])
        page.get_by_label("Password").fill(made["password"])
        customer.taps("Continue")
        page.get_by_label("Code").fill(pyotp.TOTP(made["totp_secret"]).now())
        customer.taps("Sign in")
    customer.opens(address)


def waits_for_the_text(customer: Customer, merchant: Merchant) -> str:
    """The link in the newest text of this merchant, looked for again and again as a person would."""
    text = customer.page.get_by_role("listitem").filter(has_text=f"{merchant.name} asks you to confirm")
    while text.count() == 0:
        customer.page.reload()
    customer.keeps_picture("1-the-phone")
    return text.first.get_by_role("link").get_attribute("href") or ""


def test_a_customer_taps_the_link_in_a_text_gives_a_card_and_is_all_set(
    merchant: Merchant, customer: Customer
) -> None:
    answer = merchant.posts()
    assert (answer["success"], answer["action"]) == (True, "added")

    shows_the_phone(customer, merchant)
    assert waits_for_the_text(customer, merchant) == answer["link"]
    customer.page.get_by_role("link", name=answer["link"]).tap()

    customer.sees("Gold+ Plan")
    customer.reads("$34.99")
    customer.reads("today, then every month")
    assert customer.buttons() == ["Confirm payment method"]
    customer.keeps_picture("2-the-offer")

    customer.taps("Confirm payment method")
    customer.sees("Your card")
    assert merchant.product.url + "/sandbox/" in customer.page.url
    customer.keeps_picture("3-the-gateways-page")
    customer.enters_card()

    customer.sees("You're all set")
    customer.reads("$34.99 was taken today.")
    customer.reads("Visa ending 4242")
    customer.keeps_picture("4-all-set")
    assert customer.context.cookies(f"{merchant.product.url}/p/") == [] or not merchant.product.is_embedded

    (entry,) = merchant.ledger()
    assert (entry["outcome"], entry["amount"], entry["currency"]) == ("captured", 34.99, "USD")
    assert merchant.subscription()["status"] == "active"


def test_all_set_appears_on_the_page_that_waits_without_a_reload(merchant: Merchant, customer: Customer) -> None:
    """The answer to the tap is held back here until the waiting page has been seen."""
    customer.opens(merchant.asks_for_payment())
    customer.confirms()
    customer.sees("You're all set")
    customer.marks_the_page()
    assert customer.stays_here(3000)
    assert customer.is_on_the_marked_page()


def test_it_all_works_without_javascript(merchant: Merchant, new_customer: NewCustomer) -> None:
    customer = new_customer(java_script_enabled=False)
    customer.opens(merchant.asks_for_payment())
    customer.keeps_picture("without-script-1-the-offer")
    customer.confirms()
    customer.sees("You're all set")
    customer.keeps_picture("without-script-2-all-set")
    assert merchant.outcomes() == ["captured"]
