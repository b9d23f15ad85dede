"""Months on a site's own clock: charged on the right days, once each, and what refusals and changes do to that."""

from __future__ import annotations

import pytest

from portal.billing.models import Attempt, Invoice, Payment
from portal.notifications.models import Message
from portal.subscriptions.models import Terms
from tests.harness import Customer, Merchant, Portal


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


def subscribe(portal: Portal, shop: Merchant, card: str = "4242 4242 4242 4242", **changes: object) -> Customer:
    answer = shop.post(**changes)
    assert answer.status_code == 200, answer.text
    customer = Customer(portal, answer.json["link"])
    customer.confirm(card)
    portal.run_jobs()
    return customer


def taken(shop: Merchant) -> list[tuple[str, float]]:
    return [(entry["at"][:10], entry["amount"]) for entry in shop.ledger() if entry["outcome"] == "captured"]


def test_three_months_are_charged_on_the_anchored_days(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-05-01T12:00")
    assert taken(shop) == [
        ("2026-01-31", 34.99), ("2026-02-28", 34.99), ("2026-03-31", 34.99), ("2026-04-30", 34.99),
    ]  # fmt: skip
    assert [invoice.slot for invoice in portal.rows(Invoice)] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]
    assert shop.subscription()["next_due_date"] == "2026-05-31"


def test_a_due_date_is_charged_at_nine_in_the_morning_at_the_site(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-28T14:59")
    assert len(taken(shop)) == 1
    shop.advance("2026-02-28T15:00")
    assert shop.ledger()[-1]["at"] == "2026-02-28T15:00:00+00:00"


def test_the_clock_only_moves_forward_and_only_on_sites_that_have_one(
    portal: Portal, shop: Merchant, merchant: Merchant
) -> None:
    assert shop.call("POST", "/clock/advance", json={"to": "2026-01-30T00:00:00Z"}).status_code == 422
    assert shop.call("POST", "/clock/advance", json={"to": "soon"}).status_code == 422
    assert merchant.call("POST", "/clock/advance", json={"to": "2030-01-01T00:00:00Z"}).status_code == 409


def test_the_number_of_payments_ends_it_as_completed(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, number_of_payments=3)
    shop.advance("2026-12-31T12:00")
    assert [day for day, _ in taken(shop)] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    shape = shop.subscription()
    assert (shape["status"], shape["close_reason"]) == ("closed", "completed")


def test_one_payment_is_complete_at_once(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, number_of_payments=1)
    assert shop.subscription()["close_reason"] == "completed"


def test_the_end_date_itself_is_still_charged_and_then_it_expires(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, end_date="2026-03-31")
    shop.advance("2026-03-31T20:00")
    assert [day for day, _ in taken(shop)] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert shop.subscription()["status"] == "active"
    shop.advance("2026-04-02T00:00")
    assert shop.subscription()["close_reason"] == "expired"


def test_closing_stops_every_further_charge(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.post(active=False)
    shop.advance("2026-06-01T00:00")
    assert len(taken(shop)) == 1


def test_not_enough_money_is_tried_again_until_it_is_there(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop, "4000 0000 0000 9995")
    assert shop.subscription()["status"] == "pending"
    customer.confirm("4242 4242 4242 4242")
    portal.run_jobs()
    change = Customer(portal, shop.messages()[0]["link"])
    gateway_page = change.tap(change.page(), "change-method").headers["Location"]
    change.enter_card(gateway_page, "4000 0000 0000 9995")
    portal.run_jobs()
    shop.advance("2026-02-28T15:00")
    assert shop.subscription()["status"] == "active"
    assert "We try again on" in shop.messages()[0]["body"]
    assert "didn't go through" in change.page().heading
    shop.advance("2026-03-02T15:00")
    assert [day for day, _ in taken(shop)] == ["2026-01-31", "2026-03-01"]
    assert [attempt.status for attempt in portal.rows(Attempt)][-3:] == ["failed", "failed", "succeeded"]
    assert shop.subscription()["next_due_date"] == "2026-03-31"


def test_a_hard_refusal_is_not_tried_again_and_a_new_card_settles_it(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop)
    gateway_page = customer.tap(customer.page(), "change-method").headers["Location"]
    customer.enter_card(gateway_page, "4000 0000 0000 0341")
    portal.run_jobs()
    shop.advance("2026-03-03T15:00")
    assert [entry["outcome"] for entry in shop.ledger()] == ["captured", "declined"]
    page = customer.page()
    assert "didn't go through" in page.heading
    gateway_page = customer.tap(page, "change-method").headers["Location"]
    customer.enter_card(gateway_page)
    portal.run_jobs()
    assert [day for day, _ in taken(shop)] == ["2026-01-31", "2026-03-03"]
    assert customer.page().heading == "You're all set"


def test_without_a_new_card_it_fails_at_the_end_of_the_window_and_recovers_when_paid(
    portal: Portal, shop: Merchant
) -> None:
    customer = subscribe(portal, shop)
    customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], "4000 0000 0000 0341")
    portal.run_jobs()
    shop.advance("2026-04-15T15:00")
    assert shop.subscription()["status"] == "failed"
    assert len(portal.rows(Invoice)) == 2
    customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"])
    portal.run_jobs()
    shape = shop.subscription()
    assert (shape["status"], shape["next_due_date"]) == ("active", "2026-04-30")
    assert [day for day, _ in taken(shop)] == ["2026-01-31", "2026-04-15"]


