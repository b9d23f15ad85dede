"""Nothing that a customer reads is left in English: every page, text, email and paper in a language of marks."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from portal.billing.models import Invoice, Payment, SetupSession
from portal.core.database import session
from portal.core.jobs import Job
from portal.links.models import PaymentRequest
from portal.notifications.models import Message
from portal.notifications.render import render as words_of
from portal.subscriptions.models import Subscription
from tests.harness import SAMPLE, Customer, Merchant, Page, Portal
from tests.looks.rendering import environment, every_page
from tests.pseudo import LANGUAGE, marked, marking, outside_in, unmarked, unmarked_in

PEOPLE = SAMPLE["customer"]
OURS = {name: sample for name, sample in every_page().items() if not name.startswith("sandbox")}


@pytest.fixture(autouse=True)
def marks(tmp_path: Path) -> Iterator[None]:
    with marking(tmp_path / "marks"):
        yield


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


def french(portal: Portal, shop: Merchant, **changes: object) -> Customer:
    answer = shop.post(customer=PEOPLE | {"locale": LANGUAGE}, **changes)
    assert answer.status_code == 200, answer.text
    portal.run_jobs()
    return Customer(portal, answer.json["link"])


def subscribed(portal: Portal, shop: Merchant, card: str = "4242 4242 4242 4242", **changes: object) -> Customer:
    customer = french(portal, shop, **changes)
    customer.confirm(card)
    portal.run_jobs()
    return customer


def shown(page: Page, heading: str, status: int = 200) -> None:
    assert (page.heading.replace("«", "").replace("»", ""), page.status) == (heading, status)
    assert unmarked_in(page.text) == []
    assert '<html lang="fr" dir="ltr">' in page.text


@pytest.mark.parametrize("name", OURS)
def test_a_template_says_nothing_of_its_own(name: str) -> None:
    sample = OURS[name]
    context = {key: marked(value) for key, value in sample.context.items()}
    page = environment(language=LANGUAGE).get_template(sample.template).render(**context)
    assert outside_in(page) == []


def test_the_offer_its_update_and_a_stale_yes(portal: Portal, shop: Merchant) -> None:
    customer = french(portal, shop, number_of_payments=12)
    old = customer.page()
    shown(old, "Gold+ Plan")
    french(portal, shop, amount=39.99, frequency="Quarterly", number_of_payments=3)
    shown(customer.page(**{"X-Shown-Version": "1"}), "Gold+ Plan")
    shown(Page(customer.tap(old)), "The terms changed before you confirmed", 409)
    shown(Page(customer.tap(customer.page(), csrf_token="forged")), "Gold+ Plan", 422)


@pytest.mark.parametrize("frequency", ["Daily", "Weekly", "Bi-Weekly", "Semi-Monthly", "Semi-Annually", "Yearly"])
def test_every_rhythm(portal: Portal, shop: Merchant, frequency: str) -> None:
    shown(french(portal, shop, frequency=frequency, frequency_units=2).page(), "Gold+ Plan")


def test_from_the_card_to_the_receipt(portal: Portal, shop: Merchant) -> None:
    customer = french(portal, shop)
    address = customer.tap(customer.page()).headers["Location"]
    shown(Page(portal.client.get(f"{customer.path}?setup={portal.row(SetupSession).id}")), "Being confirmed")
    customer.enter_card(address)
    portal.run_jobs(Job.COMPLETE_SETUP)
    shown(customer.page(), "Being confirmed")
    portal.run_jobs()
    done = customer.page()
    shown(done, "You're all set")
    receipt = portal.client.get(re.findall(r'href="([^"]+/receipt/[^".]+)"', done.text)[0])
    shown(Page(receipt), "Receipt")
    for path in re.findall(r'href="([^"]+\.pdf[^"]*)"', receipt.text):
        assert unmarked(_said(portal.client.get(path).data)) == []
    payment = portal.row(Payment)
    shop.call("POST", f"/payment/{payment.id}/refund", json={"amount_minor": 1000})
    shown(customer.page(), "You're all set")


def _said(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_refused_at_once(portal: Portal, shop: Merchant) -> None:
    shown(subscribed(portal, shop, "4000 0000 0000 0341").page(), "Your payment didn't go through")


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("unknown", "Your payment is being checked"),
        ("requires_action", "Your bank wants to ask you"),
        ("failed", "Your payment didn't go through"),
        ("pending", "You're all set"),
    ],
)
def test_a_payment_without_an_end(portal: Portal, shop: Merchant, status: str, heading: str) -> None:
    customer = subscribed(portal, shop)
    with portal.writing():
        session().query(Payment).update({"status": status, "paid_at": None})
        session().query(Invoice).update({"status": "open", "paid_at": None})
    shown(customer.page(), heading)


def test_overdue_for_long(portal: Portal, shop: Merchant) -> None:
    customer = subscribed(portal, shop)
    with portal.writing():
        session().query(Payment).update({"status": "failed", "paid_at": None})
        session().query(Invoice).update({"status": "uncollectible", "paid_at": None})
        session().query(Subscription).update({"status": "failed"})
    shown(customer.page(), "One payment is overdue")


@pytest.mark.parametrize("reason", ["completed", "expired", "canceled_customer", "canceled_merchant"])
def test_ended(portal: Portal, shop: Merchant, reason: str) -> None:
    customer = subscribed(portal, shop)
    with portal.writing():
        session().query(Subscription).update({"status": "closed", "close_reason": reason})
    by_customer = reason == "canceled_customer"
    shown(customer.page(), "Your Gold+ Plan is canceled" if by_customer else "Your Gold+ Plan has ended", 410)


def test_replaced(portal: Portal, shop: Merchant) -> None:
    customer = french(portal, shop)
    with portal.writing():
        session().query(PaymentRequest).update({"status": "replaced"})
    shown(customer.page(), "There is a newer link", 410)


def test_the_end_of_a_link(portal: Portal, shop: Merchant) -> None:
    withdrawn = french(portal, shop)
    shop.post(active=False)
    shown(withdrawn.page(), "Acme Fitness has withdrawn this request", 410)
    expired = french(portal, shop, external_id="2")
    shop.advance("2026-04-01T00:00")
    shown(expired.page(), "This link has expired", 410)
    shown(Page(expired.tap(expired.page(), "send-new-link")), "A new link is on its way")


def test_paused(portal: Portal, shop: Merchant) -> None:
    customer = subscribed(portal, shop)
    shop.call("POST", "/subscription/439772921/pause")
    shown(customer.page(), "Your Gold+ Plan is paused")


def test_errors_of_nobody_in_particular(portal: Portal) -> None:
    browser = {"Accept-Language": "fr-CA, en;q=0.5"}
    for path in ("/p/nothing", "/nowhere"):
        shown(Page(portal.client.get(path, headers=browser)), "We can't find this page", 404)
    shown(Page(portal.client.put("/p/nothing", headers=browser)), "This page can't be used like that", 405)


def test_every_message(portal: Portal, shop: Merchant) -> None:
    everyone = PEOPLE | {
        "locale": LANGUAGE, "notification_options": {"notify_phone": True, "notify_email": True}
    }  # fmt: skip
    for external_id, card in (("1", "4242 4242 4242 4242"), ("2", "4000 0000 0000 9995")):
        answer = shop.post(external_id=external_id, customer=everyone)
        portal.run_jobs()
        Customer(portal, answer.json["link"]).confirm(card)
        portal.run_jobs()
    shop.post(external_id="1", customer=everyone, amount=39.99)
    portal.run_jobs()
    messages = portal.rows(Message)
    assert {message.purpose for message in messages} == {"link", "confirmed", "terms_changed", "payment_failed"}
    assert {message.channel for message in messages} == {"sms", "email"}
    for message in messages:
        words = words_of(message.purpose, message.channel, message.facts, "{link:1}")
        assert unmarked(words.text.replace("{link:1}", "")) == []
        assert words.subject is None or unmarked(words.subject) == []
        assert words.html is None or unmarked_in(words.html.replace("{link:1}", "")) == []


def test_the_marks_find_what_was_not_translated() -> None:
    assert unmarked("«Today» and «then»") == ["and"]
    assert unmarked_in('<p aria-label="Progress">«on <time>Sat, Feb 28</time>»</p>') == ["Progress", "Sat", "Feb"]
