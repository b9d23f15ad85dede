"""Is this genuine: every message and page of a subscription has the same two words, and another subscription others."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

import pytest

from portal.core.formats import fits_gsm7
from portal.links.check_words import LISTS, check_words
from portal.links.models import Link
from portal.links.tokens import current_key_id
from portal.notifications.models import Message
from portal.notifications.render import render
from tests.checkout.own.told import looks, words
from tests.harness import SAMPLE, Customer, Merchant, Portal


def said(body: str) -> str:
    found = re.search(r"check words: ([a-z]+ [a-z]+)", body)
    assert found, body
    return found.group(1)


def test_the_text_and_its_page_have_the_same_words(portal: Portal, customer: Customer, merchant: Merchant) -> None:
    text = merchant.messages()[0]
    theirs = said(text["body"])
    customer = Customer(portal, text["link"])
    assert theirs in words(customer.page())
    page = looks(customer, "genuine")
    assert page.heading == "Is this genuine?"
    assert theirs in words(page)
    assert "439772921" in words(page)


def test_every_message_of_a_subscription_and_every_link_in_it_has_the_same_words(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    merchant_on_clock.post(amount=39.99)
    portal.run_jobs()
    messages = merchant_on_clock.messages()
    assert {message["channel"] for message in messages} == {"sms"}
    assert len(messages) == 3
    [theirs] = {said(message["body"]) for message in messages}
    for message in messages:
        assert theirs in words(looks(Customer(portal, message["link"]), "genuine"))


def test_the_text_and_the_email_have_the_same_words(portal: Portal, merchant: Merchant) -> None:
    both = {"notify_phone": True, "notify_email": True}
    merchant.post(customer=SAMPLE["customer"] | {"notification_options": both})
    portal.run_jobs()
    messages = merchant.messages()
    assert {message["channel"] for message in messages} == {"sms", "email"}
    [theirs] = {said(message["body"]) for message in messages if message["channel"] == "sms"}
    assert all(theirs in message["body"] for message in messages)


def test_a_link_that_no_message_carries_claims_no_words(portal: Portal, merchant: Merchant) -> None:
    nobody = {"external_id": "9", "first_name": "Ann"}
    customer = Customer(portal, merchant.post(customer=nobody).json["link"])
    assert "No message carries this link" in words(looks(customer, "genuine"))
    assert "has the words" not in words(customer.page())


def test_the_words_belong_to_the_subscription_whichever_link_is_asked(portal: Portal) -> None:
    with portal.app.app_context():
        links = [
            Link(
                id=uuid.uuid4(), nonce=uuid.uuid4().bytes, key_id=current_key_id(), locale="en",
                created_at=datetime.now(UTC),
            )
            for _ in range(2)
        ]  # fmt: skip
        subscriptions = [uuid.uuid4() for _ in range(400)]
        drawn = [check_words(links[0], subscription) for subscription in subscriptions]
        assert drawn == [check_words(links[1], subscription) for subscription in subscriptions]
    assert len(set(drawn)) > 330
    assert all(len(set(pair.split())) == 2 for pair in drawn)


@pytest.mark.parametrize("locale", LISTS)
def test_no_two_words_of_a_language_can_be_taken_for_each_other(locale: str) -> None:
    listed = LISTS[locale]
    assert len(set(listed)) == len(listed) >= 60
    assert max(map(len, listed)) <= 8
    assert locale == "ar" or all(fits_gsm7(word) for word in listed)
    close = [(a, b) for a in listed for b in listed if a < b and len(a) == len(b) and _differing(a, b) < 2]
    assert close == []


def _differing(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("purpose", ["link", "confirmed", "terms_changed", "payment_failed"])
def test_with_the_longest_words_a_text_still_fits_two_parts(purpose: str) -> None:
    longest = " ".join(sorted(LISTS["en"], key=len)[-2:])
    facts = {
        "merchant_name": "Northside Community Fitness", "first_name": "John", "description": "Gold+ Family Plan",
        "amount_text": "$1,234.99", "rhythm_text": "every 2 weeks", "valid_days": 30, "support_phone": "", "lang": "en",
        "next_amount_text": "$1,234.99", "next_day": "Wednesday, September 30, 2026", "version": 2,
        "taken_amount_text": "$1,234.99", "reason_text": "not enough money in the account",
        "retry_day": "Wednesday, September 30", "from_day": "Wednesday, September 30, 2026", "check_words": longest,
    }  # fmt: skip
    text = render(purpose, "sms", facts, "https://pay.example.com/p/7QmR2xVtK9aLw4HcE0sZbN").text
    assert longest in text
    assert fits_gsm7(text)
    assert len(text) <= 306


def test_the_stored_words_name_no_address(portal: Portal, customer: Customer) -> None:
    assert all("/p/" not in (message.body or "") for message in portal.rows(Message))
