"""What support does with money: refund, void and try again, the effect said first, each with a line that names who."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from portal.billing.models import Invoice, Payment
from portal.billing.refund_models import Refund
from portal.console.door import NEEDS
from portal.core.changes import Change
from tests.billing.bank import SOFT, Bank, bank, subscriber
from tests.console.browser import Person, words
from tests.harness import Merchant, Page, Portal


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


@pytest.fixture
def paid(portal: Portal, shop: Merchant) -> Payment:
    subscriber(portal, shop)
    found: Payment = portal.row(Payment)
    return found


@pytest.fixture
def overdue(portal: Portal, shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> Payment:
    the_bank: Bank = bank(portal, monkeypatch)
    subscriber(portal, shop)
    the_bank.says.append(SOFT)
    shop.advance("2026-02-28T15:30")
    found: Payment = portal.rows(Payment)[-1]
    return found


def page_of(person: Person, payment: Payment) -> TestResponse:
    return person.get(f"/console/payments/{payment.id}")


def move(person: Person, payment: Payment, what: str, seen: TestResponse | None = None, **values: str) -> TestResponse:
    shown = seen or page_of(person, payment)
    form = Page(shown).text.split(f"/payments/{payment.id}/{what}")[1]
    token = form.split('name="stood" value="')[1].split('"')[0]
    return person.post(f"/console/payments/{payment.id}/{what}", shown, stood=token, **values)


def outcomes(shop: Merchant) -> list[tuple[str, float]]:
    return [(entry["outcome"], entry["amount"]) for entry in shop.ledger()]


def assert_by_maya(portal: Portal, what: str) -> None:
    line = portal.row(Change, what=what)
    assert (line.actor, line.actor_name) == ("staff", "maya@acme.example")


def test_the_subscription_leads_to_each_payment_and_its_page_says_what_each_button_does(
    maya: Person, paid: Payment
) -> None:
    listed = maya.get(f"/console/subscriptions/{paid.subscription_id}")
    assert f"/console/payments/{paid.id}" in listed.text
    seen = words(page_of(maya, paid))
    assert "$34.99 goes back to the Visa ending 4242." in seen
    assert "The instalment counts as made and the subscription goes on as before." in seen
    assert "undone as if it had never been" in seen
    assert "Charge now" not in seen


def test_a_whole_refund(portal: Portal, shop: Merchant, maya: Person, paid: Payment) -> None:
    answer = move(maya, paid, "refund")
    assert answer.status_code == 303
    page = words(maya.get(answer.location))
    assert "The money is on its way back to the customer." in page
    assert "Refund of $34.99, done" in page
    assert "Nothing can be done with this payment now." in page
    assert outcomes(shop) == [("captured", 34.99), ("refunded", 34.99)]
    assert_by_maya(portal, "refund asked for")
    assert shop.subscription()["status"] == "active"


def test_a_part_and_then_the_rest(portal: Portal, shop: Merchant, maya: Person, paid: Payment) -> None:
    assert move(maya, paid, "refund", amount="10.50").status_code == 303
    assert "$24.49 goes back" in words(page_of(maya, paid))
    assert move(maya, paid, "refund").status_code == 303
    assert outcomes(shop)[1:] == [("refunded", 10.5), ("refunded", 24.49)]


def test_a_second_tap_on_one_page_moves_nothing(portal: Portal, shop: Merchant, maya: Person, paid: Payment) -> None:
    page = page_of(maya, paid)
    assert move(maya, paid, "refund", page, amount="10").status_code == 303
    again = move(maya, paid, "refund", page, amount="10")
    assert again.status_code == 409
    assert "Nothing was done. The payment has changed since this page was opened." in words(again)
    assert outcomes(shop)[1:] == [("refunded", 10.0)]


@pytest.mark.parametrize("amount", ["", "0", "-1", "35", "1.001", "ten", "1e1", "9" * 30])
def test_an_amount_that_cannot_go_back_moves_nothing(
    portal: Portal, shop: Merchant, maya: Person, paid: Payment, amount: str
) -> None:
    answer = move(maya, paid, "refund", amount=amount)
    assert answer.status_code == 422
    assert "Nothing was done. Give an amount" in words(answer)
    assert portal.rows(Refund) == []


def test_a_void_on_the_same_day(portal: Portal, shop: Merchant, maya: Person, paid: Payment) -> None:
    answer = move(maya, paid, "void")
    assert "The charge was undone. Nothing was taken." in words(maya.get(answer.location))
    assert outcomes(shop)[1:] == [("voided", 34.99)]
    assert portal.row(Invoice).status == "void"
    assert_by_maya(portal, "void asked for")


def test_a_void_that_comes_too_late_is_refused_in_the_gateways_words(
    portal: Portal, shop: Merchant, maya: Person, paid: Payment
) -> None:
    shop.advance("2026-02-02T15:00")
    answer = move(maya, paid, "void")
    assert answer.status_code == 409
    assert "The gateway refused: The charge is settled: refund it." in words(answer)
    assert portal.row(Payment).status == "succeeded"


def test_an_overdue_payment_is_tried_again_once_a_tap(
    portal: Portal, shop: Merchant, maya: Person, overdue: Payment
) -> None:
    page = page_of(maya, overdue)
    assert "The Visa ending 4242 is charged $34.99 now." in words(page)
    answer = move(maya, overdue, "retry", page)
    assert answer.status_code == 303
    assert "The card is being charged now." in words(maya.get(answer.location))
    assert move(maya, overdue, "retry", page).status_code == 409
    portal.run_jobs()
    assert outcomes(shop) == [("captured", 34.99), ("captured", 34.99)]
    assert_by_maya(portal, "overdue payment tried by hand")


def test_a_debt_that_outlived_its_subscription_is_tried_once_a_tap(
    portal: Portal, shop: Merchant, maya: Person, overdue: Payment
) -> None:
    """The end leaves it owed: support takes it while the customer is on the phone, and nothing else comes of it."""
    assert shop.call("POST", "/subscription/439772921/close").status_code == 200
    page = page_of(maya, overdue)
    assert "The Visa ending 4242 is charged $34.99 now, which the customer still owes." in words(page)
    assert move(maya, overdue, "retry", page).status_code == 303
    assert move(maya, overdue, "retry", page).status_code == 409
    portal.run_jobs()
    assert outcomes(shop) == [("captured", 34.99), ("captured", 34.99)]
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "paid"]
    assert "Charge now" not in page_of(maya, overdue).text
    assert_by_maya(portal, "overdue payment tried by hand")
    shop.advance("2026-06-01T00:00")
    assert (len(outcomes(shop)), shop.subscription()["close_reason"]) == (2, "canceled_merchant")


def test_a_debt_that_outlived_its_subscription_may_be_refused_again(
    portal: Portal, shop: Merchant, maya: Person, overdue: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays owed, and nobody tries it by himself."""
    bank(portal, monkeypatch).says.append(SOFT)
    shop.call("POST", "/subscription/439772921/close")
    assert move(maya, overdue, "retry").status_code == 303
    portal.run_jobs()
    shop.advance("2026-06-01T00:00")
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "open"]
    assert move(maya, overdue, "retry").status_code == 303
    portal.run_jobs()
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "paid"]


