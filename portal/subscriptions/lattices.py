"""The two lattices that dates lie on, a fixed number of days apart or wanted days in months, and division on them."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from math import gcd

from portal.core.instants import DateOutOfRange

# Beyond every month's end, so that it always means the last day and never counts as clamped.
LAST_DAY = 32


@dataclass(frozen=True, slots=True)
class DayLattice:
    """Every `step` days from `anchor`."""

    anchor: date
    step: int

    def date_at(self, n: int) -> date:
        try:
            return date.fromordinal(self.anchor.toordinal() + n * self.step)
        except (ValueError, OverflowError) as error:
            raise DateOutOfRange from error

    def index_on_or_before(self, day: date) -> int:
        return (day - self.anchor).days // self.step

    def clamped_from(self, n: int) -> int | None:
        return None

    def indexes_between_same_days(self) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class MonthLattice:
    """Every `step`-th of the slots that `days` (ascending wanted days of the month) make in all months.

    A month without a wanted day has that slot on its last day. Index 0 is `anchor` itself, in the place of the
    nearest slot of its own month: 30 January stands for the last day when the pair is 15 and last.
    """

    anchor: date
    days: tuple[int, ...]
    step: int

    def date_at(self, n: int) -> date:
        if n == 0:
            return self.anchor
        month, place = divmod(self._slot(n), len(self.days))
        year, month_before = divmod(month, 12)
        if not MINYEAR <= year <= MAXYEAR:
            raise DateOutOfRange
        last = monthrange(year, month_before + 1)[1]
        return date(year, month_before + 1, min(self.days[place], last))

    def index_on_or_before(self, day: date) -> int:
        last = monthrange(day.year, day.month)[1]
        reached = sum(min(wanted, last) <= day.day for wanted in self.days)
        slot = _month(day) * len(self.days) + reached - 1
        n = (slot - self._slot(0)) // self.step
        # An anchor before its slot begins its period early, one after its slot begins it late.
        return max(n, 0) if day >= self.anchor else min(n, -1)

    def clamped_from(self, n: int) -> int | None:
        """The wanted day, if the n-th date is the last of a month that has no such day."""
        day, wanted = self.date_at(n), self.days[self._slot(n) % len(self.days)]
        last = monthrange(day.year, day.month)[1]
        return wanted if day.day == last < wanted < LAST_DAY else None

    def indexes_between_same_days(self) -> int:
        """How many indexes lie between two dates that want the same day of the month."""
        return len(self.days) // gcd(self.step, len(self.days))

    def _slot(self, n: int) -> int:
        last = monthrange(self.anchor.year, self.anchor.month)[1]
        distances = [abs(min(wanted, last) - self.anchor.day) for wanted in self.days]
        origin = _month(self.anchor) * len(self.days) + distances.index(min(distances))
        return origin + n * self.step


def _month(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1
