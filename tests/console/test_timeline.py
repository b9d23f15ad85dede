"""A request's page: one line for everything that happened, and the answer in a sentence above it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from portal.billing.models import SetupSession
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job
from portal.links.find import by_token
from portal.links.models import PaymentRequest
from portal.notifications.models import Message
from portal.subscriptions.opened import note_open
from portal.webhooks import outbox
from portal.webhooks.deliver import Answer
from portal.webhooks.models import Delivery
from tests.console.browser import Person, counted_queries, words
from tests.harness import Customer, Merchant, Portal

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Mobile/15E Safari/604.1"
WORK = (Job.SEND_MESSAGE, Job.COMPLETE_SETUP, Job.CHARGE)  # webhooks are answered by the test


@pytest.fixture
def john(portal: Portal, merchant_on_clock: Merchant) -> Customer:
    link = merchant_on_clock.post(webhook_url="https://yourcompany.com/webhook").json["link"]
    portal.run_jobs(*WORK)
    return Customer(portal, link)


def token(customer: Customer) -> str:
    return customer.path.removeprefix("/p/")


def open_page(portal: Portal, customer: Customer, agent: str = IPHONE) -> None:
    with portal.writing():
        found = by_token(token(customer))
        assert found is not None
        note_open(found, agent)


def answer_webhooks(portal: Portal, *statuses: int) -> None:
    """The first delivery gets these answers in turn."""
    delivery = portal.rows(Delivery)[0]
    for status in statuses:
        with portal.writing():
            outbox.settle(delivery.id, Answer(status, "busy" if status >= 300 else "ok", None, 84))


def page(portal: Portal, person: Person, **query: str) -> Any:
    return person.page_of(portal.rows(PaymentRequest)[-1], **query)


def said(answer: Any) -> str:
    """The sentence above the timeline."""
    found = re.search(r'<p class="say ?(?:good|note|warn|bad)"><b>(.*?)</b> (.*?)</p>', answer.text, re.S)
    assert found, answer.text
    return f"{found.group(1)} {found.group(2)}"


def test_the_whole_story_of_a_confirmed_subscription(
    portal: Portal, merchant_on_clock: Merchant, john: Customer, maya: Person
) -> None:
    open_page(portal, john)
    merchant_on_clock.post(amount=39.99)
    john.confirm()
    portal.run_jobs(*WORK)
    answer_webhooks(portal, 503, 200)
    answer = page(portal, maya)
    text = words(answer)
    in_order = (
        "Saturday, January 31, 2026, Chicago time",
        "Subscription added by API Acme Fitness’ system, key ak_",
        "$34.99 every month for Gold+ Plan. Start date left open.",
        "Text sent to ••• ••• 3333",
        "Text delivered Phone network",
        "Opened by a person Customer, iPhone, Safari Saw version 1.",
        "Terms changed to version 2",
        "Amount was $34.99 now $39.99",
        "Confirmed version 2",
        "Gold+ Plan: $39.99 today, then every month",
        "Card saved: Visa ending 4242.",
        "$39.99 taken Gateway, try 1 “ Approved ”",
        "Subscription active",
    )
    places = [text.find(part) for part in in_order]
    assert -1 not in places, in_order[places.index(-1)]
    assert places == sorted(places)
    assert said(answer) == "Charged once. $39.99 was taken. Next: $39.99 on Sat, Feb 28."
    assert "Webhook delivered on try 2 yourcompany.com subscription created, sequence 1: answered 200 in 84 ms." in text
    assert "Try 1, Jan 31, 2026, 3:00 AM: answered 503 in 84 ms" in text


def test_the_panel_says_what_support_is_asked(portal: Portal, john: Customer, maya: Person) -> None:
    john.confirm()
    portal.run_jobs(*WORK)
    text = words(page(portal, maya))
    for fact in (
        "Next payment $34.99 Sat, Feb 28 February has no 31st, so on its last day.",
        "Phone (111) 222-3333",
        "E-mail johndoe@abc.com",
        "Card Visa ending 4242, 12/49",
        "Paid so far $34.99, 1 payment",
        "Link Works, opened once",
        f"Id {portal.row(PaymentRequest).id}",
        "External id 439772921",
        "Sandbox at Jan 31, 2026, 3:00 AM",
    ):
        assert fact in text, fact


def test_no_page_holds_the_address_of_a_link(portal: Portal, john: Customer, maya: Person) -> None:
    john.confirm()
    portal.run_jobs(*WORK)
    request = portal.row(PaymentRequest)
    address = f"{portal.settings.public_url.partition('://')[2]}/p/••••"
    assert address in page(portal, maya).text
    for path in (
        "/console/requests",
        f"/console/requests/{request.id}",
        f"/console/subscriptions/{request.subscription_id}",
    ):
        text = maya.get(path).text
        assert token(john) not in text
        assert re.findall(r"/p/[A-Za-z0-9_-]{22}", text) == []
        assert "{link:" not in text


def test_a_refused_charge_is_told_with_the_banks_own_words(portal: Portal, john: Customer, maya: Person) -> None:
    john.confirm("4000 0000 0000 0341")
    portal.run_jobs(*WORK)
    answer = page(portal, maya)
    text = words(answer)
    assert "$34.99 declined Gateway, try 1 “ Do not honor ” Visa ending 0341, code card_declined" in text
    assert "Another card is needed" in text
    assert said(answer).startswith("The first charge was declined. Nothing was taken. One try declined: do not honor.")


def test_a_lost_answer_says_that_nobody_charges_by_hand(
    portal: Portal, merchant_on_clock: Merchant, john: Customer, maya: Person
) -> None:
    john.confirm("4000 0000 0000 4954")
    portal.run_jobs(*WORK)
    answer = page(portal, maya)
    assert said(answer) == (
        "1 charge without an answer. $34.99 may have been taken. We ask the gateway again at 3:01 AM."
        " Do not charge by hand."
    )
    assert '<li class="is-unknown">' in answer.text
    merchant_on_clock.advance("2026-01-31T09:02")
    answer = page(portal, maya)
    text = words(answer)
    assert said(answer).startswith("Charged once.")
    assert text.index("$34.99 charge, answer unknown") < text.index("$34.99 taken")


def test_a_card_saved_for_older_terms_is_told(
    portal: Portal, merchant_on_clock: Merchant, john: Customer, maya: Person
) -> None:
    john.confirm()
    merchant_on_clock.post(amount=50)
    portal.run_jobs(*WORK)
    assert portal.row(SetupSession).status == "stale"
    text = words(page(portal, maya))
    assert "Card saved for older terms" in text
    assert "Had said yes to version 1. The terms changed before the card was saved." in text


def test_a_message_that_failed_and_one_that_waits_for_its_next_try(
    portal: Portal, john: Customer, maya: Person
) -> None:
    with portal.writing():
        message = session().query(Message).one()
        request = session().query(PaymentRequest).one()
        request.status, request.sent_at, request.delivered_at = "issued", None, None
        message.status, message.error = "failed", "Number switched off."
    answer = page(portal, maya)
    assert "Text not delivered to ••• ••• 3333" in words(answer)
    assert said(answer).startswith("The message was not delivered. Nothing was taken yet. Number switched off.")
    with portal.writing():
        message = session().query(Message).one()
        message.status, message.tries, message.due_at = "queued", 1, real_now() + timedelta(minutes=1)
    assert "Text not sent yet to ••• ••• 3333" in words(page(portal, maya))


def test_a_withdrawn_request_says_by_whom(
    portal: Portal, merchant_on_clock: Merchant, john: Customer, maya: Person
) -> None:
    merchant_on_clock.post(body={"external_id": "439772921", "active": False})
    answer = page(portal, maya)
    assert "Subscription closed Acme Fitness’ system" in words(answer)
    assert said(answer) == "Nothing was taken yet. The merchant has withdrawn the request."


def test_an_expired_request_says_when(
    portal: Portal, merchant_on_clock: Merchant, john: Customer, maya: Person
) -> None:
    merchant_on_clock.advance("2026-03-05T10:00")
    answer = page(portal, maya)
    assert "Monday, March 2, 2026" in answer.text
    assert "Link expired" in words(answer)


def test_an_older_request_points_to_the_newest(
    portal: Portal, merchant_on_clock: Merchant, john: Customer, maya: Person
) -> None:
    merchant_on_clock.post(
        body={"external_id": "439772921", "customer": {"external_id": "39772634", "mobile_phone": "312-555-0188"}}
    )
    older, newest = portal.rows(PaymentRequest)
    answer = maya.page_of(older)
    assert "There is a later request." in answer.text
    assert f"/console/requests/{newest.id}" in answer.text
    assert "Send again" not in answer.text
    assert "Send again" in maya.page_of(newest).text


@pytest.mark.parametrize(
    ("show", "present", "absent"),
    [
        ("messages", "Text sent to", "Gateway, try 1"),
        ("money", "$34.99 taken", "Text sent to"),
        ("api", "Subscription added by API", "Text sent to"),
        ("staff", "Nothing of this kind has happened.", "Text sent to"),
        ("nonsense", "Text sent to", "Nothing of this kind"),
    ],
)
def test_the_timeline_can_be_narrowed(
    portal: Portal, john: Customer, maya: Person, show: str, present: str, absent: str
) -> None:
    john.confirm()
    portal.run_jobs(*WORK)
    text = words(page(portal, maya, show=show)).partition("Everything that happened")[2]
    assert present in text
    assert absent not in text


def test_a_long_story_costs_as_many_queries_as_a_short_one(
    portal: Portal, merchant_on_clock: Merchant, john: Customer, maya: Person
) -> None:
    page(portal, maya)
    with counted_queries(portal) as short:
        page(portal, maya)
    for amount in range(40, 60):
        merchant_on_clock.post(amount=amount)
    john.confirm()
    portal.run_jobs(*WORK)
    merchant_on_clock.advance("2026-06-01T10:00")
    with counted_queries(portal) as long:
        page(portal, maya)
    assert len(long) == len(short) <= 22


def test_looking_changes_nothing(portal: Portal, john: Customer, maya: Person) -> None:
    before = portal.the_subscription().sequence
    page(portal, maya)
    maya.get("/console/health")
    assert portal.the_subscription().sequence == before
    assert portal.row(PaymentRequest).opened_at is None


def test_a_subscription_has_its_dates_requests_and_payments(portal: Portal, john: Customer, maya: Person) -> None:
    john.confirm()
    portal.run_jobs(*WORK)
    text = words(maya.get(f"/console/subscriptions/{portal.the_subscription().id}"))
    for part in (
        "Dates Sat, Feb 28 $34.99 February has no 31st",
        "Tue, Mar 31",
        "Confirmed",
        "Paid Visa ending 4242 $34.99",
    ):
        assert part in text, part
    assert maya.get("/console/subscriptions/0190f2d0-0000-7000-8000-000000000000").status_code == 404
    assert maya.get("/console/subscriptions/nonsense").status_code == 404
