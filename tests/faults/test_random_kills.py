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
from tests.faults.crew import Crew, Worker
from tests.harness import Customer, Merchant, Portal

pytestmark = [pytest.mark.faults, pytest.mark.slow]

KILLS = int(os.environ.get("FAULT_KILLS") or 12)
SEED = int(os.environ.get("FAULT_SEED") or secrets.randbelow(1_000_000))
SUBSCRIPTIONS = 40
FIRST, LAST = datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 4, 30, 16, tzinfo=UTC)
MONTHLY = {date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)}
WEEKLY = {date(2026, 1, 31) + timedelta(days=7 * week) for week in range(13)}
GOOD, ANSWER_LOST = "4242 4242 4242 4242", "4000 0000 0000 4954"
LIVES = (0.2, 1.2)  # seconds: from before a worker has looked at anything to the middle of a batch


def test_workers_killed_at_random_moments_lose_nothing_and_charge_each_period_once(
    portal: Portal, merchant_on_clock: Merchant, crew: Crew, referee: Referee
) -> None:
    print(f"FAULT_SEED={SEED} FAULT_KILLS={KILLS}")
    dice = random.Random(SEED)  # noqa: S311 - a run must be repeatable
    due = {f"Plan {number}": _subscribed(portal, merchant_on_clock, number) for number in range(SUBSCRIPTIONS)}
    portal.waiting.clear()  # the callbacks' hints are lost as well
    pair: list[Worker] = []
    for kill in range(KILLS):
        _move_on(merchant_on_clock, FIRST + (LAST - FIRST) * (kill + 1) / KILLS)
        pair += [crew.start() for _ in range(2 - len(pair))]
        victim = pair.pop(dice.randrange(2))
        victim.lives_on(dice.uniform(*LIVES))
        victim.kill()
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
