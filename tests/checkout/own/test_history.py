"""Everything that happened, for the person who pays: payments, changes by whom, messages; nothing of anybody else's."""

from __future__ import annotations

import re

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
    assert set(told[:2]) == {"You canceled. Nothing more is taken.", "We sent a text message to ••• ••• 3333."}
    assert told[2] == "You paused your payments."
    assert "Acme Fitness changed the amount from $34.99 to $29.99." in told
    assert "It was agreed to, and it began." in told
    assert "$34.99 was taken from your Visa ending 4242. Receipt" in told
    assert "111-222-3333" not in page.text


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


def test_before_the_yes_there_is_none(customer: Customer) -> None:
    assert looks(customer, "history").status == 303
