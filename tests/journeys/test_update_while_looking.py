"""The merchant changes the terms while the customer looks at them (the native API's own promise)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from statistics import median

import pytest
from playwright.sync_api import Route

from tests.journeys.conftest import NewCustomer
from tests.journeys.customer import SCREENS, Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser

UPDATED = "This subscription has been updated"
SOON = 1.5  # seconds from the merchant's call to the new amount before the customer's eyes
NOTE_WHEN_SEEN = """amount => {
  window.seenAt = 0;
  new MutationObserver((_, observer) => {
    const shown = document.querySelector(".amount").textContent, said = document.querySelector("#live").textContent;
    if (!shown.includes(amount) || !said.includes("This subscription has been updated")) return;
    requestAnimationFrame(() => { window.seenAt = Date.now() / 1000; });
    observer.disconnect();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def test_the_page_says_so_and_shows_the_new_amount_in_place(merchant: Merchant, customer: Customer) -> None:
    customer.opens(merchant.asks_for_payment())
    customer.listens()
    customer.marks_the_page()

    answer = merchant.posts(amount=39.99)
    assert (answer["action"], answer["version"]) == ("updated", 2)

    customer.hears(UPDATED)
    customer.reads("$39.99")
    customer.keeps_picture("1-updated")
    assert customer.is_on_the_marked_page()
    assert customer.page.locator("del").text_content() == "was $34.99"
    assert customer.page.locator("ins").text_content() == "now $39.99"

    customer.confirms()
    customer.sees("You're all set")
    assert [entry["amount"] for entry in merchant.ledger()] == [39.99]


def test_the_new_version_is_before_the_customers_eyes_within_a_moment(
    merchant: Merchant, customer: Customer, record_property: Callable[[str, object], None]
) -> None:
    customer.opens(merchant.asks_for_payment(webhook_url=None))
    customer.listens()
    waits = []
    for cents in range(5):
        customer.is_at_rest()
        customer.page.evaluate(NOTE_WHEN_SEEN, f"$40.0{cents}")
        asked = time.time()
        merchant.posts(amount=f"40.0{cents}", webhook_url=None)  # or its host is looked up before the commit
        committed = time.time()  # the answer leaves after the commit, so the true wait is a little longer
        seen = customer.page.wait_for_function("() => window.seenAt").json_value()
        waits.append((seen - asked, seen - committed))
    worst, usual = max(whole for whole, _ in waits), median(after for _, after in waits)
    words = f"call to eyes {worst * 1000:.0f} ms at worst, answer to eyes {usual * 1000:.0f} ms median of {len(waits)}"
    record_property("update latency", words)
    (SCREENS.parent / "update-latency.txt").write_text(f"{words}\n")
    assert worst < SOON, words


def test_typed_text_focus_and_caret_stay(merchant: Merchant, customer: Customer) -> None:
    """No page of today has a box to type in beside the terms, so this one gets it with its first update."""
    box, form = '<p><label for="note">Note</label> <input id="note" name="note"></p>', '<form method="post"'

    def with_the_box(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(form, box + form, 1))

    customer.opens(merchant.asks_for_payment())
    customer.page.route(re.compile(r"/p/[^/]+$"), with_the_box)
    customer.listens()
    merchant.posts(amount=35.99)
    customer.reads("$35.99")  # by an answer that has the box
    note = customer.page.get_by_label("Note")
    note.fill("call me after six")
    note.evaluate("box => box.setSelectionRange(5, 7)")

    merchant.posts(amount=39.99)
    customer.hears(UPDATED)
    customer.reads("$39.99")

    assert note.input_value() == "call me after six"
    kept = "[document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    assert customer.page.evaluate(kept) == ["note", 5, 7]


def test_a_page_that_could_not_hear_of_it_comes_back_with_the_difference(
    merchant: Merchant, new_customer: NewCustomer
) -> None:
    customer = new_customer(java_script_enabled=False)
    customer.opens(merchant.asks_for_payment())
    merchant.posts(amount=39.99)

    with customer.page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        customer.taps("Confirm payment method")
    assert posted.value.status == 409
    customer.sees("The terms changed before you confirmed")
    assert customer.page.locator("del").text_content() == "was $34.99"
    assert customer.page.locator("ins").text_content() == "now $39.99"
    customer.keeps_picture("2-stale")
    assert merchant.outcomes() == []
    assert merchant.subscription()["status"] == "pending"

    customer.confirms()
    customer.sees("You're all set")
    assert [entry["amount"] for entry in merchant.ledger()] == [39.99]


def test_terms_that_change_while_the_card_is_typed_are_asked_again(merchant: Merchant, customer: Customer) -> None:
    customer.opens(merchant.asks_for_payment())
    customer.taps("Confirm payment method")
    customer.sees("Your card")
    merchant.posts(amount=39.99)
    customer.enters_card()
    customer.sees("The terms changed before you confirmed")
    customer.keeps_picture("3-changed-at-the-gateway")
    assert merchant.outcomes() == []

    customer.confirms()
    customer.sees("You're all set")
    assert [entry["amount"] for entry in merchant.ledger()] == [39.99]
