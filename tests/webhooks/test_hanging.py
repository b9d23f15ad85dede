"""A receiver that hangs, however much waits for it, holds up nobody else: with the workers' own threads and sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from portal.broker import make_broker, sender
from portal.core import jobs
from tests.harness import Merchant, Portal
from tests.webhooks.receiving import Receiver, receiving
from workers.lanes import THREADS
from workers.main import start_scheduler, start_workers

pytestmark = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")
MANY = 30
GIVEN_UP = 10.0  # seconds, after which a call ends that nobody answers


@pytest.fixture
def hanging() -> Iterator[Receiver]:
    with receiving() as found:
        found.hangs = True
        yield found


@pytest.fixture
def healthy() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def at_work(portal: Portal, hanging: Receiver) -> Iterator[None]:
    """The workers and the scheduler of one process, as `portal worker` and `portal scheduler` start them."""
    broker = make_broker(portal.settings)  # its own: it takes the actor of each job once
    portal.app.extensions["portal_broker"] = broker
    broker.flush_all()
    jobs.set_sender(sender(broker))
    workers, scheduler = start_workers(portal.app), start_scheduler(portal.app, interval=0.1)
    try:
        yield
    finally:
        hanging.let_go.set()
        scheduler.stop()
        workers.stop(timeout=20_000)


def listen(merchant: Merchant, receiver: Receiver) -> None:
    assert merchant.call("POST", "/webhook", json={"url": receiver.url}).status_code == 200


def happens(merchant: Merchant, times: int) -> list[float]:
    """This many new subscriptions, with the moment of each."""
    moments = []
    for number in range(times):
        assert merchant.post(external_id=f"s-{number}").status_code == 200
        moments.append(time.monotonic())
    return moments


def created(receiver: Receiver) -> dict[str, float]:
    """When each subscription's beginning was first heard of."""
    found: dict[str, float] = {}
    for got in list(receiver.got):
        if got.said.get("event") == "created":
            found.setdefault(got.said["data"]["external_id"], got.at)
    return found


@pytest.mark.usefixtures("at_work")
def test_a_receiver_that_hangs_delays_nobody_else(portal: Portal, hanging: Receiver, healthy: Receiver) -> None:
    dead, alive = portal.merchant("Dead"), portal.merchant("Alive")
    listen(dead, hanging)
    listen(alive, healthy)
    happens(dead, MANY)
    hanging.waits_for(lambda: hanging.at_once == THREADS // 2)
    moments = happens(alive, MANY)
    healthy.waits_for(lambda: len(created(healthy)) == MANY)
    heard = created(healthy)
    delays = sorted(heard[f"s-{number}"] - moment for number, moment in enumerate(moments))
    assert delays[round(MANY * 0.95) - 1] < GIVEN_UP * 0.9, delays
    first = hanging.got[0].at
    within_one_call = [got for got in hanging.got if got.at < first + GIVEN_UP / 2]
    assert len(within_one_call) == THREADS // 2


@pytest.mark.usefixtures("at_work")
def test_what_found_no_room_goes_out_once_the_receiver_answers_again(portal: Portal, hanging: Receiver) -> None:
    merchant = portal.merchant()
    listen(merchant, hanging)
    happens(merchant, MANY)
    hanging.waits_for(lambda: hanging.at_once == THREADS // 2)
    hanging.let_go.set()
    hanging.waits_for(lambda: len(created(hanging)) == MANY)
    assert len(set(hanging.ids)) == len(hanging.ids)
