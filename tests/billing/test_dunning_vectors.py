"""The vectors of dunning: what each kind of refusal leads to, try by try, on the days that the policy names."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from portal.billing.dunning import DunningPolicy
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.core.database import session
from portal.core.jobs import Job
from portal.gateways.base import ChargeResult
from portal.notifications.models import Message
from portal.sites.models import Site
from tests.billing.bank import SOFT, Bank, bank, change_card, subscriber
from tests.harness import Customer, Merchant, Portal

HARD = ChargeResult("failed", code="stolen_card", decline="hard", words="Stolen card")


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


@pytest.fixture
def the_bank(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Bank:
    return bank(portal, monkeypatch)


@pytest.fixture
def customer(portal: Portal, shop: Merchant, the_bank: Bank) -> Customer:
    """January was taken; what the bank says from here on is the test's to say."""
    found = subscriber(portal, shop)
    the_bank.orders.clear()
    return found


def set_policy(portal: Portal, **values: Any) -> None:
    with portal.writing():
        session().execute(update(Site).values(dunning=DunningPolicy(**values).as_dict()))


def told(portal: Portal, purpose: str = "payment_failed") -> list[str]:
    return [m.body for m in portal.rows(Message) if m.purpose == purpose and m.channel == "sms"]


def test_d1_the_schedule_is_offsets_from_the_first_failure(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    set_policy(portal, offset_hours=(24, 72, 120, 168))
    the_bank.always = SOFT
    shop.advance("2026-03-20T00:00")
    assert the_bank.asked_at == [
        "2026-02-28T15:00", "2026-03-01T15:00", "2026-03-03T15:00", "2026-03-05T15:00", "2026-03-07T15:00",
    ]  # fmt: skip
    assert shop.subscription()["status"] == "failed"
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "uncollectible"]
    assert len(told(portal)) == 1
    assert "We try again on Sunday, March 1" in told(portal)[0]


