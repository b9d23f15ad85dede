"""Forty subscriptions of every kind, and what five years must take from each of them, by walking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.harness import at
from tests.life.walk import Walk, nine_in_the_morning

BEGIN, END = at("2026-01-31T09:00"), at("2031-02-01T00:00")
TODAY = BEGIN.date()
RESTS_FROM, RESUMED_ON = date(2026, 9, 10), date(2027, 3, 31)
MORNING = "T12:00"  # at the site before the hour of charging, in summer and in winter


@dataclass(frozen=True)
class Plan:
    """One subscription. `soft`: its next charge is refused twice for want of money; `rest`: how its pause ends."""

    name: str
    frequency: str
    units: int
    start: date | None = None
    count: int | None = None
    end: date | None = None
    soft: bool = False
    rest: int | date | None = None  # so many payments, or until a day; RESUMED_ON: by hand

    @property
    def amount_minor(self) -> int:
        return 1000 + sum(map(ord, self.name)) * 7 % 9000

    def charges(self) -> Iterator[tuple[str, str, int, datetime]]:
        """Name, period, minor units and moment of every charge until the end, in the order of the periods."""
        made = skipped = refused = 0
        anchor = self.start or TODAY
        walk = Walk(self.frequency, self.units, anchor)
        first = walk.last_until(TODAY) if anchor < TODAY else anchor
        for day in walk.dates():
            moment = BEGIN if day <= TODAY else nine_in_the_morning(day)
            if moment > END or made == self.count or (self.end is not None and day > self.end):
                return
            if day < first:
                continue
            if self._rests(day, skipped):
                skipped += 1
                continue
            made += 1
            late = refused == 0 and self.soft and moment > BEGIN
            refused += late
            yield self.name, day.isoformat(), self.amount_minor, moment + timedelta(days=late)

    def _rests(self, day: date, skipped: int) -> bool:
        if self.rest is None or day < RESTS_FROM:
            return False
        return skipped < self.rest if isinstance(self.rest, int) else day < self.rest


def portfolio() -> tuple[Plan, ...]:
    """All frequencies, anchors at the ends of months and on the leap day, every way to end and to rest."""
    leap, past, rests = date(2028, 2, 29), date(2025, 12, 30), RESUMED_ON
    return (
        Plan("day", "Daily", 1, count=45),
        Plan("days", "Daily", 2, end=date(2026, 7, 11)),
        Plan("day soft", "Daily", 9, soft=True, count=20),
        Plan("day rests", "Daily", 11, rest=3),
        Plan("day leap", "Daily", 100, leap),
        Plan("week", "Weekly", 1),
        Plan("weeks", "Weekly", 3, past, end=date(2029, 1, 1)),
        Plan("week soft", "Weekly", 1, date(2026, 3, 30), soft=True, count=30),
        Plan("week rests", "Weekly", 5, rest=rests),
        Plan("week leap", "Weekly", 2, leap, rest=date(2028, 1, 1)),
        Plan("two weeks", "Bi-Weekly", 1),
        Plan("four weeks", "Bi-Weekly", 2, date(2026, 12, 25), count=17),
        Plan("two weeks soft", "Bi-Weekly", 1, date(2026, 4, 30), soft=True),
        Plan("two weeks rest", "Bi-Weekly", 3, rest=date(2026, 12, 5)),
        Plan("two weeks past", "Bi-Weekly", 5, past, end=date(2030, 2, 28)),
        Plan("half month 31", "Semi-Monthly", 1),
        Plan("half month 30", "Semi-Monthly", 1, date(2026, 3, 30), rest=2),
        Plan("half month 14", "Semi-Monthly", 3, date(2026, 2, 14), count=25),
        Plan("half month 29", "Semi-Monthly", 1, date(2026, 8, 29), soft=True, end=date(2027, 2, 28)),
        Plan("half month leap", "Semi-Monthly", 2, leap),
        Plan("month 31", "Monthly", 1),
        Plan("month 30", "Monthly", 1, past, count=40),
        Plan("month 29", "Monthly", 1, date(2026, 3, 29), rest=date(2027, 2, 28)),
        Plan("month 28", "Monthly", 5, date(2026, 2, 28), soft=True),
        Plan("month leap", "Monthly", 1, leap, end=date(2029, 2, 28)),
        Plan("quarter 31", "Quarterly", 1),
        Plan("quarter 30", "Quarterly", 1, date(2026, 11, 30), soft=True),
        Plan("quarter past", "Quarterly", 2, date(2025, 8, 31), rest=1),
        Plan("quarter 29", "Quarterly", 3, date(2026, 5, 29), end=date(2030, 5, 29)),
        Plan("quarter leap", "Quarterly", 1, leap, count=4),
        Plan("half year 31", "Semi-Annually", 1, date(2026, 8, 31)),
        Plan("half year 30", "Semi-Annually", 1, date(2026, 8, 30), soft=True),
        Plan("half year past", "Semi-Annually", 1, date(2025, 8, 31), rest=rests),
        Plan("half year end", "Semi-Annually", 3, date(2026, 5, 31), end=date(2029, 5, 30)),
        Plan("half year leap", "Semi-Annually", 1, leap, count=5),
        Plan("year 31", "Yearly", 1),
        Plan("year past", "Yearly", 2, date(2025, 2, 28)),
        Plan("year leap", "Yearly", 1, leap),
        Plan("year soft", "Yearly", 1, date(2026, 2, 28), soft=True, count=3),
        Plan("year rests", "Yearly", 1, rest=rests),
    )
