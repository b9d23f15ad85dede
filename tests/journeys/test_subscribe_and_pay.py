"""The first minute: the merchant adds a subscription, the customer taps the link, gives a card and has paid."""

from __future__ import annotations

import pytest

from tests.journeys import agent, database
from tests.journeys.conftest import NewCustomer
from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser


def shows_the_phone(customer: Customer, merchant: Merchant) -> None:
    """Open to all on the embedded default; elsewhere behind the console's sign-in (contract section 9)."""
    if not merchant.product.is_embedded:
        agent.signs_in(customer.page, merchant.product, "phone@acme.example")
    customer.opens(f"{merchant.product.url}/sandbox/phone")


def waits_for_the_text(customer: Customer, merchant: Merchant) -> str:
    """The link in the newest text of this merchant, looked for again and again as a person would."""
    text = customer.page.get_by_role("listitem").filter(has_text=f"{merchant.name} asks you to confirm")
    while text.count() == 0:
        customer.page.reload()
    customer.keeps_picture("1-the-phone")
    return text.first.get_by_role("link").get_attribute("href") or ""


def test_a_customer_taps_the_link_in_a_text_gives_a_card_and_is_all_set(merchant: Merchant, customer: Customer) -> None:
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
    assert customer.page.url.startswith(f"{merchant.product.url}/sandbox/")
    customer.keeps_picture("3-the-gateways-page")
    customer.enters_card()

    customer.sees("You're all set")
    customer.reads("$34.99 was taken today.")
    customer.reads("Visa ending 4242")
    customer.keeps_picture("5-all-set")

    (entry,) = merchant.ledger()
    assert (entry["outcome"], entry["amount"], entry["currency"]) == ("captured", 34.99, "USD")
    assert merchant.subscription()["status"] == "active"


def test_the_page_that_waits_becomes_all_set_without_a_reload_and_stays(merchant: Merchant, customer: Customer) -> None:
    customer.opens(merchant.asks_for_payment())
    customer.taps("Confirm payment method")
    customer.sees("Your card")
    with database.slow(merchant.product.database_url):
        customer.enters_card()
        customer.sees("Being confirmed")
        customer.keeps_picture("4-being-confirmed")
        customer.listens()
        customer.marks_the_page()
    customer.sees("You're all set")
    customer.hears("You're all set")
    assert customer.stays_here(2500), "the Refresh header is for those without a script"
    assert customer.is_on_the_marked_page()
    assert merchant.outcomes() == ["captured"]


def test_it_all_works_without_javascript_and_the_waiting_page_moves_on_by_itself(
    merchant: Merchant, new_customer: NewCustomer
) -> None:
    customer = new_customer(java_script_enabled=False)
    assert customer.opens(merchant.asks_for_payment()) == 200
    assert customer.buttons() == ["Confirm payment method"]
    customer.keeps_picture("without-script-1-the-offer")
    customer.taps("Confirm payment method")
    customer.sees("Your card")
    customer.keeps_picture("without-script-2-the-gateways-page")
    with database.slow(merchant.product.database_url):
        customer.enters_card()
        customer.sees("Being confirmed")
        customer.keeps_picture("without-script-3-being-confirmed")
    customer.sees("You're all set")
    customer.keeps_picture("without-script-4-all-set")
    assert merchant.outcomes() == ["captured"]


def test_the_customers_pages_set_no_cookie(merchant: Merchant, customer: Customer) -> None:
    customer.opens(merchant.asks_for_payment())
    customer.confirms()
    customer.sees("You're all set")
    assert customer.context.cookies() == []
