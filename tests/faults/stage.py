"""A shop on its own clock, its customer, and the operations during which workers are killed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from portal.billing import refunds
from portal.billing.models import Payment, SetupSession
from portal.billing.refund_models import Refund
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job
from portal.sites.models import Site
from tests.api.hyperline.client import Hyperline
from tests.faults.worker_process import Hints
from tests.harness import Customer, Merchant, Portal
from workers import advance

PLAN, NUMBER = "Gold+ Plan", "439772921"
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
WEEKS = {JANUARY + timedelta(days=7 * week) for week in range(13)}
BY_TEXT = {"external_id": "39772634", "first_name": "John", "mobile_phone": "111-222-3333"}
BY_MAIL = {"external_id": "39772634", "first_name": "John", "email": "johndoe@abc.com"}
NO_FUNDS_TWICE, ANSWER_LOST = "4000 0000 0000 9995", "4000 0000 0000 4954"


@dataclass
class Stage:
    """A shop on its own clock and what its customer does, without a worker's help unless said so."""

    portal: Portal
    shop: Merchant

    def asked(self, **changes: Any) -> Customer:
        answer = self.shop.post(**{"customer": BY_TEXT} | changes)
        assert answer.status_code == 200, answer.text
        return Customer(self.portal, answer.json["link"])

    def confirmed(self, card: str = "4242 4242 4242 4242", **changes: Any) -> Customer:
        """The card is saved at the gateway, its callback has come in, no worker was there yet."""
        customer = self.asked(**changes)
        self.portal.run_jobs()
        customer.confirm(card)
        self.asks_at_once()
        return customer

    def asks_at_once(self) -> None:
        """A callback that is lost is made up for by a question after five seconds: they have passed."""
        with self.portal.writing():
            session().execute(update(SetupSession).where(SetupSession.status == "open").values(due_at=real_now()))

    def charged(self, **changes: Any) -> Customer:
        customer = self.confirmed(**changes)
        self.portal.run_jobs()
        return customer

    def moved_on(self, to: str) -> None:
        answer = self.shop.call("POST", "/clock/advance", json={"to": f"{to}:00Z"})
        assert answer.status_code == 202, answer.text

    def comes_to(self, to: str) -> None:
        """The clock stands at the next thing that falls due before `to` and walks no further, as a live site's does.

        What a walking clock finds it does itself; here the scheduler finds it and hints at a job of its own.
        """
        self.moved_on(to)
        with self.portal.writing():
            site = session().query(Site).filter(Site.clock_target.is_not(None)).one()
            assert advance.step(site.id)
            site.clock_target = None
        self.portal.waiting = []

    def given_back(self, amount_minor: int | None) -> None:
        """So much of the only payment is to go back; nobody has asked the gateway yet, and somebody must now."""
        with self.portal.writing():
            payment = session().query(Payment).one()
            refunds.open_refund(refunds.lock(payment.site_id, payment.id), amount_minor)
            session().flush()
            session().execute(update(Refund).values(due_at=real_now()))

    def hints(self) -> Hints:
        """What the web process has enqueued so far; taken away from it."""
        waiting, self.portal.waiting = tuple(self.portal.waiting), []
        return waiting


def confirming(stage: Stage) -> set[date]:
    stage.confirmed()
    return {JANUARY}


def due_next_month(stage: Stage) -> set[date]:
    stage.charged()
    stage.moved_on("2026-02-28T15:00")
    return {JANUARY, FEBRUARY}


def refused_at_first(stage: Stage) -> set[date]:
    """Next month's charge is refused twice for want of money and tried again by the dunning table."""
    customer = stage.charged()
    gateway_page = customer.tap(customer.page(), "change-method").headers["Location"]
    customer.enter_card(gateway_page, NO_FUNDS_TWICE)
    stage.portal.run_jobs()
    stage.moved_on("2026-03-02T15:00")
    return {JANUARY, FEBRUARY}


