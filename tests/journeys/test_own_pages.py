"""The customer's own pages on a phone: the ways out and back, with and without scripts, and nothing for axe to say."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import NewCustomer
from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST = 44  # CSS px, for everything that is tapped on its own
TOO_SMALL = """smallest => [...document.querySelectorAll("main .btn, main .link, .foot a, main input:not([type=radio]),"
    + " .pick label")].map(e => [e.textContent || e.name, e.getBoundingClientRect().height])
    .filter(([, height]) => height > 0 && height < smallest - 0.5)"""


def stands_the_look(customer: Customer, name: str) -> None:
    """No violation of WCAG 2.2 AA, nothing wider than the phone, no target too small; a picture is kept."""
    customer.keeps_picture(name)
    found = Axe().run(
        customer.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    wide = customer.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name}: {wide} px wider than the phone"
    assert customer.page.evaluate(TOO_SMALL, SMALLEST) == [], name
    assert customer.context.cookies() == [], name


def follows(customer: Customer, name: str) -> None:
    customer.page.get_by_role("link", name=name, exact=True).first.tap()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_pause_and_its_end_and_a_cancel_and_its_undo(
    merchant_on_clock: Merchant, new_customer: NewCustomer, scripts: bool
) -> None:
    customer = new_customer(java_script_enabled=scripts)
    customer.opens(merchant_on_clock.asks_for_payment())
    customer.confirms()
    customer.sees("You're all set")

    follows(customer, "Pause")
    customer.sees("Pause your Gold+ Plan?")
    customer.reads("Feb 28 and Mar 31 are not taken. Next: $34.99 on Thursday, April 30.")
    customer.page.get_by_label("Leave out 2 payments").check()
    customer.taps("Pause")
    customer.sees("Your Gold+ Plan is paused")
    customer.reads("Thursday, April 30")
    customer.taps("Start again now")
    customer.sees("You're all set")

    follows(customer, "Cancel subscription")
    customer.sees("Cancel your Gold+ Plan?")
    customer.reads("Nothing is taken after today.")
    customer.taps("Cancel subscription")
    customer.sees("Your Gold+ Plan is canceled")
    assert merchant_on_clock.subscription()["close_reason"] == "canceled_customer"
    customer.taps("Undo, keep my subscription")
    customer.sees("You're all set")
    assert merchant_on_clock.subscription()["next_due_date"] == "2026-02-28"
    assert merchant_on_clock.outcomes() == ["captured"]


def test_every_own_page_fits_the_phone_and_axe_has_nothing_to_say(
    merchant_on_clock: Merchant, customer: Customer
) -> None:
    link = merchant_on_clock.asks_for_payment()
    customer.opens(f"{link}/genuine")
    stands_the_look(customer, "genuine")
    customer.opens(link)
    customer.confirms()
    customer.sees("You're all set")
    stands_the_look(customer, "done")
    for page, heading in {
        "papers": "Receipts and invoices",
        "agreed": "What you agreed to",
        "choices": "Language and text messages",
        "method": "Change payment method",
        "someone-else": "Someone else pays",
        "pause": "Pause your Gold+ Plan?",
        "cancel": "Cancel your Gold+ Plan?",
    }.items():
        customer.opens(f"{link}/{page}")
        customer.sees(heading)
        stands_the_look(customer, page)

    customer.opens(f"{link}/pause")
    customer.taps("Pause")
    customer.sees("Your Gold+ Plan is paused")
    stands_the_look(customer, "paused")
    follows(customer, "Cancel subscription")
    customer.taps("Cancel subscription")
    customer.sees("Your Gold+ Plan is canceled")
    stands_the_look(customer, "canceled")


def test_a_card_given_before_is_used_after_the_code_from_the_text(
    merchant_on_clock: Merchant, customer: Customer
) -> None:
    link = merchant_on_clock.asks_for_payment()
    customer.opens(link)
    customer.confirms()
    customer.sees("You're all set")
    customer.taps("Change payment method")
    customer.enters_card("4000 0000 0000 9995")
    customer.reads("ending 9995")

    customer.opens(f"{link}/method")
    customer.taps("Send me a code")
    box = customer.page.get_by_label("The code we sent")
    expect(box).to_have_attribute("autocomplete", "one-time-code")
    box.fill("000000x")
    customer.taps("Show my cards")
    customer.reads("This code is wrong or too old.")
    stands_the_look(customer, "wrong-code")
    box.fill(_code(merchant_on_clock, customer))
    customer.taps("Show my cards")
    customer.page.get_by_label("Visa ending 4242").check()
    stands_the_look(customer, "choose-card")
    customer.taps("Use this card")
    customer.sees("You're all set")
    customer.reads("ending 4242")


def _code(merchant: Merchant, customer: Customer) -> str:
    """The text may still be on its way."""
    for _ in range(150):
        found = re.match(r"(\d{6}) is your code", merchant.messages()[0]["body"])
        if found:
            return found.group(1)
        customer.page.wait_for_timeout(100)
    raise AssertionError("no code came")


def test_an_aunt_pays_by_a_link_that_tells_her_nothing_of_the_customer(
    merchant_on_clock: Merchant, customer: Customer, new_customer: NewCustomer
) -> None:
    link = merchant_on_clock.asks_for_payment()
    customer.opens(f"{link}/someone-else")
    customer.taps("Make a link for someone else")
    customer.sees("Your link for someone else")
    stands_the_look(customer, "link-to-forward")
    forwarded = customer.page.get_by_label("Link to forward").input_value()

    aunt = new_customer()
    aunt.opens(forwarded)
    aunt.sees(f"{merchant_on_clock.name} asks you to pay for someone else")
    aunt.does_not_read("Gold+")
    aunt.does_not_read("John")
    stands_the_look(aunt, "payer")
    aunt.page.get_by_label("Your name").fill("Aunt Mary")
    aunt.confirms()
    aunt.sees("You pay for someone else")
    stands_the_look(aunt, "payer-pays")

    customer.opens(f"{link}/someone-else")
    customer.sees("Aunt Mary pays for you")
    customer.taps("End it")
    customer.sees("Someone else pays")
    customer.opens(link)
    customer.sees("Nobody pays for your Gold+ Plan now")
    stands_the_look(customer, "nobody-pays")
    assert aunt.opens(forwarded) == 410
    aunt.sees("This link no longer works")
    stands_the_look(aunt, "payer-over")
    assert merchant_on_clock.outcomes() == ["captured"]


def test_from_a_desk_the_page_goes_on_by_phone(merchant: Merchant, new_customer: NewCustomer) -> None:
    desk = new_customer(viewport={"width": 1280, "height": 800}, is_mobile=False, has_touch=False)
    link = merchant.asks_for_payment()
    desk.opens(f"{link}/genuine")
    expect(desk.page.get_by_role("img", name="QR code with the address of your page")).to_be_visible()
    phone = new_customer()
    phone.opens(f"{link}/genuine")
    expect(phone.page.get_by_role("img", name="QR code with the address of your page")).to_be_hidden()
