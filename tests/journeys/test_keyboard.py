"""Without a pointer: every page is walked through with Tab, arrows and Enter, with scripts and without."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import NewCustomer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_the_whole_life_of_a_subscription_by_the_keyboard_alone(
    merchant_on_clock: Merchant, new_customer: NewCustomer, scripts: bool
) -> None:
    customer = new_customer(java_script_enabled=scripts)
    link = merchant_on_clock.asks_for_payment()
    customer.opens(link)
    customer.chooses("Is this genuine?")
    customer.sees("Is this genuine?")
    customer.chooses("Back")
    customer.sees("Gold+ Plan")
    customer.chooses("Confirm payment method")
    for label, text in {"Card number": "4242424242424242", "Expiry date": "1249", "Security code": "123"}.items():
        customer.types(label, text)
    customer.types("Name on card", "John Doe")
    customer.chooses("Save card")
    customer.sees("You're all set")

    customer.chooses("Pause")
    customer.sees("Pause your Gold+ Plan?")
    customer.walks_to("Leave out 1 payment")
    customer.page.keyboard.press("ArrowDown")
    customer.chooses("Pause")
    customer.sees("Your Gold+ Plan is paused")
    customer.reads("Thursday, April 30")
    customer.chooses("Start again now")
    customer.sees("You're all set")
    customer.chooses("Cancel subscription")
    customer.chooses("Cancel subscription")
    customer.sees("Your Gold+ Plan is canceled")
    customer.chooses("Undo, keep my subscription")
    customer.sees("You're all set")

    customer.chooses("Receipts and invoices")
    customer.chooses("What you agreed to")
    customer.chooses("Back to my subscription")
    customer.chooses("Someone else pays")
    customer.chooses("Make a link for someone else")
    customer.sees("Your link for someone else")
    customer.chooses("Take this link back")
    customer.sees("Someone else pays")
    customer.chooses("Back")
    customer.chooses("Use a card you gave before")
    customer.chooses("Send me a code")
    customer.walks_to("The code we sent")
    customer.chooses("Back to my subscription")
    customer.chooses("Dansk")
    customer.sees("Alt er på plads")
    assert merchant_on_clock.outcomes() == ["captured"]
