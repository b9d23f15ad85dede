"""The payment addresses of the native API: what a body may say, which answer it gets, and whose payments one sees."""

from __future__ import annotations

from typing import Any

import pytest

from portal.billing.models import Payment
from portal.core.changes import Change
from tests.harness import Customer, Merchant, Portal


@pytest.fixture
def payment(portal: Portal, merchant: Merchant, customer: Customer) -> Payment:
    """34.99 USD, taken."""
    customer.confirm()
    portal.run_jobs()
    found: Payment = portal.row(Payment)
    return found


def refund(merchant: Merchant, payment: Payment, body: Any, version: str = "v4") -> Any:
    return merchant.call("POST", f"/payment/{payment.id}/refund", version, json=body)


def test_a_payment_is_read_with_its_invoice_and_what_was_sent_back(merchant: Merchant, payment: Payment) -> None:
    refund(merchant, payment, {"amount_minor": 1000})
    v3 = merchant.call("GET", f"/payment/{payment.id}", "v3").json
    assert (v3["amount"], v3["amount_minor"], v3["refunded_amount"]) == (34.99, 3499, 10.0)
    assert (v3["status"], v3["transaction_type"], v3["currency"]) == ("partially_refunded", "refund", "USD")
    assert v3["subscription_external_id"] == "439772921"
    assert v3["invoice"]["invoice_number"] == "INV-000001"
    [one] = v3["refunds"]
    assert (one["status"], one["amount"], one["transaction_type"]) == ("succeeded", 10.0, "refund")
    v4 = merchant.call("GET", f"/payment/{payment.id}").json
    assert (v4["refundedAmount"], v4["refunds"][0]["amountMinor"]) == (10.0, 1000)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"amount": 10}, "missing currency"),
        ({"amount": 10.00, "amount_minor": 1000, "currency": "USD"}, "invalid amount"),
        ({"amount": 10, "currency": "EUR"}, "invalid currency"),
        ({"amount_minor": 1000, "currency": "EUR"}, "invalid currency"),
        ({"currency": "USD"}, "missing amount_minor"),
        ({"amout_minor": 1000}, "missing amount_minor"),
        ({"amount_minor": None}, "missing amount_minor"),
        ({"amount_minor": 1000, "amountMinor": 900}, "invalid amount_minor"),
        ({"amount_minor": 0}, "invalid amount_minor"),
        ({"amount_minor": -1}, "invalid amount_minor"),
        ({"amount_minor": 10.5}, "invalid amount_minor"),
        ({"amount_minor": True}, "invalid amount_minor"),
        ({"amount_minor": "1000"}, "invalid amount_minor"),
        ({"amount_minor": 10**30}, "invalid amount_minor"),
        ({"amount_minor": 3500}, "invalid amount"),
        ({"amount": "10.001", "currency": "USD"}, "invalid amount"),
        ({"amount": "ten", "currency": "USD"}, "invalid amount"),
        ({"amount": [10], "currency": "USD"}, "invalid amount"),
        ({"amount": 0, "currency": "USD"}, "invalid amount"),
        ({"amount": -10, "currency": "USD"}, "invalid amount"),
        ({"amount": 35, "currency": "USD"}, "invalid amount"),
    ],
)
def test_a_body_that_does_not_say_clearly_how_much_sends_nothing_back(
    merchant: Merchant, payment: Payment, body: Any, error: str
) -> None:
    answer = refund(merchant, payment, body)
    assert (answer.status_code, answer.json["errors"]) == (422, [error])
    assert len(merchant.ledger()) == 1