def test_an_archived_subscription_is_not_tried_by_support(
    portal: Portal, shop: Merchant, maya: Person, overdue: Payment
) -> None:
    page = page_of(maya, overdue)
    shop.call("POST", "/subscription/439772921/archive")
    assert move(maya, overdue, "retry", page).status_code == 409
    assert "Charge now" not in page_of(maya, overdue).text
    portal.run_jobs()
    assert outcomes(shop) == [("captured", 34.99)]


def test_a_paused_subscription_is_not_tried_by_support(
    portal: Portal, shop: Merchant, maya: Person, overdue: Payment
) -> None:
    page = page_of(maya, overdue)
    shop.call("POST", "/subscription/439772921/pause")
    answer = move(maya, overdue, "retry", page)
    assert answer.status_code == 409
    assert "This subscription is paused. Resume it first." in words(answer)
    assert "Charge now" not in page_of(maya, overdue).text


def test_an_overdue_payment_is_called_off(portal: Portal, shop: Merchant, maya: Person, overdue: Payment) -> None:
    assert "is not collected any more" in words(page_of(maya, overdue))
    answer = move(maya, overdue, "void")
    assert "It is not collected any more." in words(maya.get(answer.location))
    shop.advance("2026-03-20T00:00")
    assert outcomes(shop) == [("captured", 34.99)]
    assert_by_maya(portal, "payment called off")


@pytest.mark.parametrize("what", ["", "/refund", "/void", "/retry"])
def test_a_viewer_sees_no_button_and_can_do_nothing(
    portal: Portal, shop: Merchant, vic: Person, paid: Payment, what: str
) -> None:
    assert f"/console/payments/{paid.id}" not in vic.get(f"/console/subscriptions/{paid.subscription_id}").text
    path = f"/console/payments/{paid.id}{what}"
    answer = vic.post(path, stood="x") if what else vic.get(path)
    assert answer.status_code == 403
    assert outcomes(shop) == [("captured", 34.99)]
    assert portal.rows(Refund) == []


def test_agents_and_admins_may() -> None:
    money = {rule: role for rule, role in NEEDS.items() if "payment" in rule}
    assert set(money.values()) == {"agent"}
    assert len(money) == 4


def test_a_forged_form_moves_nothing(portal: Portal, shop: Merchant, maya: Person, paid: Payment) -> None:
    for what in ("refund", "void", "retry"):
        answer = maya.client.post(f"/console/payments/{paid.id}/{what}", data={"stood": "x"})
        assert answer.status_code == 400
    assert maya.post(f"/console/payments/{paid.id}/refund").status_code == 400  # without how it stood
    assert outcomes(shop) == [("captured", 34.99)]


def test_what_does_not_exist_is_no_page(maya: Person, portal: Portal) -> None:
    for payment_id in ("0190f2d0-0000-7000-8000-000000000000", "nonsense"):
        assert maya.get(f"/console/payments/{payment_id}").status_code == 404
        assert maya.post(f"/console/payments/{payment_id}/refund", stood="x").status_code == 404
