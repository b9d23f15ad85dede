"""Pay now and retry: what is overdue is charged at once, one try for each tap, never beyond what networks allow."""

from __future__ import annotations

from typing import Any

import pytest

from portal.billing.dunning import DEFAULT
from portal.billing.models import Attempt, Invoice, Payment
from portal.core.changes import Change
from portal.core.jobs import Job
from tests.harness import Customer, Merchant, Portal

SOFT, HARD, LOST_ANSWER = "4000 0000 0000 9995", "4000 0000 0000 0341", "4000 0000 0000 4954"


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


def overdue(portal: Portal, shop: Merchant, card: str, at: str = "2026-02-28T15:00") -> Customer:
    """A customer whose first payment was taken and whose second was refused, on February 28 at nine in Chicago."""
    customer = Customer(portal, shop.post().json["link"])
    customer.confirm()
    portal.run_jobs()
    change_card(portal, customer, card)
    shop.advance(at)
    return customer


def change_card(portal: Portal, customer: Customer, card: str) -> None:
    customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], card)
    portal.run_jobs()


def retry(shop: Merchant) -> Any:
    return shop.call("POST", "/subscription/439772921/retry", "v3")


def outcomes(shop: Merchant) -> list[str]:
    return [entry["outcome"] for entry in shop.ledger()]


def test_a_tap_on_pay_now_charges_the_saved_card_at_once(portal: Portal, shop: Merchant) -> None:
    customer = overdue(portal, shop, SOFT)
    page = customer.page()
    assert "Pay now" in page.text
    shop.advance("2026-02-28T18:00")  # the second try, two hours after the first
    answer = customer.tap(customer.page(), "pay-now")
    assert (answer.status_code, answer.headers["Location"]) == (303, customer.path)
    waiting = customer.page()
    assert waiting.heading == "Your payment is being taken"
    assert waiting.answer.headers["Refresh"] == "2"
    portal.run_jobs()
    assert customer.page().heading == "You're all set"
    assert outcomes(shop) == ["captured", "declined", "declined", "captured"]
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "paid"]


def test_however_often_one_button_is_tapped_it_charges_once(portal: Portal, shop: Merchant) -> None:
    customer = overdue(portal, shop, HARD)
    page = customer.page()
    for _ in range(3):
        assert customer.tap(page, "pay-now").status_code == 303
    portal.run_jobs()
    assert customer.tap(page, "pay-now").status_code == 303  # late, when the bank has refused again
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "declined", "declined"]
    assert len(portal.rows(Attempt)) == 3
    assert customer.tap(customer.page(), "pay-now").status_code == 303  # a new wish, after seeing what became of it
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "declined", "declined", "declined"]


def test_a_button_that_is_not_ours_charges_nothing(portal: Portal, shop: Merchant) -> None:
    customer = overdue(portal, shop, HARD)
    form = customer.page().hidden("pay-now")
    assert portal.client.post(customer.path, data=form | {"version": "1"}).status_code == 422
    assert portal.client.post(customer.path, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "declined"]


def test_nobody_can_pay_now_where_nothing_is_overdue(portal: Portal, shop: Merchant) -> None:
    customer = overdue(portal, shop, HARD)
    page = customer.page()
    change_card(portal, customer, "4242 4242 4242 4242")
    assert customer.tap(page, "pay-now").status_code == 303
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "declined", "captured"]
    answer = retry(shop)
    assert (answer.status_code, answer.json["details"][0]["code"]) == (409, "nothing_overdue")


def test_the_merchant_retries_and_a_failed_subscription_is_active_again(portal: Portal, shop: Merchant) -> None:
    overdue(portal, shop, SOFT, "2026-02-28T15:00")
    answer = retry(shop)
    assert (answer.status_code, answer.json["payment"]["status"]) == (200, "pending")
    assert answer.json["payment"]["_id"] == str(portal.rows(Payment)[-1].id)
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "declined", "declined"]
    again = retry(shop)
    portal.run_jobs()
    assert again.status_code == 200
    assert outcomes(shop)[-1] == "captured"
    assert shop.subscription()["status"] == "active"
    by = [change for change in portal.rows(Change) if change.what == "overdue payment tried by hand"]
    assert [change.actor for change in by] == ["merchant", "merchant"]