def trying_again(stage: Stage) -> set[date]:
    """The same, from the refusal on: who is killed is the one that tries a second and a third time."""
    refused_until(stage, "2026-02-28T15:00", tries=1)
    stage.moved_on("2026-03-02T15:00")
    return {JANUARY, FEBRUARY}


def trying_a_third_time(stage: Stage) -> set[date]:
    """Two refusals lie behind; the try that is taken is due now."""
    refused_until(stage, "2026-03-01T00:00", tries=2)
    stage.comes_to("2026-03-02T15:00")
    return {JANUARY, FEBRUARY}


def refused_until(stage: Stage, moment: str, tries: int) -> None:
    customer = stage.charged()
    gateway_page = customer.tap(customer.page(), "change-method").headers["Location"]
    customer.enter_card(gateway_page, NO_FUNDS_TWICE)
    stage.portal.run_jobs()
    stage.moved_on(moment)
    stage.portal.run_jobs()
    assert [entry["outcome"] for entry in stage.shop.ledger()] == ["captured", *["declined"] * tries]


def answer_lost(stage: Stage) -> set[date]:
    """The first charge is taken and its answer lost: the gateway is asked a minute later."""
    stage.confirmed(ANSWER_LOST)
    stage.moved_on("2026-01-31T10:30")
    return {JANUARY}


def refunding(stage: Stage) -> set[date]:
    """Asked for by a web process that died before it called: a worker asks, and sends it out where nobody has."""
    stage.charged()
    stage.given_back(None)
    return {JANUARY}


def ending_with_a_refund(stage: Stage) -> set[date]:
    """Canceled on a day that has come; the days that it leaves unused are to go back."""
    canceled_for_february(stage)
    stage.moved_on("2026-02-11T00:00")
    return {JANUARY}


def at_its_end(stage: Stage) -> set[date]:
    """The same, on a clock that stands at the end and does not do it by itself."""
    canceled_for_february(stage)
    stage.moved_on("2026-02-09T00:00")
    stage.portal.run_jobs()
    stage.comes_to("2026-02-11T00:00")
    return {JANUARY}


def canceled_for_february(stage: Stage) -> None:
    stage.charged()
    body = {"cancel_at": "2026-02-10", "cancellation_strategy": "refund_prorata"}
    Hyperline(stage.shop).post(f"subscriptions/{stage.portal.the_subscription().id}/cancel", body)


def numbering(stage: Stage) -> set[date]:
    """Several invoices wait for their numbers."""
    stage.charged(frequency="Weekly")
    stage.moved_on("2026-02-15T15:00")
    stage.portal.run_jobs(Job.ADVANCE_CLOCK)
    return {day for day in WEEKS if day < date(2026, 2, 15)}


def changing_a_line(stage: Stage) -> set[date | str]:
    """A line is added in the middle of a period: once its notice is handed over, its days are billed beside."""
    stage.charged()
    stage.moved_on("2026-02-10T15:00")
    stage.portal.run_jobs()
    product = {"description": "Towels", "amount": 31}
    answer = stage.shop.call("POST", f"/subscription/{NUMBER}/update", json={"type": "add_product", "product": product})
    assert answer.status_code == 201, answer.text
    return {JANUARY, "2026-02-10+"}


def ending_with_arrears(stage: Stage) -> set[date | str]:
    """Closed in the middle of a period of which a line is billed in arrears: its days are billed beside."""
    stage.charged(lines=[{"description": "Water", "amount": 28, "billed": "end"}])
    stage.moved_on("2026-02-10T15:00")
    stage.portal.run_jobs()
    assert stage.shop.call("POST", f"/subscription/{NUMBER}/close").status_code == 200
    return {JANUARY, "2026-02-10+"}


def sending(stage: Stage) -> set[date]:
    """The link's email: unlike a charge it has no key by which its receiver would refuse a second one."""
    stage.asked(customer=BY_MAIL)
    return set()