def test_an_amount_is_given_in_minor_units_or_with_its_currency_in_both_casings(
    merchant: Merchant, payment: Payment
) -> None:
    assert refund(merchant, payment, {"amount_minor": 100}, "v3").json["refund"]["amount"] == 1.0
    assert refund(merchant, payment, {"amountMinor": 200, "currency": "USD"}).json["refund"]["amount"] == 2.0
    assert refund(merchant, payment, {"amount": 3, "currency": "USD"}, "v3.1").json["refund"]["amount"] == 3.0
    assert refund(merchant, payment, {"amount": "4.00", "currency": "USD"}).json["refund"]["amount"] == 4.0
    assert [entry["amount"] for entry in merchant.ledger()] == [34.99, 1.0, 2.0, 3.0, 4.0]


def test_no_body_and_an_empty_one_send_back_what_is_left(merchant: Merchant, payment: Payment) -> None:
    refund(merchant, payment, {"amount_minor": 1000})
    answer = merchant.call("POST", f"/payment/{payment.id}/refund", "v3")
    assert (answer.status_code, answer.json["success"], answer.json["status"]) == (200, True, "refunded")
    assert answer.json["refund"]["amount_minor"] == 2499


def test_a_body_that_is_no_json_is_refused_before_anything_happens(merchant: Merchant, payment: Payment) -> None:
    path = f"/payment/{payment.id}/refund"
    assert merchant.call("POST", path, data="amount_minor=1000").status_code == 415
    assert merchant.call("POST", path, data="{", content_type="application/json").status_code == 400
    assert merchant.call("POST", path, data="[]", content_type="application/json").status_code == 400
    assert len(merchant.ledger()) == 1


@pytest.mark.parametrize(("method", "verb"), [("GET", ""), ("POST", "/refund"), ("POST", "/void")])
def test_another_sites_payment_is_as_unknown_as_none(
    portal: Portal, merchant: Merchant, payment: Payment, method: str, verb: str
) -> None:
    stranger = portal.merchant("Stranger")
    answers = [
        stranger.call(method, f"/payment/{one}{verb}")
        for one in (payment.id, "018f0000-0000-7000-8000-000000000000", "x")
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.text for answer in answers}) == 1
    in_the_path = stranger.portal.client.open(
        f"/api/v4/site/{merchant.site_id}/payment/{payment.id}{verb}",
        method=method,
        headers={"Authorization": f"Bearer {stranger.api_key}"},
    )
    assert in_the_path.status_code == 404
    assert len(merchant.ledger()) == 1


def test_a_void_on_the_same_day_answers_the_payment_as_it_is_now(merchant: Merchant, payment: Payment) -> None:
    answer = merchant.call("POST", f"/payment/{payment.id}/void", "v3")
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["transaction_type"]) == ("voided", "void")
    assert [entry["outcome"] for entry in merchant.ledger()] == ["captured", "voided"]
    assert merchant.call("POST", f"/payment/{payment.id}/refund").status_code == 409


def test_who_sent_money_back_stands_in_the_log(portal: Portal, merchant: Merchant, payment: Payment) -> None:
    answer = refund(merchant, payment, {"amount_minor": 1000})
    lines = [change for change in portal.rows(Change) if change.entity == "payment"]
    assert [line.what for line in lines] == ["refund asked for", "payment partially refunded"]
    assert {(line.actor, line.actor_name) for line in lines} == {("merchant", merchant.key_id)}
    assert {line.request_id for line in lines} == {answer.headers["X-Request-Id"]}
    assert lines[0].fields == [{"field": "amount", "old": None, "new": "10.00 USD"}]


def test_a_currency_without_small_units_is_counted_in_whole_ones(portal: Portal, merchant: Merchant) -> None:
    answer = merchant.post(amount=5000, currency="JPY", external_id="yen")
    assert answer.status_code == 200, answer.text
    Customer(portal, answer.json["link"]).confirm()
    portal.run_jobs()
    payment = portal.row(Payment)
    assert refund(merchant, payment, {"amount_minor": 1000}).json["refund"]["amount"] == 1000
    assert refund(merchant, payment, {"amount": "10.5", "currency": "JPY"}).status_code == 422
    assert refund(merchant, payment, {"amount": "1000.00", "currency": "JPY"}).json["refundedAmount"] == 2000
