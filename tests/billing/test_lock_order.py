"""Who takes the same rows takes them in the same order, the subscription first: nobody is thrown out by a deadlock."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update

from portal.billing import calling, charge
from portal.billing.models import Attempt, Payment, SetupSession
from portal.core import due
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job
from portal.links.models import PaymentRequest
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription
from tests.harness import Customer, Merchant, Portal
from workers import advance
from workers.reconciling import reconcile

MEET = 0.5  # seconds in which the worker would take the second lock, were its order the wrong one


@pytest.fixture
def claimed(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a worker has taken a due row."""
    taken = threading.Event()
    honest: Callable[..., Any] = due.claim

    def claim(table: Any, **wanted: Any) -> Any:
        ids = honest(table, **wanted)
        taken.set()
        return ids

    monkeypatch.setattr(due, "claim", claim)
    return taken


def hold_the_subscription(portal: Portal, begun: threading.Event, claimed: threading.Event, change: Any) -> None:
    """As the page, the API and the console do: its row first, then what hangs on it."""
    with portal.writing():
        session().query(Subscription).with_for_update().one()
        begun.set()
        claimed.wait(MEET)
        session().execute(change)


def at_work_meanwhile(portal: Portal, claimed: threading.Event, change: Any, job: Job, row_id: object) -> None:
    begun = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold_the_subscription, portal, begun, claimed, change)
        assert begun.wait(10)
        portal.perform(job, str(row_id))
        holding.result()


def test_a_charge_and_a_change_of_its_payment(
    portal: Portal, merchant: Merchant, customer: Customer, claimed: threading.Event
) -> None:
    customer.confirm()
    portal.perform(Job.COMPLETE_SETUP, str(portal.row(SetupSession).id))
    payment = portal.row(Payment)
    at_work_meanwhile(portal, claimed, update(Payment).values(code="looked at"), Job.CHARGE, payment.id)
    portal.run_jobs()
    assert portal.row(Payment).status == "succeeded"
    assert len(merchant.ledger()) == 1


def test_an_expiry_and_a_yes_to_the_same_request(
    portal: Portal, merchant: Merchant, customer: Customer, claimed: threading.Event
) -> None:
    request = portal.row(PaymentRequest)
    with portal.writing():
        session().execute(update(PaymentRequest).values(due_at=real_now(), expires_at=real_now()))
    change = update(PaymentRequest).values(opened_at=real_now())
    at_work_meanwhile(portal, claimed, change, Job.EXPIRE_REQUEST, request.id)
    portal.run_jobs()
    assert portal.row(PaymentRequest).status == "expired"
    assert portal.row(PaymentRequest).opened_at is not None


def test_a_comparison_with_the_gateway_and_an_outcome_that_is_being_written(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    customer.confirm()
    portal.perform(Job.COMPLETE_SETUP, str(portal.row(SetupSession).id))
    payment = portal.row(Payment)
    with portal.writing():
        calls = charge.claim([payment.id])
    calling.collect(calls, lambda answers: None)
    site_id = portal.the_subscription().site_id
    begun, never = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        settling = pool.submit(hold_the_subscription, portal, begun, never, update(Attempt).values(asked=1))
        assert begun.wait(10)
        with portal.app.app_context():
            reconcile(site_id)
        settling.result()
    with portal.app.app_context():
        reconcile(site_id)
    assert portal.row(Payment).status == "succeeded"
    assert len(merchant.ledger()) == 1


def test_a_step_of_the_clock_and_an_event_at_the_same_site(
    portal: Portal, merchant_on_clock: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step has the site and wants the subscription; the other has the subscription and names the site."""
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    customer.confirm()
    portal.run_jobs()
    merchant_on_clock.call("POST", "/clock/advance", json={"to": "2026-03-01T00:00:00Z"})
    subscription = portal.the_subscription()
    begun, stepping = threading.Event(), threading.Event()
    honest = advance.owed

    def owed(site_id: uuid.UUID) -> advance.Owed:
        stepping.set()
        return honest(site_id)

    monkeypatch.setattr(advance, "owed", owed)
    with ThreadPoolExecutor(1) as pool:
        announcing = pool.submit(hold_and_announce, portal, begun, stepping)
        assert begun.wait(10)
        with portal.writing():
            assert advance.step(subscription.site_id)
        announcing.result()
    assert portal.the_subscription().sequence == subscription.sequence + 1


def hold_and_announce(portal: Portal, begun: threading.Event, stepping: threading.Event) -> None:
    with portal.writing():
        subscription = session().query(Subscription).with_for_update().one()
        begun.set()
        stepping.wait(MEET)
        announce(session().query(Site).one(), subscription, "subscription", "updated", version=1)
