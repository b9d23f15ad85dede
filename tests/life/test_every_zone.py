"""Subscriptions of every kind in zones that jump: each date is taken once, at its instant, whatever clocks do there.

ZONES_SEED makes another draw; it is printed. ZONES_PLANS sets how many subscriptions a site has.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.gateways.registry import sandbox
from tests.harness import Customer, Merchant, Portal
from tests.life.walk import FREQUENCIES
from tests.life.zoned import Zoned

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("ZONES_SEED") or 20260131)
PLANS = int(os.environ.get("ZONES_PLANS") or 6)
# Where each begins: shortly before its clocks jump, or on a day that is another one by UTC.
ZONES = {
    "America/Sao_Paulo": "2018-10-31T02:30",  # midnight does not exist on 4 November
    "Asia/Amman": "2022-02-24T21:59",  # left its rules for good in the autumn
    "Pacific/Apia": "2011-12-23T20:00",  # 30 December was left out
    "Europe/Copenhagen": "2027-02-28T23:30",
    "Antarctica/Troll": "2027-03-25T12:00",  # by two hours
    "Asia/Kathmandu": "2028-01-30T18:20",  # a quarter past the hour
    "Pacific/Kiritimati": "2026-12-30T10:00",  # where it is tomorrow
    "Pacific/Pago_Pago": "2027-01-31T09:00",  # where it is yesterday
    "Australia/Lord_Howe": "2027-08-31T00:00",  # by half an hour
}
UNITS = {"Daily": (3, 17), "Weekly": (1, 5), "Bi-Weekly": (1, 3), "Semi-Monthly": (1, 3)}


@pytest.mark.parametrize("zone", ZONES)
def test_every_date_is_taken_at_its_instant(portal: Portal, zone: str) -> None:
    print(f"ZONES_SEED={SEED} ZONES_PLANS={PLANS}")
    dice = random.Random(f"{SEED} {zone}")
    now = datetime.fromisoformat(ZONES[zone]).replace(tzinfo=UTC)
    shop = portal.merchant(clock=f"{now:%Y-%m-%dT%H:%M}", timezone=zone)
    lives = [drawn(dice, f"P{number}", zone, now) for number in range(PLANS)]
    for life in lives:
        subscribe(portal, shop, life, now)
    for _ in range(8):
        now += timedelta(minutes=dice.choice([5, 600, 1440 * 7 + 30, 1440 * 31, 1440 * 45 + 777]))
        shop.advance(f"{now:%Y-%m-%dT%H:%M}")
        for life in lives:
            life.runs_until(now)
        assert seen(portal, shop) == {life.name: life.charges for life in lives}
        for life in lives:
            stands_as_it_must(shop, life)
            moves(dice, shop, life, now)
        portal.run_jobs()


def drawn(dice: random.Random, name: str, zone: str, now: datetime) -> Zoned:
    frequency = dice.choice(FREQUENCIES)
    units = dice.randint(*UNITS.get(frequency, (1, 2)))
    today = now.astimezone(ZoneInfo(zone)).date()
    start = dice.choice([None, today, today + timedelta(days=dice.randint(-70, 40)), *month_ends(today)])
    count = dice.choice([None, None, 1, 2, 5])
    end = dice.choice([None, None, max(today, start or today) + timedelta(days=dice.randint(1, 300))])
    return Zoned(name, ZoneInfo(zone), frequency, units, start, count, end, dice.choice([None, None, 0, 10, 22]))


def month_ends(today: date) -> list[date]:
    """The last days of the month before and of this one."""
    first = today.replace(day=1)
    return [first - timedelta(days=1), (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)]


def subscribe(portal: Portal, shop: Merchant, life: Zoned, now: datetime) -> None:
    answer = shop.post(
        external_id=life.name,
        description=life.name,
        frequency=life.frequency,
        frequency_units=life.units,
        start_date=life.start and str(life.start),
        number_of_payments=life.count,
        end_date=life.end and str(life.end),
        send_on_hour=life.hour_utc,
        customer={"external_id": life.name, "email": "customer@example.com"},
    )
    assert answer.status_code == 200, answer.text
    Customer(portal, answer.json["link"]).confirm()
    portal.run_jobs()
    life.confirm(now)


def moves(dice: random.Random, shop: Merchant, life: Zoned, now: datetime) -> None:
    """A pause of one of the three kinds, or its end; what resuming answers is the exact next date."""
    path = f"/subscription/{life.name}"
    if life.status == "active" and dice.random() < 0.3:
        until = life.day_of(now) + timedelta(days=dice.randint(1, 60))
        payments = dice.randint(1, 3)
        wish: dict[str, Any] = dice.choice([{}, {"until": until}, {"payments": payments}])
        answer = shop.call("POST", f"{path}/pause", json=wish | ({"until": str(until)} if "until" in wish else {}))
        assert answer.status_code == 200, answer.text
        life.pause(**wish)
    elif life.status == "paused" and dice.random() < 0.4:
        answer = shop.call("POST", f"{path}/resume", json={})
        assert answer.status_code == 200, answer.text
        next_one = life.resume(now)
        assert answer.json["nextCharge"]["date"] == (next_one and str(next_one)), life


def stands_as_it_must(shop: Merchant, life: Zoned) -> None:
    shape = shop.subscription(life.name)
    ended = life.status in {"completed", "expired"}
    wanted = ("closed", life.status) if ended else (life.status, None)
    assert (shape["status"], shape["close_reason"]) == wanted, life
    assert shape["next_due_date"] == (str(life.next) if life.next and life.status == "active" else None), life


def seen(portal: Portal, shop: Merchant) -> dict[str, list[tuple[str, datetime]]]:
    found: dict[str, list[tuple[str, datetime]]] = {f"P{number}": [] for number in range(PLANS)}
    with portal.app.app_context():
        for row in sandbox().entries(portal.site(shop).id):
            assert row.outcome == "captured"
            found[row.description].append((row.reference.split("/")[1], row.at.replace(tzinfo=UTC)))
    return found
