"""At the same moment: two workers, two billing runs, a yes and an update, a charge and a close."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from portal.billing import calling, charge, holds, run
from portal.billing.models import Attempt, Consent, Invoice, Payment, SetupSession
from portal.billing.settle import settle
from portal.core.changes import Change
from portal.core.clock import real_now
from portal.core.database import session, transaction
from portal.core.due import LEASE
from portal.core.ids import new_id
from portal.core.jobs import Job
from portal.sites.models import Site
from portal.subscriptions import pausing
from portal.subscriptions.models import Subscription, Terms
from portal.webhooks.models import Event
from tests.harness import Customer, Merchant, Portal

ROUNDS = 8


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Start every deed at one moment, each in a thread of its own; what they gave. Raises what the first one raised."""
    gate = threading.Barrier(len(deeds))

    def do(deed: Callable[[], Any]) -> Any:
        gate.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result() for future in [pool.submit(do, deed) for deed in deeds]]


def confirmed(portal: Portal, merchant: Merchant, **changes: Any) -> Customer:
    """The card is saved at the gateway and nothing was done about it yet."""
    answer = merchant.post(**changes)
    assert answer.status_code == 200, answer.text
    customer = Customer(portal, answer.json["link"])
    customer.confirm()
    return customer


def copies(portal: Portal, count: int) -> None:
    """Put as many subscriptions beside the only one, alike but for their names."""
    with portal.writing():
        model = session().query(Subscription).one()
        columns = {column.key: getattr(model, column.key) for column in Subscription.__mapper__.column_attrs}
        for number in range(count):
            session().add(Subscription(**columns | {"id": new_id(), "external_id": f"copy {number}"}))


def all_due(portal: Portal) -> None:
    with portal.writing():
        session().execute(update(Subscription).values(due_at=real_now(), site_due_at=None))


def sequence_is_whole(portal: Portal, subscription: Subscription) -> bool:
    events = portal.rows(Event, subscription_id=subscription.id)
    return sorted(event.sequence for event in events) == list(range(1, subscription.sequence + 1))


def test_two_workers_settle_one_payment_at_the_same_moment_and_one_of_them_does(
    portal: Portal, merchant: Merchant
) -> None:
    for number in range(ROUNDS):
        confirmed(portal, merchant, external_id=f"S{number}")
        answers: list[calling.Answered] = []
        setup = portal.rows(SetupSession)[-1]
        portal.perform(Job.COMPLETE_SETUP, str(setup.id))
        payment = portal.row(Payment, subscription_id=setup.subscription_id)
        with portal.writing():
            calls = charge.claim([payment.id])
        calling.collect(calls, answers.extend)
        at_once(*[partial(_settle, portal, answers)] * 3)
        subscription = portal.row(Subscription, id=setup.subscription_id)
        told = [event for event in portal.rows(Event, subscription_id=subscription.id) if event.action == "payment"]
        assert len(told) == 1
        assert sequence_is_whole(portal, subscription)
        assert portal.row(Payment, id=payment.id).status == "succeeded"


def _settle(portal: Portal, answers: list[calling.Answered]) -> None:
    with portal.writing():
        settle(answers)


def test_one_payment_claimed_by_many_workers_is_tried_once(portal: Portal, merchant: Merchant) -> None:
    for number in range(ROUNDS):
        confirmed(portal, merchant, external_id=f"S{number}")
        portal.perform(Job.COMPLETE_SETUP, str(portal.rows(SetupSession)[-1].id))
        payment = portal.rows(Payment)[-1]
        portal.waiting.clear()
        at_once(*[partial(portal.perform, Job.CHARGE, str(payment.id))] * 4)
        assert len(portal.rows(Attempt, payment_id=payment.id)) == 1
    assert len(merchant.ledger()) == ROUNDS


