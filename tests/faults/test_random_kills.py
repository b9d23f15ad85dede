"""kill -9 at random moments while forty subscriptions live through three months: the referee has nothing to say.

FAULT_KILLS sets how many (12), FAULT_SEED makes a run again: its seed is printed when it fails.
"""

from __future__ import annotations

import os
import random
import secrets
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.faults.conftest import Referee
from tests.faults.crew import MAIL_LEASE, Crew, Worker
from tests.harness import Customer, Merchant, Portal

pytestmark = [pytest.mark.faults, pytest.mark.slow]

KILLS = int(os.environ.get("FAULT_KILLS") or 12)
SEED = int(os.environ.get("FAULT_SEED") or secrets.randbelow(1_000_000))
SUBSCRIPTIONS = 40
FIRST, LAST = datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 4, 30, 16, tzinfo=UTC)
MONTHLY = {date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)}
WEEKLY = {date(2026, 1, 31) + timedelta(days=7 * week) for week in range(13)}
GOOD, ANSWER_LOST = "4242 4242 4242 4242", "4000 0000 0000 4954"
LIVES = (0.05, 0.8)  # seconds after the clock was moved: before a worker has seen it, to the end of its batch


def test_workers_killed_at_random_moments_lose_nothing_and_charge_each_period_once(
    portal: Portal, merchant_on_clock: Merchant, crew: Crew, referee: Referee
) -> None:
    print(f"FAULT_SEED={SEED} FAULT_KILLS={KILLS}")
    dice = random.Random(SEED)
    due = {f"Plan {number}": _subscribed(portal, merchant_on_clock, number) for number in range(SUBSCRIPTIONS)}
    portal.waiting.clear()  # the callbacks' hints are lost as well
    crew.lease = MAIL_LEASE
    pair: list[Worker] = []
    hits, while_confirming = 0, KILLS // 4
    for kill in range(KILLS):
        if kill == while_confirming:
            pair.append(crew.start())
            referee.waits()  # who confirms later is charged from a later day on
        if kill >= while_confirming:
            _move_on(
                merchant_on_clock, FIRST + (LAST - FIRST) * (kill + 1 - while_confirming) / (KILLS - while_confirming)
            )
        pair += [crew.start() for _ in range(2 - len(pair))]
        victim = pair.pop(dice.randrange(len(pair)))
        victim.lives_on(dice.uniform(*LIVES))
        victim.kill()
        hits += not referee.sees_quiet()
    print(f"{hits} of {KILLS} kills left work behind")
    assert hits
    crew.start()
    assert referee.finds(due=due, sends_cut=KILLS) == {}


def _subscribed(portal: Portal, shop: Merchant, number: int) -> set[date]:
    """Confirmed at the gateway, nothing done about it yet; the dates on which it must be charged."""
    contact = {"email": f"customer{number}@example.com"} if number % 4 else {"mobile_phone": "111-222-3333"}
    weekly = number % 2
    answer = shop.post(
        external_id=f"S{number}",
        description=f"Plan {number}",
        amount=10 + number,
        frequency="Weekly" if weekly else "Monthly",
        customer={"external_id": f"C{number}"} | contact,
    )
    assert answer.status_code == 200, answer.text
    Customer(portal, answer.json["link"]).confirm(GOOD if number % 10 else ANSWER_LOST)
    return WEEKLY if weekly else MONTHLY


def _move_on(shop: Merchant, to: datetime) -> None:
    answer = shop.call("POST", "/clock/advance", json={"to": to.isoformat()})
    assert answer.status_code == 202, answer.text
