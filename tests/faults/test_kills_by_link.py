"""kill -9 while a link is sent or its payment learned of: asked for once, and written once under the key of its try."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from portal.billing.models import Attempt, Invoice, Payment
from portal.billing.pay_models import PaySession
from portal.core.clock import real_now
from portal.core.database import session
from portal.links.models import Link, PaymentRequest
from portal.notifications.models import Message
from tests.billing.by_link_shop import Payer, payer, subscribe
from tests.faults.books import is_quiet
from tests.faults.conftest import Referee
from tests.faults.crew import Crew
from tests.faults.stage import BY_TEXT, JANUARY, NO_FUNDS_TWICE, PLAN, Stage
from tests.faults.test_web_kills import around, at
from tests.faults.web_process import Asked, Death
from tests.harness import Page

pytestmark = pytest.mark.faults

POINTS = (
    "visit.before_claim_commit",
    "visit.claimed",
    "gateway.payment_read",
    "visit.answered",
    "visit.before_settle_commit",
    "visit.settled",
    "acked.ask_visit",
)


def paid_by(stage: Stage, card: str) -> Payer:
    """Paid on the gateway's page, whose hint has come in; no worker was there yet."""
    link = subscribe(stage.shop, customer=BY_TEXT)
    assert link is not None
    stage.portal.run_jobs()
    customer = payer(stage.portal, link)
    customer.types(customer.taps_pay(), card)
    return customer


def waits(crew: Crew, referee: Referee) -> None:
    crew.works_until(lambda: is_quiet(referee.watching))


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_on_the_way_writes_the_payment_once(
    stage: Stage, crew: Crew, referee: Referee, point: str
) -> None:
    paid_by(stage, "4242 4242 4242 4242")
    crew.start(fault=point, hints=stage.hints()).dies()
    crew.start()
    waits(crew, referee)
    (entry,) = stage.shop.ledger()
    attempt, payment = stage.portal.row(Attempt), stage.portal.row(Payment)
    assert (entry["idempotency_key"], entry["id"]) == (attempt.key, payment.gateway_ref)
    assert (attempt.status, payment.status, payment.attempts) == ("succeeded", "succeeded", 1)
    assert (stage.portal.row(Invoice).status, stage.portal.row(PaySession).status) == ("paid", "over")
    assert referee.finds(due={PLAN: {JANUARY}}) == {}


@pytest.mark.parametrize("point", ["visit.answered", "visit.before_settle_commit", "visit.settled"])
def test_a_refusal_is_written_once_too_and_the_next_try_pays(
    stage: Stage, crew: Crew, referee: Referee, point: str
) -> None:
    customer = paid_by(stage, NO_FUNDS_TWICE)
    crew.start(fault=point, hints=stage.hints()).dies()
    crew.start()
    waits(crew, referee)
    assert stage.portal.row(Payment).status == "failed"
    customer.types(customer.taps_pay())
    waits(crew, referee)
    assert [entry["outcome"] for entry in stage.shop.ledger()] == ["declined", "captured"]
    assert [attempt.status for attempt in stage.portal.rows(Attempt)] == ["failed", "succeeded"]
    assert (stage.portal.row(Payment).status, stage.portal.row(Invoice).status) == ("succeeded", "paid")


@pytest.mark.parametrize("point", ["run.before_commit", "enqueue.send_message", "run.committed", "acked.advance_clock"])
def test_a_billing_run_killed_on_the_way_asks_for_the_instalment_once(
    stage: Stage, crew: Crew, referee: Referee, point: str
) -> None:
    paid_by(stage, "4242 4242 4242 4242")
    stage.portal.run_jobs()
    stage.moved_on("2026-02-28T15:00")
    crew.start(fault=point, hints=stage.hints()).dies()
    crew.start()
    assert referee.finds(due={PLAN: {JANUARY}}) == {}
    for table in (Invoice, PaymentRequest, Link, Message):
        assert len(stage.portal.rows(table)) == 2
    january, february = stage.portal.rows(Invoice)
    assert (january.status, february.status, february.slot) == ("paid", "open", "2026-02-28")
    (request,) = stage.portal.rows(PaymentRequest, invoice_id=february.id)
    assert (request.kind, request.status) == ("instalment", "delivered")


@pytest.mark.parametrize("death", [*around(1, 2), *at("visit.begun", "visit.page_opened")], ids=str)
def test_a_tap_on_pay_that_was_cut_off_is_tapped_again_and_paid_once(
    stage: Stage, crew: Crew, referee: Referee, death: Death
) -> None:
    link = subscribe(stage.shop, customer=BY_TEXT)
    assert link is not None
    stage.portal.run_jobs()
    customer = payer(stage.portal, link)
    tapped = Asked("POST", customer.path, {"data": customer.page().hidden("pay")})
    assert crew.answers(tapped, death) is None
    again = crew.answers(tapped)
    assert again is not None
    assert again.status == 303
    customer.types(again.location)
    paid_once(stage, crew, referee)


def test_money_that_was_taken_before_the_gateways_page_could_say_so_is_written_once(
    stage: Stage, crew: Crew, referee: Referee
) -> None:
    """Nobody tells the portal: it asks."""
    link = subscribe(stage.shop, customer=BY_TEXT)
    assert link is not None
    stage.portal.run_jobs()
    customer = payer(stage.portal, link)
    address = customer.taps_pay()
    card = {"number": "4242 4242 4242 4242", "expiry": "12/49", "code": "123", "name": "J D"}
    typed = Asked("POST", address, {"data": Page(stage.portal.client.get(address)).hidden() | card})
    assert crew.answers(typed, Death("at", point="gateway.paid")) is None
    with stage.portal.writing():
        session().execute(update(PaySession).values(due_at=real_now()))  # the first question comes after a while
    paid_once(stage, crew, referee)


def paid_once(stage: Stage, crew: Crew, referee: Referee) -> None:
    crew.start(hints=stage.hints())
    waits(crew, referee)
    assert [entry["outcome"] for entry in stage.shop.ledger()] == ["captured"]
    assert (stage.portal.row(Payment).status, stage.portal.row(Invoice).status) == ("succeeded", "paid")
    assert referee.finds(due={PLAN: {JANUARY}}) == {}
