"""Collection by link: each period a link of its own, paid on the gateway's page, and nothing is ever charged by us."""

from __future__ import annotations

import pytest

from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.billing.pay_models import PaySession
from portal.core.clock import real_now
from portal.core.database import session
from portal.links.models import PaymentRequest
from portal.sandbox.pay import FILLED_IN
from tests.billing.by_link_shop import Payer, links, payer, subscribe
from tests.harness import Merchant, Page, Portal


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


@pytest.fixture
def john(portal: Portal, shop: Merchant) -> Payer:
    link = subscribe(shop)
    assert link is not None
    portal.run_jobs()
    return payer(portal, link)


def test_it_is_active_when_it_is_made_and_the_first_link_is_sent_at_once(portal: Portal, shop: Merchant) -> None:
    link = subscribe(shop)
    portal.run_jobs()
    shape = shop.subscription()
    assert (shape["status"], shape["collection"]) == ("active", "link")
    assert shape["next_due_date"] == "2026-02-28"
    assert len(links(shop)) == 1
    assert link is not None
    assert payer(portal, link).page().heading == "Gold+ Plan"
    (message,) = shop.messages()
    assert "asks you to pay $100.00 for Gold+ Plan" in message["body"]
    assert shop.ledger() == []


def test_the_page_has_one_button_with_the_amount_and_looking_changes_nothing(portal: Portal, john: Payer) -> None:
    before = portal.the_subscription().sequence
    page = john.page()
    assert page.text.count("<button") == 1
    assert "$100.00" in page.text
    assert portal.the_subscription().sequence == before
    assert portal.rows(PaySession) == []


