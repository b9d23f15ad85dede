"""From the yes to the first money: confirmed once, charged once, taken back when the bank refuses."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from portal.billing.models import Attempt, Consent, Invoice, Payment, SetupSession
from portal.core.clock import real_now
from portal.core.jobs import Job
from portal.links.models import PaymentRequest
from tests.harness import Customer, Merchant, Portal


def test_a_good_card_is_charged_once_and_the_page_says_so(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    back = customer.confirm()
    assert back.heading == "Being confirmed"
    assert back.answer.headers["Refresh"] == "2"
    assert merchant.subscription()["status"] == "pending"
    portal.run_jobs()
    assert customer.page().heading == "You're all set"
    assert [(entry["amount"], entry["outcome"]) for entry in merchant.ledger()] == [(34.99, "captured")]
    shape = merchant.subscription()
    assert shape["status"] == "active"
    [invoice] = shape["invoices"]
    assert invoice["invoice_date"] == invoice["due_date"] == shape["start_date"]
    [payment] = invoice["payments"]
    assert (payment["display_name"], payment["amount"], payment["status"]) == ("Visa **** 4242", 34.99, "succeeded")


def test_the_consent_names_the_version_and_keeps_what_stood_on_the_page(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    customer.confirm()
    portal.run_jobs()
    [consent] = portal.rows(Consent)
    assert "Gold+ Plan: $34.99 today, then every month" in consent.shown
    assert len(consent.shown_hash) == 64


def test_nothing_is_done_by_looking(portal: Portal, merchant: Merchant, customer: Customer) -> None:
    before = portal.the_subscription().sequence
    for agent in ("Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "Mozilla/5.0 (Windows NT) Safe Links"):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert portal.client.open(customer.path, method=method, headers={"User-Agent": agent}).status_code == 200
    portal.run_jobs()
    assert portal.the_subscription().sequence == before
    assert portal.row(PaymentRequest).opened_at is None
    assert portal.rows(SetupSession) == []


def test_a_confirm_of_older_terms_comes_back_with_the_difference(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    old_page = customer.page()
    merchant.post(amount=39.99)
    answer = customer.tap(old_page)
    assert answer.status_code == 409
    assert "The terms changed before you confirmed" in answer.text
    assert "$34.99" in answer.text
    assert "$39.99" in answer.text
    assert portal.rows(SetupSession) == []
    customer.confirm()
    portal.run_jobs()
    assert [entry["amount"] for entry in merchant.ledger()] == [39.99]


def test_terms_that_change_while_the_card_is_typed_are_asked_again(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    card_page = customer.tap(customer.page()).headers["Location"]
    merchant.post(amount=39.99)
    customer.enter_card(card_page)
    portal.run_jobs()
    page = customer.page()
    assert page.heading == "The terms changed before you confirmed"
    assert merchant.ledger() == []
    assert merchant.subscription()["status"] == "pending"
    customer.confirm()
    portal.run_jobs()
    assert [entry["amount"] for entry in merchant.ledger()] == [39.99]


def test_a_form_from_another_site_or_with_another_token_does_nothing(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    form = customer.page().hidden()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert portal.client.post(customer.path, data=form, headers=headers).status_code == 403
    assert portal.client.post(customer.path, data=form | {"csrf_token": "x"}).status_code == 422
    assert portal.client.post(customer.path, data=form | {"version": "2"}).status_code == 422
    assert portal.rows(SetupSession) == []


def test_two_confirmations_at_once_make_one_charge(portal: Portal, merchant: Merchant, customer: Customer) -> None:
    page = customer.page()
    first, second = (customer.tap(page).headers["Location"] for _ in range(2))
    customer.enter_card(first)
    customer.enter_card(second)
    portal.run_jobs()
    assert len(merchant.ledger()) == 1
    assert sorted(setup.status for setup in portal.rows(SetupSession)) == ["completed", "superseded"]
    assert len(portal.rows(Consent)) == 1


def test_a_lost_callback_is_made_up_for_by_asking_the_gateway(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    customer.confirm()
    portal.waiting.clear()
    with time_machine.travel(real_now() + timedelta(seconds=10)):
        portal.run_jobs()
    assert merchant.subscription()["status"] == "active"


def test_a_refused_first_charge_leaves_it_pending_with_a_blank_start_and_the_same_invoice(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    customer.confirm("4000 0000 0000 0341")
    portal.run_jobs()
    shape = merchant.subscription()
    assert (shape["status"], shape["start_date"]) == ("pending", None)
    page = customer.page()
    assert page.status == 200
    assert "didn't go through" in page.heading
    assert "Nothing was taken" in page.text
    assert merchant.messages()[0]["purpose"] == "payment_failed"
    customer.confirm()
    portal.run_jobs()
    assert merchant.subscription()["status"] == "active"
    [invoice] = portal.rows(Invoice)
    assert invoice.status == "paid"
    assert [attempt.number for attempt in portal.rows(Attempt)] == [1, 2]
    assert [entry["outcome"] for entry in merchant.ledger()] == ["declined", "captured"]


def test_a_card_refused_when_saved_stays_on_the_gateways_page_and_keeps_nothing(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    page = customer.confirm("4000 0000 0000 0002")
    assert page.status == 422
    assert "Your bank refused this card" in page.text
    portal.run_jobs()
    assert merchant.subscription()["status"] == "pending"
    assert portal.rows(Payment) == []


def test_a_bank_check_must_be_approved(portal: Portal, merchant: Merchant, customer: Customer) -> None:
    card_page = customer.tap(customer.page()).headers["Location"]
    bank = customer.enter_card(card_page, "4000 0025 0000 3155")
    assert "Approve" in bank.text
    refused = portal.client.post(f"{card_page}/bank", data=bank.hidden() | {"answer": "refuse"})
    assert refused.status_code == 303
    assert "You did not approve it at your bank" in portal.client.get(refused.headers["Location"]).text
    portal.run_jobs()
    assert merchant.ledger() == []
    bank = customer.enter_card(card_page, "4000 0025 0000 3155")
    approved = portal.client.post(f"{card_page}/bank", data=bank.hidden() | {"answer": "approve"})
    assert approved.status_code == 303
    portal.run_jobs()
    assert merchant.subscription()["status"] == "active"


def test_a_lost_answer_is_asked_for_and_never_charged_again(portal: Portal, merchant_on_clock: Merchant) -> None:
    merchant = merchant_on_clock
    customer = Customer(portal, merchant.post().json["link"])
    offer = customer.page()
    customer.confirm("4000 0000 0000 4954")
    portal.run_jobs()
    assert merchant.subscription()["status"] == "pending"
    page = customer.page()
    assert "You will not be charged twice" in page.text
    assert portal.row(Payment).status == "unknown"
    portal.client.post(customer.path, data=offer.hidden())
    assert len(portal.rows(SetupSession)) == 1
    merchant.advance("2026-01-31T09:02")
    assert merchant.subscription()["status"] == "active"
    assert len(merchant.ledger()) == 1
    assert [attempt.status for attempt in portal.rows(Attempt)] == ["succeeded"]


def test_every_job_twice_and_every_hint_lost_change_nothing(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    customer.confirm()
    doubled = list(portal.waiting)
    portal.run_jobs(lose_hints=False)
    payment = portal.row(Payment)
    for job, ids in doubled * 2 + [(Job.CHARGE, (str(payment.id),))] * 2:
        portal.perform(job, *ids)
    portal.run_jobs()
    assert len(merchant.ledger()) == 1
    assert len(portal.rows(Attempt)) == 1


def test_a_start_date_ahead_takes_nothing_today(portal: Portal, merchant_on_clock: Merchant) -> None:
    merchant = merchant_on_clock
    customer = Customer(portal, merchant.post(start_date="2026-02-15").json["link"])
    assert "from Sunday, February 15" in customer.page().text
    customer.confirm()
    portal.run_jobs()
    assert customer.page().heading == "You're all set"
    assert merchant.ledger() == []
    merchant.advance("2026-02-15T16:00")
    assert [entry["at"][:10] for entry in merchant.ledger()] == ["2026-02-15"]


def test_a_start_in_the_past_takes_one_payment_and_goes_on_by_the_grid(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    merchant = merchant_on_clock
    Customer(portal, merchant.post(start_date="2025-10-31").json["link"]).confirm()
    portal.run_jobs()
    assert len(merchant.ledger()) == 1
    assert merchant.subscription()["next_due_date"] == "2026-02-28"
    assert merchant.subscription()["start_date"] == "2025-10-31"


def test_what_was_refused_is_owed_no_more_once_the_yes_is_to_a_later_start(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    """The instalment of a start that the merchant has moved is neither collected nor counted."""
    shop = merchant_on_clock
    customer = Customer(portal, shop.post(number_of_payments=2).json["link"])
    customer.confirm("4000 0000 0000 0341")
    portal.run_jobs()
    shop.post(start_date="2026-02-05", number_of_payments=2)
    customer.confirm()
    portal.run_jobs()
    assert customer.page().heading == "You're all set"
    assert shop.call("POST", "/subscription/439772921/retry", json={}).status_code == 409
    shop.advance("2026-06-01T00:00")
    assert [(invoice.slot, invoice.status) for invoice in portal.rows(Invoice)] == [
        ("2026-01-31", "void"), ("2026-02-05", "paid"), ("2026-03-05", "paid"),
    ]  # fmt: skip
    assert [entry["outcome"] for entry in shop.ledger()] == ["declined", "captured", "captured"]
    assert shop.subscription()["close_reason"] == "completed"
