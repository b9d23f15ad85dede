"""What is lost on the way of a payment by link is found again: a dead web process, a lost word, an older backup."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import delete

from portal.billing import pay_session
from portal.billing.confirm import Visitor
from portal.billing.models import Attempt, Invoice, Payment
from portal.billing.pay_models import PaySession
from portal.core.database import session
from portal.links import find as find_links
from portal.links.models import Link, LinkOpen, PaymentRequest
from portal.notifications.models import Message
from portal.subscriptions.models import Subscription
from tests.billing.by_link_shop import Payer, payer, subscribe
from tests.harness import Merchant, Portal
from workers.reconciling import reconcile


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


@pytest.fixture
def john(portal: Portal, shop: Merchant) -> Payer:
    link = subscribe(shop)
    assert link is not None
    portal.run_jobs()
    return payer(portal, link)


def compare(portal: Portal, shop: Merchant) -> list[tuple[str, bool]]:
    with portal.app.app_context():
        return [(found.kind, found.repaired) for found in reconcile(uuid.UUID(shop.site_id))]


def begins(portal: Portal, customer: Payer) -> None:
    """The web process notes the visit, and dies before it asks the gateway for a page."""
    with portal.writing():
        found = find_links.by_token(customer.path.removeprefix("/p/"))
        assert found is not None
        pay_session.begin(found.link.id, "Gold+ Plan: $100.00", Visitor("127.0.0.1", "a browser"))


def test_a_visit_whose_page_was_never_opened_is_taken_up_by_the_next_tap(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    begins(portal, john)
    assert john.page().heading == "Gold+ Plan"
    assert john.pays().heading == "Paid. Thank you"
    assert [attempt.number for attempt in portal.rows(Attempt)] == [1]
    assert len(shop.ledger()) == 1


def test_a_visit_whose_page_was_never_opened_expires_by_itself(portal: Portal, shop: Merchant, john: Payer) -> None:
    begins(portal, john)
    shop.advance("2026-01-31T12:00")
    assert (portal.row(PaySession).status, portal.row(Attempt).status) == ("expired", "failed")
    assert john.pays().heading == "Paid. Thank you"


def test_what_the_gateways_list_says_first_is_not_written_again_by_the_visit(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    john.types(john.taps_pay(), "4000 0000 0000 4954")  # paid, and the gateway forgets to say so
    assert compare(portal, shop) == [("outcome_lost", True)]
    assert portal.row(Payment).status == "succeeded"
    before = portal.the_subscription().sequence
    shop.advance("2026-01-31T10:30")
    assert portal.row(PaySession).status == "over"
    assert portal.the_subscription().sequence == before
    assert john.page().heading == "Paid. Thank you"
    assert compare(portal, shop) == []


def test_after_the_restore_of_an_older_backup_the_payment_is_put_back(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    john.pays()
    with portal.writing():
        for table in (PaySession, Attempt, Payment, Message, LinkOpen, Link, PaymentRequest, Invoice):
            session().execute(delete(table))
        session().query(Subscription).one().installments = 0
    assert compare(portal, shop) == [("charge_forgotten", True)]
    assert (portal.row(Invoice).slot, portal.row(Invoice).status) == ("2026-01-31", "paid")
    assert compare(portal, shop) == []
    assert len(shop.ledger()) == 1


def test_a_restored_portal_that_opens_the_same_try_again_finds_it_paid(
    portal: Portal, shop: Merchant, john: Payer
) -> None:
    """The same slot and number give the same key, and the gateway opens no second page for a key."""
    john.pays()
    with portal.writing():
        for table in (PaySession, Attempt, Payment):
            session().execute(delete(table))
        invoice = session().query(Invoice).one()
        invoice.status, invoice.paid_at = "open", None
        session().query(PaymentRequest).one().status = "opened"
    assert portal.client.get(john.taps_pay()).status_code == 303
    shop.advance("2026-01-31T09:10")
    assert john.page().heading == "Paid. Thank you"
    assert len(shop.ledger()) == 1
