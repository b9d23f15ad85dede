"""What the merchant changes of what was agreed, the customer is told: once, in their language, with how it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.formats import fits_gsm7
from portal.core.jobs import Job
from portal.notifications.models import Message
from tests.billing.test_items import subscribe
from tests.checkout.own.told import looks, taps
from tests.harness import Customer, Merchant, Portal

TOLD = {"ended", "paused", "goes_on", "refunded"}
NO_MONEY = "4000 0000 0000 9995"


def told(merchant: Merchant) -> list[str]:
    """The words of each such text, the oldest first, without check words and address."""
    texts = [one for one in reversed(merchant.messages()) if one["purpose"] in TOLD and one["channel"] == "sms"]
    return [re.sub(r" \(.*?\w+ \w+\)", "", text["body"].partition(" See how")[0]) for text in texts]


def changes(portal: Portal, merchant: Merchant, what: str, **body: Any) -> None:
    answer = merchant.call("POST", f"/subscription/439772921/{what}", json=body)
    assert answer.status_code == 200, answer.text
    portal.run_jobs()


def test_an_end_at_once_is_told_with_its_link(portal: Portal, merchant_on_clock: Merchant, confirmed: Customer) -> None:
    changes(portal, merchant_on_clock, "close")
    assert told(merchant_on_clock) == ["Acme Fitness ended Gold+ Plan. Nothing more is taken."]
    page = Customer(portal, merchant_on_clock.messages()[0]["link"]).page()
    assert page.heading == "Your Gold+ Plan has ended"


@pytest.mark.parametrize(("how", "again"), [("close", 409), ("archive", 200)])
def test_ending_it_again_tells_nobody_again(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer, how: str, again: int
) -> None:
    changes(portal, merchant_on_clock, how)
    assert merchant_on_clock.call("POST", f"/subscription/439772921/{how}").status_code == again
    portal.run_jobs()
    merchant_on_clock.advance("2026-04-01T00:00")
    assert len(told(merchant_on_clock)) == 1


def test_active_false_ends_it_and_is_told(portal: Portal, merchant_on_clock: Merchant, confirmed: Customer) -> None:
    merchant_on_clock.post(active=False)
    portal.run_jobs()
    assert told(merchant_on_clock) == ["Acme Fitness ended Gold+ Plan. Nothing more is taken."]


def test_a_withdrawn_request_that_nobody_agreed_to_is_not_told(portal: Portal, merchant_on_clock: Merchant) -> None:
    merchant_on_clock.post()
    portal.run_jobs()
    changes(portal, merchant_on_clock, "close")
    assert told(merchant_on_clock) == []


def test_what_is_still_owed_is_named(portal: Portal, merchant_on_clock: Merchant, confirmed: Customer) -> None:
    setup = confirmed.tap(confirmed.page(), "change-method")
    confirmed.enter_card(setup.headers["Location"], NO_MONEY)
    merchant_on_clock.advance("2026-02-28T18:00")
    changes(portal, merchant_on_clock, "close")
    assert told(merchant_on_clock) == ["Acme Fitness ended Gold+ Plan. Still to pay: $34.99, and nothing beyond it."]


def test_the_last_invoice_is_made_before_the_message_speaks_of_it(portal: Portal, merchant_on_clock: Merchant) -> None:
    subscribe(portal, merchant_on_clock, lines=[{"id": "use", "description": "Towels", "amount": 28, "billed": "end"}])
    merchant_on_clock.advance("2026-02-10T15:00")
    merchant_on_clock.call("POST", "/subscription/439772921/close")
    portal.run_jobs(Job.SEND_MESSAGE)
    assert told(merchant_on_clock) == []
    portal.run_jobs(Job.RUN_BILLING)
    with portal.writing():
        session().query(Message).filter_by(purpose="ended").update({"due_at": real_now()})  # the lease is over
    portal.run_jobs(Job.SEND_MESSAGE)
    assert told(merchant_on_clock) == ["Acme Fitness ended Gold+ Plan. Still to pay: $10.00, and nothing beyond it."]


def test_an_end_on_a_day_is_told_when_it_is_planned_and_not_again_on_the_day(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    changes(portal, merchant_on_clock, "close", at="2026-03-15")
    words = "Acme Fitness ends Gold+ Plan on Sunday, March 15. From that day on nothing is taken. "
    assert told(merchant_on_clock) == [f"{words}Next: $34.99 on Saturday, February 28."]
    merchant_on_clock.advance("2026-04-01T00:00")
    assert merchant_on_clock.subscription()["status"] == "closed"
    assert len(told(merchant_on_clock)) == 1


def test_a_pause_says_when_the_next_payment_is_and_its_end_before_time_that_it_goes_on(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    changes(portal, merchant_on_clock, "pause", payments=2)
    changes(portal, merchant_on_clock, "pause", payments=2)
    changes(portal, merchant_on_clock, "resume")
    assert told(merchant_on_clock) == [
        "Acme Fitness paused your payments for Gold+ Plan. The next one is on Thursday, April 30.",
        "Acme Fitness: Gold+ Plan goes on. Next: $34.99 on Saturday, February 28.",
    ]


def test_a_pause_without_an_end_says_so(portal: Portal, merchant_on_clock: Merchant, confirmed: Customer) -> None:
    changes(portal, merchant_on_clock, "pause")
    assert told(merchant_on_clock) == [
        "Acme Fitness paused your payments for Gold+ Plan. Nothing is taken until it goes on; we tell you then."
    ]


def test_a_pause_that_ends_on_its_day_was_told_before(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    changes(portal, merchant_on_clock, "pause", until="2026-03-10")
    merchant_on_clock.advance("2026-03-12T00:00")
    assert merchant_on_clock.subscription()["status"] == "active"
    assert len(told(merchant_on_clock)) == 1


def test_what_was_undone_before_it_was_sent_is_not_sent(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    for what in ("pause", "resume"):
        merchant_on_clock.call("POST", f"/subscription/439772921/{what}")  # and no job in between
    portal.run_jobs()
    assert told(merchant_on_clock) == ["Acme Fitness: Gold+ Plan goes on. Next: $34.99 on Saturday, February 28."]
    [skipped] = [message for message in portal.rows(Message) if message.status == "skipped"]
    assert skipped.error == "This was undone before it was sent."


@pytest.mark.parametrize(("share", "amount"), [({}, "$34.99"), ({"amount_minor": 1000}, "$10.00")])
def test_a_refund_is_told_when_it_has_succeeded(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer, share: dict[str, int], amount: str
) -> None:
    payment = merchant_on_clock.subscription()["invoices"][0]["payments"][0]["_id"]
    answer = merchant_on_clock.call("POST", f"/payment/{payment}/refund", json=share)
    assert answer.status_code == 200, answer.text
    portal.run_jobs()
    words = f"Acme Fitness sent {amount} for Gold+ Plan back to your Visa ending 4242. "
    assert told(merchant_on_clock) == [f"{words}Your bank may take a few days to show it."]


def test_what_customers_do_themselves_is_not_told_as_the_merchants(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    taps(confirmed, "pause", looks(confirmed, "pause"), payments="1")
    taps(confirmed, "cancel", looks(confirmed, "cancel"))
    portal.run_jobs()
    assert merchant_on_clock.subscription()["status"] == "closed"
    assert told(merchant_on_clock) == []


@pytest.mark.parametrize("locale", ["fr", "da", "ar"])
def test_it_is_told_in_the_language_of_the_customer(portal: Portal, merchant_on_clock: Merchant, locale: str) -> None:
    person = {"external_id": "c-9", "first_name": "Ann", "mobile_phone": "111-222-3333", "locale": locale}
    customer = Customer(portal, merchant_on_clock.post(customer=person).json["link"])
    customer.confirm()
    portal.run_jobs()
    for what in ("pause", "resume", "close"):
        changes(portal, merchant_on_clock, what)
    texts = [one["body"] for one in merchant_on_clock.messages() if one["purpose"] in TOLD]
    assert len(texts) == 3
    assert locale == "ar" or all(fits_gsm7(text) and len(text) <= 306 for text in texts), texts
    assert not re.search(r"paused|goes on|ended|taken", " ".join(texts))
