"""A calendar of the tests' own: it walks from slot to slot and knows nothing of the portal's arithmetic."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, dropwhile
from zoneinfo import ZoneInfo

EVERY_DAYS = {"Daily": 1, "Weekly": 7, "Bi-Weekly": 14}
EVERY_SLOTS = {"Semi-Monthly": 1, "Monthly": 1, "Quarterly": 3, "Semi-Annually": 6, "Yearly": 12}
FREQUENCIES = (*EVERY_DAYS, *EVERY_SLOTS)
CHICAGO = ZoneInfo("America/Chicago")


@dataclass(frozen=True)
class Walk:
    """Every `units` steps of a frequency from `anchor`; `day` is the wanted day of the month, if not its own."""

    frequency: str
    units: int
    anchor: date
    day: int | None = None

    def dates(self) -> Iterator[date]:
        """The anchor, then every so many slots behind it, without end."""
        yield self.anchor
        step = self.units * EVERY_SLOTS.get(self.frequency, 1)
        for n, slot in enumerate(self._slots_behind(), start=1):
            if n % step == 0:
                yield slot

    def first_from(self, day: date) -> date:
        return next(dropwhile(lambda one: one < day, self.dates()))

    def first_after(self, day: date) -> date:
        return self.first_from(day + timedelta(days=1))

    def last_until(self, day: date) -> date:
        """The date whose period `day` lies in."""
        found = self.anchor
        for one in self.dates():
            if one > day:
                return found
            found = one
        raise AssertionError

    def _slots_behind(self) -> Iterator[date]:
        if self.frequency in EVERY_DAYS:
            for n in count(1):
                yield self.anchor + timedelta(days=n * EVERY_DAYS[self.frequency])
        first = self._days_in(self.anchor.year, self.anchor.month)
        stands_for = min(first, key=lambda day: (abs((day - self.anchor).days), day))
        yield from (day for day in first if day > stands_for)
        for months in count(self.anchor.year * 12 + self.anchor.month):
            yield from self._days_in(months // 12, months % 12 + 1)

    def _days_in(self, year: int, month: int) -> list[date]:
        """The slots of one month: one, or for half months a pair that the wanted day decides (semantics section 3)."""
        wanted = self.day or self.anchor.day
        days = [wanted]
        if self.frequency == "Semi-Monthly":
            days = (
                [15, 31] if wanted in {15, 30, 31} else [wanted, wanted + 15] if wanted < 15 else [wanted - 15, wanted]
            )
        last = monthrange(year, month)[1]
        return [date(year, month, min(day, last)) for day in days]


def nine_in_the_morning(day: date) -> datetime:
    """When a date falls due at a site in Chicago, in UTC."""
    return datetime.combine(day, time(9), CHICAGO).astimezone(UTC)
