"""Language and texts: the customer's own choice, said before the tap, kept whatever the merchant sends later."""

from __future__ import annotations

import pytest

from portal.core.changes import Change
from portal.customers.models import Customer as CustomerRow
from portal.notifications.models import Message
from tests.checkout.own.told import looks, taps, words
from tests.harness import SAMPLE, Customer, Merchant, Page, Portal

PHONE_ONLY = {name: value for name, value in SAMPLE["customer"].items() if name != "email"}  # type: ignore[attr-defined]


def test_the_language_is_saved_on_the_record_and_no_update_undoes_it(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    assert taps(confirmed, "choices", looks(confirmed, "choices"), "language", language="da").status_code == 303
    assert portal.row(CustomerRow).locale == "da"
    merchant_on_clock.post(customer=SAMPLE["customer"] | {"locale": "fr"})
    assert portal.row(CustomerRow).locale == "da"
    line = portal.row(Change, what="language chosen")
    assert (line.actor, line.fields) == ("customer", [{"field": "locale", "old": None, "new": "da"}])


@pytest.mark.parametrize("language", ["xx", "", "en; DROP TABLE", "../da"])
def test_a_language_that_we_do_not_speak_is_refused(portal: Portal, confirmed: Customer, language: str) -> None:
    answer = taps(confirmed, "choices", looks(confirmed, "choices"), "language", language=language)
    assert answer.status_code == 422
    assert portal.row(CustomerRow).locale is None


def test_who_stops_texts_is_told_where_notices_go_and_gets_them_there(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    page = looks(confirmed, "choices")
    said = "Texts go to ••• ••• 3333. If you stop them, notices of your payments go by e-mail to jo•••••@abc.com"
    assert said in words(page)
    assert taps(confirmed, "choices", page, "stop-texts").status_code == 303
    assert "You stopped them on Saturday, January 31." in words(looks(confirmed, "choices"))
    before = len(portal.rows(Message))
    merchant_on_clock.post(amount=39.99)
    portal.run_jobs()
    assert [message.channel for message in portal.rows(Message)[before:]] == ["email"]


def test_a_stop_outlives_every_update_until_it_is_taken_back(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    taps(confirmed, "choices", looks(confirmed, "choices"), "stop-texts")
    options = {"notification_options": {"notify_phone": True, "notify_email": False}}
    merchant_on_clock.post(customer=SAMPLE["customer"] | options)
    assert portal.row(CustomerRow).channels == ("email",)
    assert taps(confirmed, "choices", looks(confirmed, "choices"), "take-texts").status_code == 303
    assert portal.row(CustomerRow).channels == ("sms",)


def test_without_an_email_address_the_page_says_that_nothing_would_be_sent(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    customer = Customer(portal, merchant_on_clock.post(customer=PHONE_ONLY).json["link"])
    page = looks(customer, "choices")
    assert "you get no notices of your payments at all" in words(page)
    taps(customer, "choices", page, "stop-texts")
    assert portal.row(CustomerRow).channels == ()
    portal.run_jobs()  # the first text was owed when they said stop
    message = portal.row(Message)
    assert (message.status, message.error) == ("skipped", "The customer has stopped text messages.")


def test_texts_can_be_stopped_from_the_first_text_on_even_where_the_link_has_expired(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    portal.run_jobs()
    merchant_on_clock.advance("2026-03-15T00:00")
    assert customer.page().heading == "This link has expired"
    assert taps(customer, "choices", looks(customer, "choices"), "stop-texts").status_code == 303
    assert portal.row(CustomerRow).channels == ("email",)


def test_the_merchant_hears_of_it_without_a_number(portal: Portal, confirmed: Customer) -> None:
    sequence = portal.the_subscription().sequence
    taps(confirmed, "choices", looks(confirmed, "choices"), "stop-texts")
    assert portal.the_subscription().sequence == sequence + 1
    taps(confirmed, "choices", looks(confirmed, "choices"), "take-texts")
    assert all("3333" not in str(line.fields) for line in portal.rows(Change, entity="customer"))


def test_opening_the_page_changes_nothing_and_sets_no_cookie(portal: Portal, confirmed: Customer) -> None:
    sequence = portal.the_subscription().sequence
    page = looks(confirmed, "choices")
    assert "Set-Cookie" not in page.answer.headers
    assert portal.the_subscription().sequence == sequence
    forged = {"action": "stop-texts", "csrf_token": "x"}
    answer = portal.client.post(f"{confirmed.path}/choices", data=forged)
    assert Page(answer).status == 422
    assert portal.row(CustomerRow).texts_stopped_at is None