def test_paying_writes_the_attempt_before_the_customer_leaves_and_the_outcome_once(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    address = john.taps_pay()
    (attempt,) = portal.rows(Attempt)
    assert attempt.status == "pending"
    assert portal.row(Payment).status == "requires_action"
    assert john.page().heading == "Gold+ Plan"  # who comes back without paying may pay

    back = john.types(address)
    assert back.heading == "Your payment is being checked"
    assert john.page().heading == "Your payment is being checked"
    portal.run_jobs()
    paid = john.page()
    assert paid.heading == "Paid. Thank you"
    assert '<bdi dir="ltr">4242</bdi>' in paid.text
    (entry,) = shop.ledger()
    assert (entry["outcome"], entry["amount"], entry["idempotency_key"]) == ("captured", 100.0, attempt.key)
    invoice, payment = portal.row(Invoice), portal.row(Payment)
    assert (invoice.status, payment.status, payment.attempts) == ("paid", "succeeded", 1)
    assert portal.row(PaymentRequest).status == "confirmed"
    (shown,) = shop.subscription()["invoices"]
    assert shown["payments"][0]["display_name"] == "Visa **** 4242"
    assert shop.subscription()["status"] == "active"


def test_two_taps_and_two_submits_pay_once(portal: Portal, shop: Merchant, john: Payer) -> None:
    first, second = john.taps_pay(), john.taps_pay()
    assert first == second
    form = Page(portal.client.get(first)).hidden()
    for _ in range(2):
        assert portal.client.post(first, data=form | FILLED_IN).status_code == 303
    page = john.page()
    portal.run_jobs()
    assert len(shop.ledger()) == 1
    assert john.page().heading == "Paid. Thank you"
    with pytest.raises(AssertionError, match="no form pay"):
        john.tap(page, "pay")
    assert len(portal.rows(Attempt)) == 1


def test_a_declined_card_may_be_tried_again_and_nothing_is_tried_by_us(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    page = john.pays("4000 0000 0000 0341")
    assert "Your payment didn&#39;t go through" in page.text or "Your payment didn't go through" in page.text
    assert portal.row(Payment).status == "failed"
    shop.advance("2026-02-20T12:00")
    assert [entry["outcome"] for entry in shop.ledger()] == ["declined"]
    assert [message["purpose"] for message in shop.messages()] == ["instalment"]
    assert john.pays().heading == "Paid. Thank you"
    assert [entry["outcome"] for entry in shop.ledger()] == ["declined", "captured"]
    assert len({entry["idempotency_key"] for entry in shop.ledger()}) == 2
    assert portal.row(Payment).attempts == 2


def test_a_card_short_of_money_pays_at_the_third_try(portal: Portal, shop: Merchant, john: Payer) -> None:
    for _ in range(3):
        john.pays("4000 0000 0000 9995")
    assert [entry["outcome"] for entry in shop.ledger()] == ["declined", "declined", "captured"]
    assert john.page().heading == "Paid. Thank you"


def test_each_period_sends_a_new_link_whether_the_last_was_paid_or_not(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    shop.advance("2026-02-28T20:00")
    assert payer(portal, links(shop)[1]).pays().heading == "Paid. Thank you"
    shop.advance("2026-03-31T20:00")
    assert len(set(links(shop))) == 3
    january, _, march = (payer(portal, link) for link in links(shop))
    assert march.page().heading == "Gold+ Plan"
    # The first link is too old by now; its payment is still owed.
    assert january.page().heading == "This link has expired"
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["open", "paid", "open"]
    assert portal.the_subscription().status == "active"
    answer = january.tap(january.page(), "send-new-link")
    assert answer.status_code == 200
    portal.run_jobs()
    assert payer(portal, links(shop)[-1]).pays().heading == "Paid. Thank you"
    assert portal.rows(Invoice)[0].status == "paid"


def test_its_invoice_has_its_number_when_the_link_is_sent(portal: Portal, shop: Merchant, john: Payer) -> None:
    assert portal.row(Invoice).invoice_number == "INV-000001"
    shop.advance("2026-02-28T20:00")
    assert [invoice.invoice_number for invoice in portal.rows(Invoice)] == ["INV-000001", "INV-000002"]


def test_nothing_is_sent_in_a_pause_and_what_is_open_stays_payable(portal: Portal, shop: Merchant, john: Payer) -> None:
    assert shop.call("POST", "/subscription/439772921/pause").status_code == 200
    shop.advance("2026-02-28T20:00")
    assert len(links(shop)) == 1
    assert john.pays().heading == "Paid. Thank you"
    assert portal.the_subscription().status == "paused"
    assert shop.call("POST", "/subscription/439772921/resume").status_code == 200
    shop.advance("2026-03-31T20:00")
    assert [invoice.slot for invoice in portal.rows(Invoice)] == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_resuming_never_hands_an_abandoned_payment_to_the_charging_worker(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    john.pays("4000 0000 0000 0341")
    shop.call("POST", "/subscription/439772921/pause")
    shop.call("POST", "/subscription/439772921/resume")
    portal.run_jobs()
    assert len(shop.ledger()) == 1
    with portal.writing():
        session().query(Payment).one().due_at = real_now()
    portal.run_jobs()
    assert len(shop.ledger()) == 1


def test_a_payment_that_waits_for_the_customer_is_never_asked_for_by_the_charging_worker(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    john.taps_pay()
    with portal.writing():
        session().query(Payment).one().due_at = real_now()
    portal.run_jobs()
    assert shop.ledger() == []
    assert portal.row(Payment).status == "requires_action"


def test_after_the_end_what_is_open_may_still_be_paid(portal: Portal, shop: Merchant, john: Payer) -> None:
    shop.call("POST", "/subscription/439772921/close")
    assert john.pays().heading == "Paid. Thank you"
    assert portal.the_subscription().status == "closed"
    shop.advance("2026-03-31T20:00")
    assert len(links(shop)) == 1


def test_the_last_payment_closes_it_and_no_further_link_comes(portal: Portal, shop: Merchant) -> None:
    subscribe(shop, number_of_payments=2)
    shop.advance("2026-04-30T20:00")
    assert len(links(shop)) == 2
    assert portal.the_subscription().status == "active"
    for link in links(shop):
        old = payer(portal, link)
        old.tap(old.page(), "send-new-link")
        portal.run_jobs()
        payer(portal, links(shop)[-1]).pays()
    assert (portal.the_subscription().status, portal.the_subscription().close_reason) == ("closed", "completed")


def test_a_start_in_the_past_sends_one_link_at_once_and_goes_on_along_its_grid(portal: Portal, shop: Merchant) -> None:
    subscribe(shop, start_date="2025-10-15")
    portal.run_jobs()
    assert len(links(shop)) == 1
    (invoice,) = portal.rows(Invoice)
    assert (invoice.slot, str(invoice.invoice_on)) == ("2026-01-15", "2026-01-31")
    assert shop.subscription()["next_due_date"] == "2026-02-15"


def test_a_start_in_the_future_sends_nothing_before_its_day(portal: Portal, shop: Merchant) -> None:
    assert subscribe(shop, start_date="2026-02-10") is None
    portal.run_jobs()
    assert links(shop) == []
    assert shop.subscription()["status"] == "active"
    assert shop.call("POST", "/subscription/439772921/send").status_code == 409
    shop.advance("2026-02-10T16:00")
    assert len(links(shop)) == 1


def test_what_was_paid_can_be_refunded(portal: Portal, shop: Merchant, john: Payer) -> None:
    john.pays()
    payment = portal.row(Payment)
    assert shop.call("POST", f"/payment/{payment.id}/refund", json={"amount_minor": 4000}).status_code == 200
    assert [entry["outcome"] for entry in shop.ledger()] == ["captured", "refunded"]
    assert "$40.00" in john.page().text


def test_a_visit_whose_customer_never_comes_back_expires_and_takes_nothing(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    address = john.taps_pay()
    shop.advance("2026-01-31T11:00")
    assert portal.row(PaySession).status == "expired"
    assert portal.row(Attempt).status == "failed"
    assert portal.row(Payment).status == "pending"
    assert shop.ledger() == []
    assert portal.client.get(address).status_code == 303  # the gateway's page takes nothing any more
    assert john.page().heading == "Gold+ Plan"
    assert john.pays().heading == "Paid. Thank you"


def test_a_payment_whose_callback_is_lost_is_found_by_asking(portal: Portal, shop: Merchant, john: Payer) -> None:
    back = john.types(john.taps_pay(), "4000 0000 0000 4954")
    assert back.heading == "Your payment is being checked"
    portal.run_jobs()
    assert portal.row(Payment).status == "requires_action"
    shop.advance("2026-01-31T09:01")
    assert john.page().heading == "Paid. Thank you"
    assert len(shop.ledger()) == 1


def test_the_bank_may_ask_first(portal: Portal, shop: Merchant, john: Payer) -> None:
    address = john.taps_pay()
    page = john.types(address, "4000 0025 0000 3155")
    assert "Approve" in page.text
    refused = portal.client.post(f"{address}/bank", data=page.hidden() | {"answer": "refuse"})
    assert refused.headers["Location"].endswith("?bank=refused")
    assert shop.ledger() == []
    page = john.types(address, "4000 0025 0000 3155")
    portal.client.post(f"{address}/bank", data=page.hidden() | {"answer": "approve"})
    portal.run_jobs()
    assert john.page().heading == "Paid. Thank you"


def test_how_it_is_collected_cannot_be_changed_and_a_new_amount_counts_from_the_next_link(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    answer = shop.post(external_id="439772921", collection="automatic")
    assert (answer.status_code, answer.json["errors"]) == (422, ["invalid collection"])
    assert shop.post(None, "v3", collection="link", amount=120.0).status_code == 200
    assert "$100.00" in john.page().text
    shop.advance("2026-02-28T20:00")
    assert "$120.00" in payer(portal, links(shop)[-1]).page().text


def test_the_cards_of_payments_by_link_are_marked_as_used_once(portal: Portal, john: Payer) -> None:
    john.pays()
    (card,) = portal.rows(PaymentMethod)
    assert card.once
    assert portal.the_subscription().payment_method_id is None


def test_the_link_is_sent_at_the_agreed_hour_utc_in_every_zone(portal: Portal) -> None:
    dubai = portal.merchant(clock="2021-08-24T09:00", timezone="Asia/Dubai", currency="AED")
    subscribe(dubai, start_date="2021-08-24", send_on_hour=22)
    portal.run_jobs()
    assert links(dubai) == []
    dubai.advance("2021-08-24T21:59")
    assert links(dubai) == []
    dubai.advance("2021-08-24T22:00")
    assert len(links(dubai)) == 1
    (invoice,) = portal.rows(Invoice)
    assert (invoice.slot, str(invoice.invoice_on)) == ("2021-08-24", "2021-08-24")
    assert payer(portal, links(dubai)[0]).pays().heading == "Paid. Thank you"


def test_of_an_hour_that_has_passed_on_the_first_day_the_link_is_sent_at_once(portal: Portal) -> None:
    shop = portal.merchant(clock="2021-08-24T11:00", timezone="Asia/Dubai", currency="AED")
    assert subscribe(shop, start_date="2021-08-24", send_on_hour=10) is not None
    portal.run_jobs()
    assert len(links(shop)) == 1
    assert shop.subscription()["next_due_date"] == "2021-09-24"


def test_the_end_date_is_the_last_day_of_a_link(portal: Portal) -> None:
    shop = portal.merchant(clock="2021-08-24T11:00", currency="AED")
    subscribe(shop, start_date="2021-08-24", end_date="2024-08-24", frequency="Quarterly", send_on_hour=10)
    shop.advance("2024-12-31T00:00")
    assert len(portal.rows(Invoice)) == 13
    assert portal.rows(Invoice)[-1].slot == "2024-08-24"
    assert portal.the_subscription().close_reason == "expired"
