"""The broker carries hints and nothing else: lost, doubled, reversed or refused, they change nothing but the hour."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.billing.models import Attempt, Consent, Invoice, Payment
from portal.core import jobs
from portal.core.jobs import Job
from portal.notifications.models import Message
from portal.subscriptions.models import Subscription
from portal.webhooks.models import Event
from tests.harness import Customer, Merchant, Portal

Ids = tuple[str, ...]
THREE_MONTHS = ["2026-01-31", "2026-02-28", "2026-03-31"]


class Broker:
    """Brings each hint as often as `copies` says, the newest first where `reversed`; refuses them all when down."""

    def __init__(self, portal: Portal, *, copies: int = 1, reverse: bool = False, down: bool = False) -> None:
        self.portal, self.copies, self.reverse, self.down = portal, copies, reverse, down
        self.brought = 0

    def take(self, job: Job, ids: Ids) -> None:
        if self.down:
            raise ConnectionError("Redis is not there")
        place = 0 if self.reverse else len(self.portal.waiting)
        self.portal.waiting[place:place] = [(job, ids)] * self.copies
        self.brought += self.copies


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


def live_three_months(portal: Portal, shop: Merchant, work: Callable[[], None]) -> None:
    """Asked, confirmed and charged three times, with the jobs done by `work`."""
    answer = shop.post()
    assert answer.status_code == 200, answer.text
    work()
    Customer(portal, answer.json["link"]).confirm()
    work()
    assert shop.call("POST", "/clock/advance", json={"to": "2026-04-01T00:00:00Z"}).status_code == 202
    work()
    assert shop.call("GET", "/clock").json["status"] == "ready"


def assert_everything_happened_once(portal: Portal, shop: Merchant) -> None:
    assert [entry["at"][:10] for entry in shop.ledger()] == THREE_MONTHS
    assert [invoice.slot for invoice in portal.rows(Invoice)] == THREE_MONTHS
    assert [payment.status for payment in portal.rows(Payment)] == ["succeeded"] * 3
    assert len(portal.rows(Attempt)) == 3
    assert len(portal.rows(Consent)) == 1
    assert {(message.purpose, message.tries) for message in portal.rows(Message)} == {("link", 1), ("confirmed", 1)}
    assert sorted(event.sequence for event in portal.rows(Event)) == list(
        range(1, portal.row(Subscription).sequence + 1)
    )


@pytest.mark.parametrize("copies", [2, 5])
@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "newest first"])
def test_hints_that_come_more_than_once_have_one_effect(
    portal: Portal, shop: Merchant, copies: int, reverse: bool
) -> None:
    broker = Broker(portal, copies=copies, reverse=reverse)
    jobs.set_sender(broker.take)
    live_three_months(portal, shop, portal.run_jobs)
    assert_everything_happened_once(portal, shop)
    assert broker.brought >= 9 * copies


def test_an_old_hint_that_comes_again_at_the_end_has_no_effect(portal: Portal, shop: Merchant) -> None:
    heard: list[tuple[Job, Ids]] = []
    broker = Broker(portal)

    def take(job: Job, ids: Ids) -> None:
        heard.append((job, ids))
        broker.take(job, ids)

    jobs.set_sender(take)
    live_three_months(portal, shop, portal.run_jobs)
    for job, ids in reversed(heard):
        portal.perform(job, *ids)
    assert {job for job, _ in heard} >= {Job.COMPLETE_SETUP, Job.CHARGE, Job.SEND_MESSAGE}
    assert_everything_happened_once(portal, shop)


def test_every_job_is_rebuilt_from_the_database_when_all_hints_are_lost(portal: Portal, shop: Merchant) -> None:
    def work() -> None:
        portal.waiting.clear()
        portal.run_jobs(lose_hints=True)

    answer = shop.post()
    work()
    Customer(portal, answer.json["link"]).confirm()
    portal.run_jobs(Job.COMPLETE_SETUP)  # the sweep asks the gateway five seconds later; that has its own test
    work()
    assert shop.call("POST", "/clock/advance", json={"to": "2026-04-01T00:00:00Z"}).status_code == 202
    work()
    assert_everything_happened_once(portal, shop)


def test_a_broker_that_is_down_fails_no_request_and_loses_no_work(
    portal: Portal, shop: Merchant, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Broker(portal, down=True)
    jobs.set_sender(broker.take)
    answer = shop.post()
    assert answer.status_code == 200, answer.text
    assert Customer(portal, answer.json["link"]).confirm().heading == "Being confirmed"
    assert "job not enqueued" in caplog.text
    broker.down = False
    portal.perform(Job.COMPLETE_SETUP, *[str(setup_id) for setup_id in _open_setups(portal)])
    portal.run_jobs()
    assert [entry["at"][:10] for entry in shop.ledger()] == THREE_MONTHS[:1]
    assert {message.status for message in portal.rows(Message)} == {"delivered"}


def _open_setups(portal: Portal) -> list[object]:
    from portal.billing.models import SetupSession

    return [setup.id for setup in portal.rows(SetupSession, status="open")]
