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
    """Every `step`-th of the slots that repeat in cycles of `cycle` months; a cycle begins with the month `base`.

    A slot is (months after the beginning of its cycle, wanted day), ascending; `base` counts months since the year 0.
    A month without a wanted day has that slot on its last day. Index 0 is `anchor` itself, in the place of the
    nearest slot of its own month (30 January stands for the last day when the pair is 15 and last), or of the last
    slot before, when its month has none.
    """

    anchor: date
    slots: tuple[tuple[int, int], ...]
    base: int
    cycle: int = 1
    step: int = 1

    def date_at(self, n: int) -> date:
        return self._date(self._origin() + n * self.step) if n else self.anchor

    def slot_on_or_after(self, day: date) -> date:
        """The first date of any slot, whatever anchor and step say. Raises DateOutOfRange."""
        return self._date(self._slots_before(day, day.day))

    def index_on_or_before(self, day: date) -> int:
        n = (self._slots_before(day, day.day + 1) - 1 - self._origin()) // self.step
        # An anchor before its slot begins its period early, one after its slot begins it late.
        return max(n, 0) if day >= self.anchor else min(n, -1)

    def clamped_from(self, n: int) -> int | None:
        """The wanted day, if the n-th date is the last of a month that has no such day."""
        day = self.date_at(n)
        _, wanted = self.slots[(self._origin() + n * self.step) % len(self.slots)]
        last = monthrange(day.year, day.month)[1]
        return wanted if day.day == last < wanted < LAST_DAY else None

    def indexes_between_same_days(self) -> int:
        """How many indexes lie between two dates that want the same day of the month."""
        days = len({wanted for _, wanted in self.slots})
        return days // gcd(self.step, days)

    def _date(self, slot: int) -> date:
        cycles, place = divmod(slot, len(self.slots))
        months, wanted = self.slots[place]
        year, month_before = divmod(self.base + cycles * self.cycle + months, 12)
        if not MINYEAR <= year <= MAXYEAR:
            raise DateOutOfRange
        last = monthrange(year, month_before + 1)[1]
        return date(year, month_before + 1, min(wanted, last))

    def _slots_before(self, month: date, day: int) -> int:
        """The number of the first slot that lies on `day` of that month or later."""
        cycles, within = divmod(month_number(month) - self.base, self.cycle)
        last = monthrange(month.year, month.month)[1]
        passed = sum(months < within or (months == within and min(wanted, last) < day) for months, wanted in self.slots)
        return cycles * len(self.slots) + passed

    def _origin(self) -> int:
        """The number of the slot that the anchor stands for."""
        cycles, within = divmod(month_number(self.anchor) - self.base, self.cycle)
        last = monthrange(self.anchor.year, self.anchor.month)[1]
        distances = [
            (abs(min(wanted, last) - self.anchor.day), place)
            for place, (months, wanted) in enumerate(self.slots)
            if months == within
        ]
        if not distances:
            return self._slots_before(self.anchor, self.anchor.day) - 1
        return cycles * len(self.slots) + min(distances)[1]


def month_number(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1