def test_d1_by_default_it_is_tried_after_two_hours_and_on_days_1_3_5_and_7(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.always = SOFT
    shop.advance("2026-03-20T00:00")
    assert the_bank.asked_at[:3] == ["2026-02-28T15:00", "2026-02-28T17:00", "2026-03-01T15:00"]
    assert the_bank.asked_at[-1] == "2026-03-07T15:00"
    assert len(the_bank.orders) == 6


def test_d2_a_stolen_card_is_never_tried_again_and_another_is_asked_for_once(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.always = HARD
    shop.advance("2026-03-05T00:00")
    customer.tap(customer.page(), "pay-now")
    portal.run_jobs()
    shop.advance("2026-03-20T00:00")
    assert len(the_bank.orders) == 2  # the second by the customer's own tap
    assert len(told(portal)) == 1
    assert "Please give another card" in told(portal)[0]
    assert "stolen" not in told(portal)[0]


def test_d2_a_refusal_that_turns_hard_later_asks_for_a_card_then(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.says.extend([SOFT, SOFT, HARD])
    shop.advance("2026-03-06T00:00")
    assert the_bank.asked_at == ["2026-02-28T15:00", "2026-02-28T17:00", "2026-03-01T15:00"]
    assert ["another card" in words for words in told(portal)] == [False, True]


def test_d5_the_networks_advice_moves_the_next_try(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    set_policy(portal, offset_hours=(12, 72))
    the_bank.says.append(ChargeResult("failed", code="do_not_honor", decline="soft", advice="25"))
    shop.advance("2026-03-10T00:00")
    assert the_bank.asked_at == ["2026-02-28T15:00", "2026-03-01T15:00"]
    assert portal.rows(Attempt)[1].advice == "25"


def test_d5_advice_beyond_the_window_waits_for_the_customer_and_then_ends(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.says.append(ChargeResult("failed", code="do_not_honor", decline="soft", advice="30"))
    shop.advance("2026-03-20T00:00")
    assert the_bank.asked_at == ["2026-02-28T15:00"]
    assert shop.subscription()["status"] == "failed"


def test_d6_the_stricter_of_code_and_advice_wins(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.always = ChargeResult("failed", code="insufficient_funds", decline="soft", advice="03")
    shop.advance("2026-03-20T00:00")
    assert len(the_bank.orders) == 1
    assert portal.rows(Attempt)[-1].decline == "hard"


def test_d8_a_lost_answer_that_turns_out_captured_is_paid_once(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    change_card(portal, customer, "4000 0000 0000 4954")
    shop.advance("2026-03-02T00:00")
    assert [entry["outcome"] for entry in shop.ledger()] == ["captured", "captured"]
    assert [payment.status for payment in portal.rows(Payment)] == ["succeeded", "succeeded"]


def test_d9_a_lost_answer_that_the_gateway_never_saw_goes_out_again_under_the_same_key(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.says.append(ChargeResult("unknown", code="no_answer"))
    shop.advance("2026-03-02T00:00")
    assert [order.key for order in the_bank.orders] == [the_bank.orders[0].key] * 2
    assert [payment.status for payment in portal.rows(Payment)] == ["succeeded", "succeeded"]
    assert len(portal.rows(Attempt)) == 2


def test_d10_the_try_beyond_the_limit_is_refused_here_and_waits(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    set_policy(portal, offset_hours=tuple(range(24, 24 * 15, 24)), window_days=40, most_tries=3)
    the_bank.always = SOFT
    shop.advance("2026-03-25T00:00")
    assert the_bank.asked_at == ["2026-02-28T15:00", "2026-03-01T15:00", "2026-03-02T15:00"]
    assert "Pay now" not in customer.page().text
    shop.advance("2026-03-30T16:00")  # the first is thirty days old
    assert the_bank.asked_at[3:] == ["2026-03-30T15:00"]
    shop.advance("2026-04-20T00:00")
    assert shop.subscription()["status"] == "failed"


def test_d11_r0_stops_this_payment_alone(portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank) -> None:
    the_bank.says.append(ChargeResult("failed", code="stop_payment_order", decline="hard"))
    shop.advance("2026-04-01T00:00")
    assert [method.revoked_at for method in portal.rows(PaymentMethod)] == [None]
    assert the_bank.asked_at == ["2026-02-28T15:00"]
    assert shop.subscription()["status"] == "failed"


def test_d11_r1_takes_the_method_from_this_subscription(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    other = subscriber(portal, shop, external_id="second", frequency="Weekly")
    the_bank.orders.clear()
    the_bank.says.append(ChargeResult("failed", code="revocation_of_authorization", decline="soft"))
    shop.advance("2026-02-08T00:00")  # the weekly one
    page = other.page()
    assert "Pay now" not in page.text
    assert shop.call("POST", "/subscription/second/retry", "v3").status_code == 409
    shop.advance("2026-03-10T00:00")
    assert the_bank.asked_at == ["2026-02-07T15:00", "2026-02-28T15:00"]
    assert shop.subscription()["status"] == "active"
    assert shop.subscription("second")["status"] == "failed"


def test_d11_r3_takes_the_card_from_every_subscription_of_this_merchant(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    subscriber(portal, shop, external_id="second", frequency="Weekly")
    elsewhere = portal.merchant("Beta Books", clock="2026-01-31T09:00")
    subscriber(portal, elsewhere)
    the_bank.orders.clear()
    the_bank.says.append(ChargeResult("failed", code="revocation_of_all_authorizations", decline="hard"))
    shop.advance("2026-03-10T00:00")
    elsewhere.advance("2026-03-10T00:00")
    assert the_bank.asked_at == ["2026-02-07T15:00", "2026-02-28T15:00"]  # the latter of the other merchant
    refused = next(a for a in portal.rows(Attempt) if a.code == "method_revoked")
    assert (refused.decline, refused.sent_at) == ("hard", None)
    assert "your bank no longer lets this card be charged" in told(portal)[-1]
    change_card(portal, customer)
    assert [i.status for i in portal.rows(Invoice, subscription_id=portal.rows(Payment)[0].subscription_id)][
        -1
    ] == "paid"


def test_d12_a_tap_and_the_automatic_try_at_the_same_time_are_one_charge(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.says.append(SOFT)
    shop.advance("2026-02-28T16:59")
    page = customer.page()
    customer.tap(page, "pay-now")
    payment = portal.rows(Payment)[-1]
    portal.perform(Job.CHARGE, str(payment.id))
    portal.perform(Job.CHARGE, str(payment.id))
    customer.tap(page, "pay-now")
    portal.run_jobs()
    shop.advance("2026-03-10T00:00")
    assert len(the_bank.orders) == 2
    assert [entry["outcome"] for entry in shop.ledger()] == ["captured", "captured"]


def test_d13_a_new_card_is_tried_at_once(portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank) -> None:
    the_bank.says.append(HARD)
    shop.advance("2026-03-02T11:00")
    change_card(portal, customer)
    assert the_bank.asked_at == ["2026-02-28T15:00", "2026-03-02T11:00"]
    assert shop.subscription()["next_due_date"] == "2026-03-31"  # semantics.md case 49


def test_d14_a_pause_suspends_the_tries_and_the_link_can_still_pay(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.says.extend([SOFT, SOFT])
    shop.advance("2026-02-28T20:00")
    shop.call("POST", "/subscription/439772921/pause")
    shop.advance("2026-03-20T00:00")
    assert len(the_bank.orders) == 2
    assert shop.call("POST", "/subscription/439772921/retry", "v3").status_code == 409
    customer.tap(customer.page(), "pay-now")
    portal.run_jobs()
    assert the_bank.asked_at[2:] == ["2026-03-20T00:00"]
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "paid"]
    assert shop.subscription()["status"] == "paused"
    assert "is paused" in customer.page().heading


def test_d14_after_the_pause_the_window_begins_anew(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.says.extend([SOFT, SOFT, SOFT])
    shop.advance("2026-02-28T20:00")
    shop.call("POST", "/subscription/439772921/pause")
    shop.advance("2026-03-20T15:00")
    shop.call("POST", "/subscription/439772921/resume")
    portal.run_jobs()
    shop.advance("2026-03-25T00:00")
    assert the_bank.asked_at[2:] == ["2026-03-20T15:00", "2026-03-20T17:00"]
    assert shop.subscription()["status"] == "active"


def test_d14_a_card_that_was_refused_for_good_is_not_tried_after_the_pause_either(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.says.append(HARD)
    shop.advance("2026-03-01T00:00")
    shop.call("POST", "/subscription/439772921/pause")
    shop.advance("2026-03-20T00:00")
    change = customer.page()
    shop.call("POST", "/subscription/439772921/resume")
    portal.run_jobs()
    assert len(the_bank.orders) == 1
    customer.enter_card(customer.tap(change, "change-method").headers["Location"])
    portal.run_jobs()
    assert the_bank.asked_at[1:] == ["2026-03-20T00:00"]


def test_d14_a_card_changed_in_the_pause_is_charged_when_it_ends(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.says.append(HARD)
    shop.advance("2026-03-01T00:00")
    shop.call("POST", "/subscription/439772921/pause")
    change_card(portal, customer)
    assert len(the_bank.orders) == 1
    shop.advance("2026-03-20T00:00")
    shop.call("POST", "/subscription/439772921/resume")
    portal.run_jobs()
    assert the_bank.asked_at[1:] == ["2026-03-20T00:00"]
    assert shop.subscription()["status"] == "active"


def test_d15_a_cancellation_ends_the_tries_and_the_debt_stays(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.always = SOFT
    shop.advance("2026-02-28T16:00")
    shop.post(active=False)
    shop.advance("2026-04-10T00:00")
    assert len(the_bank.orders) == 1
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "open"]


def test_d16_tries_keep_their_local_hour_when_the_clocks_change(portal: Portal, shop: Merchant, the_bank: Bank) -> None:
    """Chicago springs forward on March 8, 2026: nine in the morning is 15:00 UTC before and 14:00 after."""
    subscriber(portal, shop, frequency="Weekly", start_date="2026-03-05")
    the_bank.always = SOFT
    shop.advance("2026-03-12T13:59")
    assert the_bank.asked_at == [
        "2026-03-05T15:00", "2026-03-05T17:00", "2026-03-06T15:00", "2026-03-08T14:00", "2026-03-10T14:00",
    ]  # fmt: skip


def test_d17_ten_declines_in_a_day_block_the_card_until_the_next(
    portal: Portal, shop: Merchant, customer: Customer, the_bank: Bank
) -> None:
    the_bank.always = SOFT
    shop.advance("2026-02-28T15:00")
    for _ in range(9):
        customer.tap(customer.page(), "pay-now")
        portal.run_jobs()
    assert len(the_bank.orders) == 10
    page = customer.page()
    assert "Pay now" not in page.text
    assert "tried too often today" in page.text
    answer = shop.call("POST", "/subscription/439772921/retry", "v3")
    assert (answer.status_code, answer.json["details"][0]["code"]) == (409, "too_many_today")
    shop.advance("2026-03-01T14:59")
    assert len(the_bank.orders) == 10  # the try two hours later was not made either
    assert "Pay now" in customer.page().text
    shop.advance("2026-03-01T15:00")
    assert len(the_bank.orders) == 11


def test_d17_the_same_card_given_again_counts_as_the_same_card(portal: Portal, shop: Merchant, the_bank: Bank) -> None:
    customer = Customer(portal, shop.post().json["link"])
    the_bank.always = SOFT
    for _ in range(10):
        customer.confirm()
        portal.run_jobs()
    assert len(the_bank.orders) == 10
    customer.confirm()
    portal.run_jobs()
    assert len(the_bank.orders) == 10
    assert "this card was tried too often today" in customer.page().text
    the_bank.always = None
    customer.confirm("5555 5555 5555 4444")
    portal.run_jobs()
    assert shop.subscription()["status"] == "active"


def test_d19_a_refund_leaves_the_instalment_made(portal: Portal, shop: Merchant, the_bank: Bank) -> None:
    subscriber(portal, shop, number_of_payments=2)
    first = portal.row(Payment)
    assert shop.call("POST", f"/payment/{first.id}/refund").status_code == 200
    shop.advance("2026-06-01T00:00")
    assert len(the_bank.orders) == 2
    assert shop.subscription()["close_reason"] == "completed"


def test_d20_a_new_card_tries_two_open_invoices_oldest_first_once_each(
    portal: Portal, shop: Merchant, the_bank: Bank
) -> None:
    """And semantics.md case 50: the second invoice was made although the first was still in dunning."""
    customer = subscriber(portal, shop, frequency="Weekly", external_id="439772921")
    the_bank.orders.clear()
    the_bank.always = HARD
    shop.advance("2026-02-14T15:00")  # the first gives up in the same minute in which the second falls due
    owed = [invoice for invoice in portal.rows(Invoice) if invoice.status != "paid"]
    assert len(owed) == 2
    the_bank.orders.clear()
    change_card(portal, customer)
    slots = [order.reference.split("/")[1] for order in the_bank.orders]
    assert slots == ["2026-02-07", "2026-02-14"]
    assert len(the_bank.orders) == 2
