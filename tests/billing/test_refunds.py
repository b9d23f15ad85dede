"""Money that goes back: once for each order, never more than was captured, and asked for where no answer came."""

from __future__ import annotations

import threading
import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from portal.billing import refunds, webhook
from portal.billing.models import Invoice, Payment
from portal.billing.refund_models import Refund
from portal.core.database import session
from portal.core.json import loads
from portal.gateways.base import RefundResult
from portal.subscriptions.models import Subscription
from portal.webhooks.models import Delivery, Event
from tests.harness import Customer, Merchant, Portal

LOST_ANSWER = "4000 0000 0000 4954"


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


def paid(portal: Portal, shop: Merchant, card: str = "4242 4242 4242 4242", **changes: object) -> Payment:
    """A subscription whose first payment was taken on January 31 at three in the morning."""
    answer = shop.post(**changes)
    assert answer.status_code == 200, answer.text
    Customer(portal, answer.json["link"]).confirm(card)
    portal.run_jobs()
    payment: Payment = portal.rows(Payment)[0]
    return payment


def refund(shop: Merchant, payment: Payment, body: Any = None, verb: str = "refund") -> Any:
    return shop.call("POST", f"/payment/{payment.id}/{verb}", "v3", json={} if body is None else body)


def outcomes(shop: Merchant) -> list[tuple[str, float]]:
    return [(entry["outcome"], entry["amount"]) for entry in shop.ledger()]


def test_a_whole_refund_is_an_entry_of_its_own_and_the_instalment_counts_as_made(
    portal: Portal, shop: Merchant
) -> None:
    payment = paid(portal, shop, number_of_payments=2)
    answer = refund(shop, payment)
    assert (answer.status_code, answer.json["status"], answer.json["transaction_type"]) == (200, "refunded", "refund")
    captured, returned = shop.ledger()
    assert (returned["outcome"], returned["amount"], returned["refund_of"]) == ("refunded", 34.99, captured["id"])
    assert captured["outcome"] == "captured"
    shape = shop.subscription()
    [invoice] = shape["invoices"]
    assert (shape["status"], invoice["status"]) == ("active", "paid")
    assert invoice["payments"][0]["transaction_type"] == "refund"
    shop.advance("2026-12-31T12:00")
    assert outcomes(shop) == [("captured", 34.99), ("refunded", 34.99), ("captured", 34.99)]
    assert shop.subscription()["close_reason"] == "completed"


