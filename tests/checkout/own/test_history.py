"""Everything that happened, for the person who pays: payments, changes by whom, messages; nothing of anybody else's."""

from __future__ import annotations

import re
from typing import get_args

from portal.checkout.history_words import message_subject
from portal.notifications.queue import Purpose
from tests.checkout.own.told import looks, taps, words
from tests.checkout.test_query_counts import counted
from tests.harness import Customer, Merchant, Page, Portal


def lines(page: Page) -> list[str]:
    return [words_of(line) for line in re.findall(r"<dd>(.*?)</dd>", page.text, re.S)]


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).replace("&#39;", "'").split())


def test_it_says_who_changed_what_and_which_messages_went_out(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    merchant_on_clock.advance("2026-02-02T12:00")
    merchant_on_clock.post(amount=29.99)
    portal.run_jobs()
    merchant_on_clock.advance("2026-02-03T12:00")
    taps(confirmed, "pause", looks(confirmed, "pause"), payments="1")
    merchant_on_clock.advance("2026-02-04T12:00")
    taps(confirmed, "cancel", looks(confirmed, "cancel"))
    portal.run_jobs()
    page = looks(confirmed, "history")
    assert page.heading == "Everything that happened"
    told = lines(page)
    canceled = "We sent a text message to ••• ••• 3333: you canceled."
    assert set(told[:2]) == {"You canceled. Nothing more is taken.", canceled}
    assert "We sent a text message to ••• ••• 3333: your payment link." in told
    assert told[2] == "You paused your payments."
    assert "Your price changed from $34.99 to $29.99. Acme Fitness told you on Monday, February 2." in told
    assert "It was agreed to, and it began." in told
    assert "$34.99 was taken from your Visa ending 4242. Receipt" in told
    assert "111-222-3333" not in page.text


def test_whatever_is_sent_to_a_customer_is_told_by_what_it_was_about() -> None:
    in_english = {purpose: message_subject(purpose, "en") for purpose in get_args(Purpose)}
    assert len(set(in_english.values())) == len(in_english)


def test_a_pause_by_the_merchant_is_told_as_theirs(merchant_on_clock: Merchant, confirmed: Customer) -> None:
    merchant_on_clock.call("POST", "/subscription/439772921/pause")
    merchant_on_clock.call("POST", "/subscription/439772921/resume")
    told = lines(looks(confirmed, "history"))
    assert {"Acme Fitness paused your payments.", "Your payments started again."} <= set(told)


def test_it_reads_a_bounded_number_of_times(portal: Portal, merchant_on_clock: Merchant, confirmed: Customer) -> None:
    merchant_on_clock.advance("2027-02-10T00:00")
    with counted(portal) as statements:
        page = looks(confirmed, "history")
    assert len(statements) <= 12
    assert "taken from your Visa" in words(page)


def test_a_higher_price_says_since_when_the_customer_knows_and_counts_from_the_next_date(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    merchant_on_clock.advance("2026-02-02T12:00")
    merchant_on_clock.post(amount=39.99)
    waits = "Acme Fitness changed the price from $34.99 to $39.99. It counts when you have been told."
    assert waits in words(confirmed.page())
    portal.run_jobs()
    known = "Your price changed from $34.99 to $39.99, from Saturday, February 28. Acme Fitness told you on Monday,"
    assert known in words(confirmed.page())
    assert known in words(looks(confirmed, "history"))
    merchant_on_clock.advance("2026-04-01T00:00")
    assert known in words(confirmed.page())
    assert words(confirmed.page()).count("Your price changed") == 1


def test_a_price_with_another_rhythm_names_both(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    merchant_on_clock.post(amount=90, frequency="Quarterly")
    portal.run_jobs()
    assert "from $34.99 every month to $90.00 every 3 months, from" in words(confirmed.page())


def test_what_changed_before_the_yes_is_no_change_of_the_price(portal: Portal, merchant_on_clock: Merchant) -> None:
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    merchant_on_clock.post(amount=39.99)
    customer.confirm()
    portal.run_jobs()
    assert "Your price changed" not in words(customer.page())
    assert "Acme Fitness changed the amount from $34.99 to $39.99." in words(looks(customer, "history"))


def test_before_the_yes_there_is_none(customer: Customer) -> None:
    assert looks(customer, "history").status == 303