def test_a_lower_amount_after_the_yes_binds_at_once(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.post(amount=29.99)
    shop.advance("2026-03-01T00:00")
    assert [amount for _, amount in taken(shop)] == [34.99, 29.99]


def test_a_higher_amount_after_the_yes_is_charged_only_after_its_notice_left(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.post(amount=44.99)
    assert portal.rows(Terms)[-1].notified_at is None
    portal.run_jobs()
    assert portal.rows(Terms)[-1].notified_at is not None
    assert portal.rows(Message)[-1].purpose == "terms_changed"
    shop.advance("2026-03-01T00:00")
    assert [amount for _, amount in taken(shop)] == [34.99, 44.99]


def test_a_higher_amount_that_nobody_could_be_told_of_is_not_charged(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, customer={"external_id": "kiosk"})
    shop.post(customer={"external_id": "kiosk"}, amount=44.99)
    shop.advance("2026-03-01T00:00")
    assert [amount for _, amount in taken(shop)] == [34.99, 34.99]


def test_a_new_rhythm_begins_at_the_next_due_date_and_remembers_the_day(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T00:00")
    shop.post(frequency="Quarterly")
    portal.run_jobs()
    shop.advance("2026-12-01T00:00")
    assert [day for day, _ in taken(shop)] == ["2026-01-31", "2026-02-28", "2026-05-31", "2026-08-31", "2026-11-30"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"currency": "EUR"}, "invalid currency"),
        ({"start_date": "2026-02-15"}, "invalid start_date"),
        ({"customer": {"external_id": "somebody-else"}}, "invalid customer"),
    ],
)
def test_what_the_customer_said_yes_to_cannot_be_turned_into_something_else(
    portal: Portal, shop: Merchant, change: dict[str, object], error: str
) -> None:
    subscribe(portal, shop)
    answer = shop.post(**change)
    assert (answer.status_code, answer.json["errors"]) == (422, [error])


def test_fewer_payments_than_were_made_completes_it(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-03-01T00:00")
    shop.post(number_of_payments=2)
    portal.run_jobs()
    assert shop.subscription()["close_reason"] == "completed"


def test_a_link_nobody_confirms_expires_and_offers_a_new_one(portal: Portal, shop: Merchant) -> None:
    customer = Customer(portal, shop.post().json["link"])
    shop.advance("2026-03-10T00:00")
    page = customer.page()
    assert page.status == 410
    assert "This link has expired" in page.heading
    sent = portal.client.post(customer.path, data=page.hidden("send-new-link"))
    assert sent.status_code == 200
    portal.run_jobs()
    fresh = Customer(portal, shop.messages()[0]["link"])
    fresh.confirm()
    portal.run_jobs()
    assert shop.subscription()["status"] == "active"


def test_a_refund_free_ledger_equals_our_payments(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, frequency="Semi-Monthly")
    shop.advance("2026-07-01T00:00")
    ours = sorted(payment.gateway_ref for payment in portal.rows(Payment) if payment.status == "succeeded")
    assert ours == sorted(entry["id"] for entry in shop.ledger() if entry["outcome"] == "captured")
    assert len(ours) == 11