def test_parts_can_be_sent_back_until_nothing_is_left(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    first = refund(shop, payment, {"amount_minor": 1000})
    assert (first.json["status"], first.json["refunded_amount"]) == ("partially_refunded", 10.0)
    second = refund(shop, payment, {"amount": "4.99", "currency": "USD"})
    assert (second.json["status"], second.json["refunded_amount"]) == ("partially_refunded", 14.99)
    too_much = refund(shop, payment, {"amount_minor": 2001})
    assert (too_much.status_code, too_much.json["errors"]) == (422, ["invalid amount"])
    rest = refund(shop, payment)
    assert (rest.json["status"], rest.json["refund"]["amount"]) == ("refunded", 20.0)
    again = refund(shop, payment)
    assert (again.status_code, again.json["details"][0]["code"]) == (409, "not_refundable")
    assert outcomes(shop) == [("captured", 34.99), ("refunded", 10.0), ("refunded", 4.99), ("refunded", 20.0)]


def test_every_refund_tells_the_merchant_what_it_moved(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    refund(shop, payment, {"amount_minor": 1000})
    refund(shop, payment)
    told = [event.facts for event in portal.rows(Event) if event.action == "payment"]
    assert [(f["status"], f.get("transaction_type"), f.get("amount_minor")) for f in told] == [
        ("succeeded", None, None), ("partially_refunded", "refund", 1000), ("refunded", "refund", 2499),
    ]  # fmt: skip
    sequences = [event.sequence for event in portal.rows(Event)]
    assert sequences == list(range(1, len(sequences) + 1))


def test_a_webhook_says_what_its_own_moment_was_about(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    with portal.writing():
        session().execute(update(Subscription).values(webhook_url="https://example.com/hook"))
    refund(shop, payment, {"amount_minor": 1000})
    refund(shop, payment)
    with portal.writing():
        bodies = [
            loads(webhook.claim(one.id, "https://pay.example").body.decode())
            for one in session().query(Delivery).order_by(Delivery.id)
        ]
    said = [tuple(body["data"][name] for name in ("status", "transaction_type", "amount")) for body in bodies]
    assert said == [("partially_refunded", "refund", Decimal("10.00")), ("refunded", "refund", Decimal("24.99"))]
    assert [body["data"]["refunded_amount"] for body in bodies] == [Decimal("10.00"), Decimal("34.99")]
    assert [body["data"]["refund_id"] for body in bodies] == [str(one.id) for one in portal.rows(Refund)]


def test_a_lost_answer_is_unknown_asked_for_and_never_sent_again(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop, LOST_ANSWER)
    shop.advance("2026-01-31T09:02")
    answer = refund(shop, payment)
    assert (answer.status_code, answer.json["refund"]["status"], answer.json["status"]) == (202, "unknown", "succeeded")
    again = refund(shop, payment)
    assert (again.status_code, again.json["details"][0]["code"]) == (409, "refund_under_way")
    shop.advance("2026-01-31T09:04")
    assert portal.row(Payment).status == "refunded"
    assert portal.row(Refund).status == "succeeded"
    assert outcomes(shop) == [("captured", 34.99), ("refunded", 34.99)]


def test_a_process_that_dies_around_the_call_leaves_one_refund(portal: Portal, shop: Merchant) -> None:
    """Before the call, and between the gateway's ledger and ours: the lease ends, the gateway is asked by the key."""
    payment = paid(portal, shop)
    for reached_gateway in (False, True):
        with portal.writing():
            call = refunds.open_refund(refunds.lock(uuid.UUID(shop.site_id), payment.id), 1000)
        if reached_gateway:
            with portal.app.app_context():
                assert refunds.collect(call).outcome == "succeeded"
        with portal.writing():
            session().execute(update(Refund).where(Refund.id == call.refund_id).values(due_at=payment.created_at))
        portal.run_jobs()
    assert [one.status for one in portal.rows(Refund)] == ["succeeded", "succeeded"]
    assert outcomes(shop) == [("captured", 34.99), ("refunded", 10.0), ("refunded", 10.0)]
    assert portal.row(Payment).refunded_minor == 2000


def test_a_refund_that_is_settled_keeps_its_first_final_state(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    refund(shop, payment, {"amount_minor": 1000})
    settled = portal.row(Refund)
    with portal.writing():
        refunds.settle(settled.id, RefundResult("failed", code="late"))
        refunds.settle(settled.id, RefundResult("succeeded"))
    assert portal.row(Payment).refunded_minor == 1000
    assert portal.row(Refund).status == "succeeded"


def test_what_the_gateway_refuses_changes_nothing_and_can_be_asked_again(portal: Portal, shop: Merchant) -> None:
    """As after the restore of an older backup: the gateway has sent it back already, we have forgotten it."""
    payment = paid(portal, shop)
    refund(shop, payment, {"amount_minor": 3000})
    with portal.writing():
        session().query(Refund).delete()
        session().execute(update(Payment).values(status="succeeded", refunded_minor=0))
    other_amount = refund(shop, payment, {"amount_minor": 500})
    assert (other_amount.status_code, other_amount.json["details"][0]["code"]) == (409, "refund_refused")
    assert (portal.row(Payment).status, portal.row(Refund).code) == ("succeeded", "key_reused")
    with portal.writing():
        session().query(Refund).delete()
    same_amount = refund(shop, payment, {"amount_minor": 3000})
    assert same_amount.json["status"] == "partially_refunded"
    assert refund(shop, payment, {"amount_minor": 499}).json["refunded_amount"] == 34.99
    assert outcomes(shop) == [("captured", 34.99), ("refunded", 30.0), ("refunded", 4.99)]


def test_the_gateway_itself_refuses_more_than_it_took(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    with portal.writing():
        call = refunds.open_refund(refunds.lock(uuid.UUID(shop.site_id), payment.id), None)
    forged = refunds.RefundOrder(**{n: getattr(call.order, n) for n in call.order.__slots__} | {"amount_minor": 3500})
    with portal.app.app_context():
        result = refunds.collect(refunds.Call(call.refund_id, call.gateway, "refund", False, forged))
    assert (result.outcome, result.code) == ("failed", "too_much")
    assert outcomes(shop) == [("captured", 34.99)]


def test_refunds_at_the_same_moment_never_send_back_more_than_was_taken(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    start, codes = threading.Barrier(5), []

    def post() -> None:
        start.wait()
        answer = portal.app.test_client().post(
            f"/api/v3/site/{shop.site_id}/payment/{payment.id}/refund",
            json={"amount_minor": 1500},
            headers={"Authorization": f"Bearer {shop.api_key}"},
        )
        codes.append(answer.status_code)

    threads = [threading.Thread(target=post) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {200, 409, 422}
    sent_back = [amount for outcome, amount in outcomes(shop) if outcome == "refunded"]
    assert sent_back == [15.0] * codes.count(200)
    assert 1 <= len(sent_back) <= 2
    assert portal.row(Payment).refunded_minor == 1500 * len(sent_back)


def test_the_database_refuses_more_than_was_captured(portal: Portal, shop: Merchant) -> None:
    paid(portal, shop)
    with pytest.raises(IntegrityError), portal.writing():
        session().execute(update(Payment).values(refunded_minor=3500))


def test_the_key_of_a_refund_is_never_by_chance(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    refund(shop, payment, {"amount_minor": 100})
    kept = portal.row(Refund)
    assert kept.key == refunds.refund_key(payment, 1)
    assert shop.ledger()[-1]["idempotency_key"] == kept.key


def test_a_payment_is_voided_until_the_day_of_its_capture_ends_at_the_site(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    shop.advance("2026-02-01T05:59")  # one minute before midnight in Chicago
    answer = refund(shop, payment, verb="void")
    assert (answer.status_code, answer.json["status"], answer.json["transaction_type"]) == (200, "voided", "void")
    assert outcomes(shop) == [("captured", 34.99), ("voided", 34.99)]
    assert shop.ledger()[1]["refund_of"] == shop.ledger()[0]["id"]
    [invoice] = shop.subscription()["invoices"]
    assert (invoice["status"], invoice["active"], invoice["invoice_number"]) == ("void", False, "INV-000001")
    assert shop.subscription()["status"] == "active"
    assert refund(shop, payment, verb="void").status_code == 409
    shop.advance("2026-03-01T00:00")
    assert outcomes(shop)[2:] == [("captured", 34.99)]


def test_after_midnight_it_is_refunded_instead(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    shop.advance("2026-02-01T06:00")
    answer = refund(shop, payment, verb="void")
    assert (answer.status_code, answer.json["details"][0]["code"]) == (409, "refund_refused")
    assert portal.row(Payment).status == "succeeded"
    assert refund(shop, payment).json["status"] == "refunded"
    assert outcomes(shop) == [("captured", 34.99), ("refunded", 34.99)]


def test_what_was_partly_refunded_is_not_voided(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop)
    refund(shop, payment, {"amount_minor": 1})
    assert refund(shop, payment, verb="void").status_code == 409


def test_an_overdue_payment_is_called_off_without_the_gateway(portal: Portal, shop: Merchant) -> None:
    answer = shop.post()
    customer = Customer(portal, answer.json["link"])
    customer.confirm()
    portal.run_jobs()
    customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], "4000 0000 0000 0341")
    portal.run_jobs()
    shop.advance("2026-03-10T15:00")
    assert shop.subscription()["status"] == "failed"
    overdue = portal.rows(Payment)[1]
    assert refund(shop, overdue).status_code == 409
    voided = refund(shop, overdue, verb="void")
    assert (voided.status_code, voided.json["status"], voided.json["invoice"]["status"]) == (200, "voided", "void")
    assert shop.subscription()["status"] == "active"
    assert shop.subscription()["next_due_date"] == "2026-03-31"
    assert outcomes(shop) == [("captured", 34.99), ("declined", 34.99)]
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "void"]


def test_only_the_payment_that_collects_an_instalment_now_is_called_off(portal: Portal, shop: Merchant) -> None:
    customer = Customer(portal, shop.post().json["link"])
    customer.confirm()
    portal.run_jobs()
    for card in ("4000 0000 0000 0341", "4000 0000 0000 9995"):
        customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], card)
        portal.run_jobs()
        shop.advance("2026-02-28T15:00")
    first, second = portal.rows(Payment)[1:]
    assert first.invoice_id == second.invoice_id
    assert refund(shop, first, verb="void").status_code == 409
    assert refund(shop, second, verb="void").json["status"] == "voided"
    assert "was called off. Nothing was taken." in customer.page().text
    shop.advance("2026-03-30T00:00")
    assert outcomes(shop) == [("captured", 34.99), ("declined", 34.99), ("declined", 34.99)]


def test_what_may_have_been_taken_is_not_voided(portal: Portal, shop: Merchant) -> None:
    payment = paid(portal, shop, LOST_ANSWER)
    assert payment.status == "unknown"
    assert refund(shop, payment, verb="void").status_code == 409
    assert refund(shop, payment).status_code == 409
