"""Cards given before: shown and used only after a code to the known contact, never without it, never anybody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from portal.billing.models import PaymentMethod
from portal.core.changes import Change
from portal.links.models import ContactCode
from portal.notifications.models import Message
from portal.subscriptions.models import Subscription
from tests.checkout.own.told import looks, names, taps, words
from tests.harness import Customer, Merchant, Page, Portal

OTHER_CARD = "4000 0000 0000 9995"


@pytest.fixture
def two_cards(portal: Portal, confirmed: Customer) -> Customer:
    """John gave 4242, then changed to 9995."""
    setup = confirmed.tap(confirmed.page(), "change-method")
    confirmed.enter_card(setup.headers["Location"], OTHER_CARD)
    portal.run_jobs()
    return confirmed


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(datetime.now(UTC).timestamp(), tick=False) as travelled:
        yield travelled


def asks_for_code(customer: Customer) -> Page:
    answer = taps(customer, "method", looks(customer, "method"), "send-code")
    assert answer.status_code == 303
    customer.portal.run_jobs()
    return Page(customer.portal.client.get(answer.headers["Location"]))


def code_in(merchant: Merchant) -> str:
    found = re.match(r"(\d{6}) is your code", merchant.messages()[0]["body"])
    assert found
    return found.group(1)


def in_use(portal: Portal) -> str:
    method: PaymentMethod = portal.row(PaymentMethod, id=portal.the_subscription().payment_method_id)
    return method.last4


def test_with_the_code_an_earlier_card_can_be_used_again(
    portal: Portal, merchant_on_clock: Merchant, two_cards: Customer
) -> None:
    page = asks_for_code(two_cards)
    assert "sent to ••• ••• 3333" in words(page)
    answer = taps(two_cards, "method", page, "check-code", code=code_in(merchant_on_clock))
    chosen = Page(answer)
    assert answer.status_code == 200
    assert "Visa ending 4242" in words(chosen)
    earlier = portal.row(PaymentMethod, last4="4242")
    assert taps(two_cards, "method", chosen, "use-saved", method=str(earlier.id)).status_code == 303
    assert in_use(portal) == "4242"
    line = portal.rows(Change, what="payment method changed")[-1]
    assert line.actor == "customer"
    assert line.fields == [{"field": "method", "old": "Visa **** 9995", "new": "Visa **** 4242"}]


def test_without_the_code_no_card_but_the_present_one_is_told(two_cards: Customer) -> None:
    asked = looks(two_cards, "method")
    assert "9995" in asked.text
    assert not names(asked.text, "4242")
    assert not names(asks_for_code(two_cards).text, "4242")


def test_the_code_stands_neither_in_the_database_nor_in_what_support_reads(
    portal: Portal, merchant_on_clock: Merchant, two_cards: Customer
) -> None:
    asks_for_code(two_cards)
    code = code_in(merchant_on_clock)
    message = portal.row(Message, purpose="code")
    assert code not in f"{message.body} {message.subject} {message.facts}"
    assert message.body.startswith("{code:")
    row = portal.row(ContactCode)
    assert code not in str(vars(row))
    assert "http" not in message.body
    assert len(merchant_on_clock.messages()[0]["body"]) <= 160


def test_five_tries_then_even_the_right_code_is_too_late(
    portal: Portal, merchant_on_clock: Merchant, two_cards: Customer
) -> None:
    page = asks_for_code(two_cards)
    code = code_in(merchant_on_clock)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert taps(two_cards, "method", page, "check-code", code=wrong).status_code == 422
    answer = taps(two_cards, "method", page, "check-code", code=code)
    assert answer.status_code == 422
    assert not names(answer.text, "4242")
    assert portal.row(ContactCode).tries == 5


def test_a_code_works_once_and_for_ten_minutes(
    merchant_on_clock: Merchant, two_cards: Customer, clock: time_machine.Coordinates
) -> None:
    page = asks_for_code(two_cards)
    code = code_in(merchant_on_clock)
    assert taps(two_cards, "method", page, "check-code", code=f" {code[:3]} {code[3:]} ").status_code == 200
    assert taps(two_cards, "method", page, "check-code", code=code).status_code == 422
    clock.shift(61)
    page = asks_for_code(two_cards)
    code = code_in(merchant_on_clock)
    clock.shift(600)
    assert taps(two_cards, "method", page, "check-code", code=code).status_code == 422


def test_a_newer_code_makes_the_older_one_useless(
    merchant_on_clock: Merchant, two_cards: Customer, clock: time_machine.Coordinates
) -> None:
    page = asks_for_code(two_cards)
    older = code_in(merchant_on_clock)
    clock.shift(61)
    asks_for_code(two_cards)
    assert code_in(merchant_on_clock) != older
    assert taps(two_cards, "method", page, "check-code", code=older).status_code == 422


def test_one_code_a_minute_and_five_a_day_by_the_real_clock(
    portal: Portal, merchant_on_clock: Merchant, two_cards: Customer, clock: time_machine.Coordinates
) -> None:
    page = looks(two_cards, "method")
    assert taps(two_cards, "method", page, "send-code").status_code == 303
    assert taps(two_cards, "method", page, "send-code").status_code == 409
    merchant_on_clock.advance("2026-02-15T00:00")  # the site's own clock moves no guard
    assert taps(two_cards, "method", page, "send-code").status_code == 409
    for _ in range(4):
        clock.shift(61)
        assert taps(two_cards, "method", page, "send-code").status_code == 303
    clock.shift(61)
    assert taps(two_cards, "method", page, "send-code").status_code == 429
    assert len(portal.rows(Message, purpose="code")) == 5
    clock.shift(24 * 3600)
    assert taps(two_cards, "method", page, "send-code").status_code == 303


def test_the_proof_is_of_this_link_and_of_these_minutes(
    portal: Portal, merchant_on_clock: Merchant, two_cards: Customer, clock: time_machine.Coordinates
) -> None:
    page = asks_for_code(two_cards)
    chosen = Page(taps(two_cards, "method", page, "check-code", code=code_in(merchant_on_clock)))
    earlier = str(portal.row(PaymentMethod, last4="4242").id)
    for proof in ("", "x", "99999999999.x", f"1{chosen.hidden('use-saved')['proof']}"):
        assert taps(two_cards, "method", chosen, "use-saved", method=earlier, proof=proof).status_code == 422
    clock.shift(601)
    assert taps(two_cards, "method", chosen, "use-saved", method=earlier).status_code == 422
    assert in_use(portal) == "9995"


def test_somebody_elses_card_cannot_be_chosen(portal: Portal, merchant_on_clock: Merchant, two_cards: Customer) -> None:
    other = Customer(portal, merchant_on_clock.post(external_id="2", customer={"email": "b@abc.com"}).json["link"])
    other.confirm("4000 0000 0000 4954")
    portal.run_jobs()
    theirs = portal.row(PaymentMethod, last4="4954")
    mine = portal.row(PaymentMethod, last4="9995")
    page = asks_for_code(two_cards)
    chosen = Page(taps(two_cards, "method", page, "check-code", code=code_in(merchant_on_clock)))
    assert "4954" not in chosen.text
    assert taps(two_cards, "method", chosen, "use-saved", method=str(theirs.id)).status_code == 409
    subscription = portal.row(Subscription, payment_method_id=mine.id)
    assert subscription.external_id == "439772921"


def test_an_expired_card_is_not_offered(portal: Portal, merchant_on_clock: Merchant, two_cards: Customer) -> None:
    merchant_on_clock.call("POST", "/subscription/439772921/pause", json={})
    merchant_on_clock.advance("2050-01-02T12:00")
    merchant_on_clock.call("POST", "/subscription/439772921/resume", json={})
    page = asks_for_code(two_cards)
    chosen = Page(taps(two_cards, "method", page, "check-code", code=code_in(merchant_on_clock)))
    assert "no other card of yours" in words(chosen)


def test_a_code_that_could_not_be_sent_in_time_is_not_sent_late(
    portal: Portal, two_cards: Customer, clock: time_machine.Coordinates
) -> None:
    taps(two_cards, "method", looks(two_cards, "method"), "send-code")
    clock.shift(601)
    portal.run_jobs()
    message = portal.row(Message, purpose="code")
    assert (message.status, message.error) == ("skipped", "The code in it was no longer good.")