def test_one_setup_completed_by_many_workers_is_one_yes(portal: Portal, merchant: Merchant) -> None:
    for number in range(ROUNDS):
        confirmed(portal, merchant, external_id=f"S{number}")
        setup = portal.rows(SetupSession)[-1]
        at_once(*[partial(portal.perform, Job.COMPLETE_SETUP, str(setup.id))] * 4)
        assert len(portal.rows(Consent, setup_id=setup.id)) == 1
        assert len(portal.rows(Payment, subscription_id=setup.subscription_id)) == 1


def test_two_billing_runs_at_once_open_each_period_once(
    portal: Portal, merchant_on_clock: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(portal, merchant_on_clock)
    portal.run_jobs()
    copies(portal, 59)
    monkeypatch.setattr(run, "BATCH", 7)
    for month in (1, 2, 3):
        all_due(portal)
        found = sum(at_once(*[partial(_open_all, portal)] * 4))
        assert found == 60
        invoices = portal.rows(Invoice)
        assert len(invoices) == 1 + 60 * month
        assert len({(invoice.subscription_id, invoice.slot) for invoice in invoices}) == len(invoices)
    assert len(portal.rows(Payment)) == len(portal.rows(Attempt)) == 1 + 60 * 3
    assert {row.installments for row in portal.rows(Subscription)} == {4}


def _open_all(portal: Portal) -> int:
    """A billing run until it finds nothing; how many subscriptions it moved on."""
    total = 0
    with portal.app.app_context():
        while True:
            with transaction():
                found = run.open_due(limit=7).found
            if not found:
                return total
            total += found


def test_a_yes_and_an_update_at_the_same_moment_never_charge_what_was_not_shown(
    portal: Portal, merchant: Merchant
) -> None:
    """C05. The page showed 34.99: either that is what the yes is to, or the page comes back with 39.99."""
    for number in range(ROUNDS):
        name = f"S{number}"
        customer = Customer(portal, merchant.post(external_id=name).json["link"])
        page = customer.page()
        tapped, updated = at_once(
            partial(customer.tap, page),
            partial(merchant.post, external_id=name, amount=39.99),
        )
        assert updated.status_code == 200
        assert tapped.status_code in {303, 409}
        if tapped.status_code == 303:
            customer.enter_card(tapped.headers["Location"])
        portal.run_jobs()
        # The update came before the card was saved in any case: the old yes confirms nothing.
        assert merchant.subscription(name)["status"] == "pending"
    assert merchant.ledger() == []


def test_a_card_saved_and_an_update_at_the_same_moment_charge_the_terms_of_the_yes(
    portal: Portal, merchant: Merchant
) -> None:
    for number in range(ROUNDS):
        name = f"S{number}"
        confirmed(portal, merchant, external_id=name)
        setup = portal.rows(SetupSession)[-1]
        _, updated = at_once(
            partial(portal.perform, Job.COMPLETE_SETUP, str(setup.id)),
            partial(merchant.post, external_id=name, amount=39.99),
        )
        assert updated.status_code == 200
        portal.run_jobs()
        agreed = {consent.terms_id for consent in portal.rows(Consent, subscription_id=setup.subscription_id)}
        invoices = portal.rows(Invoice, subscription_id=setup.subscription_id)
        assert {invoice.terms_id for invoice in invoices} == agreed
        assert {portal.row(Terms, id=terms_id).version for terms_id in agreed} <= {1}
        assert portal.row(SetupSession, id=setup.id).status == ("completed" if agreed else "stale")
    assert {entry["amount"] for entry in merchant.ledger()} <= {34.99}


def test_closed_while_the_charge_is_on_its_way_it_was_charged_before_or_not_at_all(
    portal: Portal, merchant: Merchant
) -> None:
    """C07. Who has the subscription's row first: the try's claim, then the money is taken and kept; or the close."""
    outcomes = set()
    for number in range(ROUNDS * 2):
        name = f"S{number}"
        confirmed(portal, merchant, external_id=name)
        portal.perform(Job.COMPLETE_SETUP, str(portal.rows(SetupSession)[-1].id))
        payment = portal.rows(Payment)[-1]
        before = len(merchant.ledger())
        closing = partial(merchant.post, external_id=name, active=False)
        charging = partial(portal.perform, Job.CHARGE, str(payment.id))
        at_once(*((closing, charging) if number % 2 else (charging, closing)))
        portal.run_jobs()
        taken = len(merchant.ledger()) - before
        assert merchant.subscription(name)["status"] == "closed"
        assert portal.row(Payment, id=payment.id).status == ("succeeded" if taken else "voided")
        if taken:
            assert _claimed_at(portal, payment.id) < _closed_at(portal, payment.subscription_id)
        outcomes.add(taken)
    assert outcomes <= {0, 1}


def test_a_try_that_was_never_made_is_not_made_after_the_close(portal: Portal, merchant: Merchant) -> None:
    """The worker died before it called the gateway, then the merchant closed: its successor only asks."""
    confirmed(portal, merchant)
    portal.perform(Job.COMPLETE_SETUP, str(portal.row(SetupSession).id))
    payment = portal.row(Payment)
    with portal.writing():
        assert charge.claim([payment.id])
    merchant.post(active=False)
    with portal.writing():
        session().execute(update(Payment).values(due_at=real_now() - LEASE))
    portal.run_jobs()
    assert merchant.ledger() == []
    assert portal.row(Payment).status == "voided"
    assert portal.row(Invoice).status == "void"
    assert portal.row(Attempt).code == "not_sent"


def test_a_try_that_was_never_made_waits_for_the_end_of_a_pause(portal: Portal, merchant: Merchant) -> None:
    confirmed(portal, merchant)
    portal.run_jobs()
    all_due(portal)
    with portal.writing():
        assert len(run.open_due().calls) == 1  # which nobody made: the worker died
    payment = portal.row(Payment, status="pending")
    with portal.writing():
        pausing.pause(*_locked())
        session().execute(update(Payment).where(Payment.id == payment.id).values(due_at=real_now() - LEASE))
    portal.run_jobs()
    assert len(merchant.ledger()) == 1
    with portal.writing():
        holds.resume(*_locked())
    portal.run_jobs()
    assert len(merchant.ledger()) == 2
    assert [attempt.number for attempt in portal.rows(Attempt, payment_id=payment.id)] == [1]
    assert portal.row(Payment, id=payment.id).status == "succeeded"


def _locked() -> tuple[Site, Subscription, Terms]:
    subscription = session().query(Subscription).one()
    return session().query(Site).one(), subscription, session().get_one(Terms, subscription.terms_id)


def test_a_try_that_was_made_is_recorded_after_the_close(portal: Portal, merchant: Merchant) -> None:
    """The worker died after the gateway had the money, then the merchant closed: taken is taken, and it is said."""
    confirmed(portal, merchant)
    portal.perform(Job.COMPLETE_SETUP, str(portal.row(SetupSession).id))
    payment = portal.row(Payment)
    with portal.writing():
        calls = charge.claim([payment.id])
    calling.collect(calls, lambda answers: None)
    merchant.post(active=False)
    with portal.writing():
        session().execute(update(Payment).values(due_at=real_now() - LEASE))
    portal.run_jobs()
    assert [entry["outcome"] for entry in merchant.ledger()] == ["captured"]
    assert (portal.row(Payment).status, portal.row(Invoice).status) == ("succeeded", "paid")
    assert merchant.subscription()["status"] == "closed"


def _claimed_at(portal: Portal, payment_id: uuid.UUID) -> Any:
    return portal.row(Attempt, payment_id=payment_id).sent_at


def _closed_at(portal: Portal, subscription_id: uuid.UUID) -> Any:
    return portal.row(Change, subscription_id=subscription_id, what="subscription closed").real_at
