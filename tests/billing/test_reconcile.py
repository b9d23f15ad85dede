"""The gateway's list beside ours: what only it knows is put back, the rest is reported, nothing is charged."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import delete, select, update

from portal.billing.models import Attempt, Invoice, Payment
from portal.core.database import session
from portal.subscriptions.models import Subscription
from tests.harness import Customer, Merchant, Portal
from workers.reconciling import reconcile


@pytest.fixture
def shop(portal: Portal, merchant_on_clock: Merchant) -> Merchant:
    """A subscription that was charged on January 31, February 28, March 31 and April 30."""
    Customer(portal, merchant_on_clock.post().json["link"]).confirm()
    portal.run_jobs()
    merchant_on_clock.advance("2026-05-01T12:00")
    return merchant_on_clock


def compare(portal: Portal, shop: Merchant) -> list[tuple[str, bool]]:
    with portal.app.app_context():
        return [(found.kind, found.repaired) for found in reconcile(uuid.UUID(shop.site_id))]


def restore_backup_of_march(portal: Portal) -> None:
    """What the database looked like on March 1: the rows of March and April are gone, the gateway's ledger is not."""
    with portal.writing():
        late = select(Invoice.id).where(Invoice.slot > "2026-03-01")
        session().execute(delete(Attempt).where(Attempt.invoice_id.in_(late)))
        session().execute(delete(Payment).where(Payment.invoice_id.in_(late)))
        session().execute(delete(Invoice).where(Invoice.slot > "2026-03-01"))
        session().execute(
            update(Subscription).values(
                next_index=2, next_due_on=date(2026, 3, 31), installments=2, due_at=None, site_due_at=None
            )
        )


def test_two_lists_that_agree_have_no_difference(portal: Portal, shop: Merchant) -> None:
    assert compare(portal, shop) == []


def test_after_the_restore_of_an_older_backup_the_charges_are_put_back_and_not_made_again(
    portal: Portal, shop: Merchant
) -> None:
    restore_backup_of_march(portal)
    assert compare(portal, shop) == [("charge_forgotten", True)] * 2
    assert [(i.slot, i.status) for i in portal.rows(Invoice)] == [
        ("2026-01-31", "paid"), ("2026-02-28", "paid"), ("2026-03-31", "paid"), ("2026-04-30", "paid"),
    ]  # fmt: skip
    assert shop.subscription()["next_due_date"] == "2026-05-31"
    assert compare(portal, shop) == []
    shop.advance("2026-06-01T12:00")
    assert [entry["at"][:10] for entry in shop.ledger()] == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
    ]  # fmt: skip


def test_without_reconciling_the_same_keys_take_nothing_twice_either(portal: Portal, shop: Merchant) -> None:
    restore_backup_of_march(portal)
    with portal.writing():
        subscription = session().scalars(select(Subscription)).one()
        subscription.due_at = subscription.updated_at
    portal.run_jobs()
    assert len(shop.ledger()) == 4
    assert {invoice.status for invoice in portal.rows(Invoice)} == {"paid"}


def test_an_outcome_we_never_heard_is_taken_from_the_gateways_list(portal: Portal, merchant_on_clock: Merchant) -> None:
    Customer(portal, merchant_on_clock.post().json["link"]).confirm("4000 0000 0000 4954")
    portal.run_jobs()
    assert portal.row(Payment).status == "unknown"
    assert compare(portal, merchant_on_clock) == [("outcome_lost", True)]
    assert merchant_on_clock.subscription()["status"] == "active"


def test_what_the_gateway_does_not_know_and_what_it_took_otherwise_is_reported(portal: Portal, shop: Merchant) -> None:
    with portal.writing():
        attempts = session().scalars(select(Attempt).order_by(Attempt.started_at)).all()
        attempts[0].key = "nobody knows this"
        session().execute(update(Payment).where(Payment.id == attempts[1].payment_id).values(amount_minor=1))
    kinds = compare(portal, shop)
    assert ("amount_differs", False) in kinds
    assert ("not_at_gateway", False) in kinds
    assert ("unknown_charge", False) in kinds
    assert len(shop.ledger()) == 4


def test_a_comparison_does_not_wait_for_a_subscription_that_somebody_is_at_work_on(
    portal: Portal, shop: Merchant
) -> None:
    """It may hold others from the charges before: whoever waits for those must not be waited for."""
    restore_backup_of_march(portal)
    begun, compared = threading.Event(), threading.Event()

    def hold() -> bool:
        with portal.writing():
            session().query(Subscription).with_for_update().one()
            begun.set()
            # SQLite has one writer, so that the comparison has to wait there for this transaction's end.
            return compared.wait(10 if session().get_bind().dialect.name == "postgresql" else 0.5)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert begun.wait(10)
        found = compare(portal, shop)
        compared.set()
        went_past = holding.result()
    assert went_past == (found == [])
    if went_past:
        found = compare(portal, shop)
    assert set(found) == {("charge_forgotten", True)}
    assert compare(portal, shop) == []
    assert len(shop.ledger()) == 4
