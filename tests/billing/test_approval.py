"""D7: a bank that wants to ask its customer brings them back by a link; nothing is tried behind their back."""

from __future__ import annotations

import pytest

from portal.billing.models import Attempt, Payment
from portal.core.jobs import Job
from portal.gateways import registry
from portal.notifications.models import Message
from tests.billing.bank import change_card, subscriber
from tests.harness import Customer, Merchant, Page, Portal

ASKS_BANK = "4000 0027 6000 3184"


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


@pytest.fixture
def asked(portal: Portal, shop: Merchant) -> Customer:
    """The payment of February 28 waits for its customer at the bank."""
    customer = subscriber(portal, shop)
    change_card(portal, customer, ASKS_BANK)
    shop.advance("2026-02-28T15:30")
    return customer


def at_bank(portal: Portal, customer: Customer) -> Page:
    answer = customer.tap(customer.page(), "approve")
    assert answer.headers["Location"].startswith("/sandbox/approve/"), answer.headers
    return Page(portal.client.get(answer.headers["Location"]))


def says(portal: Portal, page: Page, answer: str) -> str:
    back = portal.client.post(page.answer.request.path, data=page.hidden() | {"answer": answer})
    assert back.status_code == 303
    return back.headers["Location"]


def outcomes(shop: Merchant) -> list[str]:
    return [entry["outcome"] for entry in shop.ledger()]


def notices(portal: Portal) -> list[str]:
    return [m.body for m in portal.rows(Message) if m.purpose == "approve" and m.channel == "sms"]


def test_the_customer_is_called_back_by_a_link_and_the_page_has_one_thing_to_do(
    portal: Portal, shop: Merchant, asked: Customer
) -> None:
    assert portal.rows(Payment)[-1].status == "requires_action"
    assert len(notices(portal)) == 1
    assert "your bank wants you to approve $34.99 for Gold+ Plan. Nothing was taken yet." in notices(portal)[0]
    by_message = Customer(portal, shop.messages()[0]["link"])
    page = by_message.page()
    assert page.heading == "Your bank wants to ask you"
    assert "Approve at your bank" in page.text
    assert "Pay now" not in page.text
    assert outcomes(shop) == ["captured"]


def test_an_approval_pays_it_once(portal: Portal, shop: Merchant, asked: Customer) -> None:
    page = at_bank(portal, asked)
    assert page.heading == "Is this you?"
    assert says(portal, page, "approve").endswith(asked.path)
    says(portal, page, "approve")
    portal.run_jobs()
    assert asked.page().heading == "You're all set"
    assert outcomes(shop) == ["captured", "captured"]
    assert shop.subscription()["next_due_date"] == "2026-03-31"


def test_a_refusal_at_the_bank_is_told_and_not_tried_behind_the_customers_back(
    portal: Portal, shop: Merchant, asked: Customer
) -> None:
    says(portal, at_bank(portal, asked), "refuse")
    portal.run_jobs()
    page = asked.page()
    assert "you did not approve it at your bank" in page.text
    assert "Pay now" in page.text
    shop.advance("2026-03-06T00:00")
    assert len(portal.rows(Attempt)) == 2
    asked.tap(asked.page(), "pay-now")
    portal.run_jobs()
    says(portal, at_bank(portal, asked), "approve")
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "captured"]


def test_it_waits_for_days_without_a_try_and_ends_as_a_refusal_that_no_network_counts(
    portal: Portal, shop: Merchant, asked: Customer
) -> None:
    """dunning.md section 5; trust.md G06, G08: pending for three days is kept, then settled."""
    shop.advance("2026-03-03T15:00")
    assert portal.rows(Payment)[-1].status == "requires_action"
    stale = at_bank(portal, asked)
    shop.advance("2026-03-07T15:00")
    payment, attempt = portal.rows(Payment)[-1], portal.rows(Attempt)[-1]
    assert (payment.status, attempt.code, attempt.decline) == ("failed", "authentication_expired", "customer")
    assert len(portal.rows(Attempt)) == 2
    assert "you did not approve it at your bank in time" in asked.page().text
    answer = portal.client.post(stale.answer.request.path, data=stale.hidden() | {"answer": "approve"})
    assert answer.status_code == 303  # too late: the bank's page takes nothing any more
    portal.run_jobs()
    assert outcomes(shop) == ["captured"]
    shop.advance("2026-03-20T00:00")
    assert shop.subscription()["status"] == "failed"


def test_an_approval_in_the_last_moment_counts_before_the_end(portal: Portal, shop: Merchant, asked: Customer) -> None:
    page = at_bank(portal, asked)
    portal.client.post(page.answer.request.path, data=page.hidden() | {"answer": "approve"})
    portal.waiting.clear()  # the word is lost with its job
    shop.advance("2026-03-08T00:00")
    assert outcomes(shop) == ["captured", "captured"]
    assert portal.rows(Payment)[-1].status == "succeeded"


def test_another_card_calls_it_off_and_is_charged_instead(portal: Portal, shop: Merchant, asked: Customer) -> None:
    stale = at_bank(portal, asked)
    change_card(portal, asked)
    assert outcomes(shop) == ["captured", "captured"]
    assert [p.status for p in portal.rows(Payment)] == ["succeeded", "failed", "succeeded"]
    portal.client.post(stale.answer.request.path, data=stale.hidden() | {"answer": "approve"})
    portal.run_jobs()
    assert outcomes(shop) == ["captured", "captured"]


def test_the_first_charge_can_be_approved_too(portal: Portal, shop: Merchant) -> None:
    customer = Customer(portal, shop.post().json["link"])
    customer.confirm(ASKS_BANK)
    portal.run_jobs()
    assert customer.page().heading == "Your bank wants to ask you"
    says(portal, at_bank(portal, customer), "approve")
    portal.run_jobs()
    assert shop.subscription()["status"] == "active"
    assert outcomes(shop) == ["captured"]


def test_a_first_charge_that_nobody_approves_leaves_it_pending(portal: Portal, shop: Merchant) -> None:
    customer = Customer(portal, shop.post().json["link"])
    customer.confirm(ASKS_BANK)
    portal.run_jobs()
    says(portal, at_bank(portal, customer), "refuse")
    portal.run_jobs()
    assert shop.subscription()["status"] == "pending"
    assert "you did not approve it at your bank" in customer.page().text
    customer.confirm()
    portal.run_jobs()
    assert shop.subscription()["status"] == "active"


def test_a_cancellation_calls_it_off(portal: Portal, shop: Merchant, asked: Customer) -> None:
    stale = at_bank(portal, asked)
    shop.post(active=False)
    shop.advance("2026-03-02T00:00")
    portal.client.post(stale.answer.request.path, data=stale.hidden() | {"answer": "approve"})
    portal.run_jobs()
    assert outcomes(shop) == ["captured"]
    assert portal.rows(Payment)[-1].status == "failed"


def test_the_banks_page_takes_no_forged_form(portal: Portal, shop: Merchant, asked: Customer) -> None:
    page = at_bank(portal, asked)
    assert portal.client.post(page.answer.request.path, data={"answer": "approve"}).status_code == 403
    assert portal.client.get("/sandbox/approve/sba_nothing").status_code == 404
    assert outcomes(shop) == ["captured"]


def test_many_workers_asking_at_once_do_not_charge(portal: Portal, shop: Merchant, asked: Customer) -> None:
    payment = portal.rows(Payment)[-1]
    for _ in range(3):
        portal.perform(Job.CHARGE, str(payment.id))
    assert registry.sandbox().entries(payment.site_id)[-1].outcome == "captured"
    assert outcomes(shop) == ["captured"]