def test_after_the_window_a_retry_still_saves_it(portal: Portal, shop: Merchant) -> None:
    customer = overdue(portal, shop, HARD, "2026-03-10T15:00")
    assert shop.subscription()["status"] == "failed"
    assert retry(shop).status_code == 200
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "declined", "declined"]
    assert shop.subscription()["status"] == "failed"
    change_card(portal, customer, "4242 4242 4242 4242")
    assert shop.subscription()["status"] == "active"
    assert shop.subscription()["next_due_date"] == "2026-03-31"


def test_a_try_by_hand_takes_the_place_of_the_next_automatic_one(portal: Portal, shop: Merchant) -> None:
    customer = overdue(portal, shop, HARD, "2026-02-28T15:00")
    customer.tap(customer.page(), "pay-now")
    portal.run_jobs()
    shop.advance("2026-04-20T15:00")
    assert outcomes(shop) == ["captured", "declined", "declined"]
    assert shop.subscription()["status"] == "failed"


def test_a_second_call_while_the_first_is_under_way_is_refused(portal: Portal, shop: Merchant) -> None:
    overdue(portal, shop, HARD)
    assert retry(shop).status_code == 200
    second = retry(shop)
    assert (second.status_code, second.json["details"][0]["code"]) == (409, "no_answer_yet")
    payment = portal.rows(Payment)[-1]
    for _ in range(3):
        portal.perform(Job.CHARGE, str(payment.id))
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "declined", "declined"]


def test_an_unknown_outcome_is_not_tried_again(portal: Portal, shop: Merchant) -> None:
    customer = overdue(portal, shop, LOST_ANSWER)
    answer = retry(shop)
    assert (answer.status_code, answer.json["details"][0]["code"]) == (409, "no_answer_yet")
    assert "Pay now" not in customer.page().text
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "captured"]


def test_the_networks_limit_of_tries_is_kept(portal: Portal, shop: Merchant) -> None:
    """D10: fifteen tries in thirty days, by hand too; the sixteenth waits until the first is thirty days old."""
    customer = overdue(portal, shop, HARD)
    for day in ("2026-02-28T15:01", "2026-03-01T15:00"):
        shop.advance(day)
        for _ in range(7):
            assert retry(shop).status_code == 200
            portal.run_jobs(Job.CHARGE)
    answer = retry(shop)
    assert (answer.status_code, answer.json["details"][0]["code"]) == (409, "too_many_tries")
    assert "Pay now" not in customer.page().text
    assert outcomes(shop).count("declined") == DEFAULT.most_tries == 15
    shop.advance("2026-03-30T14:59")
    assert retry(shop).status_code == 409
    shop.advance("2026-03-30T15:01")
    assert retry(shop).status_code == 200


def test_paused_and_unconfirmed_ones_are_not_retried(portal: Portal, shop: Merchant) -> None:
    shop.post(external_id="waiting")
    assert shop.call("POST", "/subscription/waiting/retry").status_code == 409
    overdue(portal, shop, HARD)
    shop.call("POST", "/subscription/439772921/pause")
    assert retry(shop).status_code == 409
    shop.call("POST", "/subscription/439772921/resume")
    assert retry(shop).status_code == 200
    portal.run_jobs()
    assert shop.call("POST", "/subscription/unknown/retry").status_code == 404


def test_a_changed_card_is_what_a_retry_charges(portal: Portal, shop: Merchant) -> None:
    customer = overdue(portal, shop, HARD)
    change_card(portal, customer, SOFT)
    assert outcomes(shop) == ["captured", "declined", "declined"]
    retry(shop)
    portal.run_jobs()
    retry(shop)
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "declined", "declined", "declined", "captured"]
    newest = portal.rows(Payment)[-1]
    assert (newest.payment_method_id, newest.status) == (portal.the_subscription().payment_method_id, "succeeded")
