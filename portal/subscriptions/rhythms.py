"""A schedule before it has an anchor: what a merchant or an agreement says, turned into dates once a start is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from portal.core.errors import PortalError
from portal.core.instants import DateOutOfRange
from portal.subscriptions.lattices import DayLattice
from portal.subscriptions.schedules import (
    DAYS,
    BillingDay,
    Frequency,
    InvalidSchedule,
    Schedule,
    Step,
    check,
    is_day_of_month,
    lattice_of,
    step,
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every `units` steps of `frequency`, from any start or on a fixed day.

    `fixed_day` is a day of the month (1..31 or LAST) for steps of months, a weekday (1 = Monday .. 7) for steps of
    weeks; None takes the day of the start. `months` as in Schedule.
    Raises InvalidUnits, InvalidSchedule.
    """

    frequency: Frequency
    units: int = 1
    fixed_day: BillingDay | None = None
    months: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check(self.frequency, self.units, self.months)
        if self.fixed_day is None:
            return
        if self.frequency == Frequency.DAILY:
            raise InvalidSchedule("a daily schedule has no fixed day")
        if self.frequency in DAYS:
            if type(self.fixed_day) is not int or not 1 <= self.fixed_day <= 7:
                raise InvalidSchedule("the fixed day of a weekly schedule is a weekday, 1 (Monday) to 7")
        elif not is_day_of_month(self.fixed_day):
            raise InvalidSchedule("a fixed day is a day of the month, 1 to 31, or last")

    @property
    def step(self) -> Step | None:
        return step(self.frequency, self.units, self.months)

    def starting(self, start: date) -> Schedule:
        """The schedule whose index 0 is the first possible date on or after `start`.

        Without a fixed day or selected months that is the start itself. With them it is the first such day, in
        whatever month it comes; the units count from there (OnlineFundraising, restart: "the first fixed day after
        the chosen date"). Raises DateOutOfRange.
        """
        first = self._first(start)
        return self.at(first, start.day if self.months and first != start else None)

    def at(self, anchor: date, billing_day: BillingDay | None = None) -> Schedule:
        """The schedule counted from a kept anchor; `billing_day` is the remembered one, a fixed day goes before it."""
        day = billing_day if self.fixed_day is None or self.frequency in DAYS else self.fixed_day
        return Schedule(self.frequency, self.units, anchor, day, self.months)

    def after(self, old: Schedule, due_on: date) -> Schedule:
        """The schedule that takes over from `old` at its due date: counted from there, on the old billing day.

        semantics section 6, frequency after acceptance: the paid period runs to its end. Steps of days have no day of
        the month to hand on.
        """
        if old.frequency in DAYS or self.frequency in DAYS:
            return self.at(due_on)
        return self.at(due_on, old.billing_day or old.anchor.day)

    def as_dict(self) -> dict[str, Any]:
        """For a JSON column: frequency, units, and fixed_day and months where they are set."""
        held: dict[str, Any] = {"frequency": str(self.frequency), "units": self.units}
        held |= {"fixed_day": self.fixed_day} if self.fixed_day is not None else {}
        return held | ({"months": list(self.months)} if self.months else {})

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Rhythm:
        """Read what `as_dict` wrote. Raises InvalidSchedule, InvalidUnits."""
        try:
            frequency, months = Frequency(held["frequency"]), tuple(held.get("months", ()))
            return cls(**{**held, "frequency": frequency, "months": months})
        except PortalError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidSchedule(f"this is not a stored rhythm: {error}") from error

    def _first(self, start: date) -> date:
        if self.fixed_day is None and not self.months:
            return start
        if self.frequency in DAYS:
            assert isinstance(self.fixed_day, int)
            return _plus(start, (self.fixed_day - start.isoweekday()) % 7)
        # Every month (of the selected ones) will do for the first date, however many units lie between later ones.
        any_month = Frequency.SEMI_MONTHLY if self.frequency == Frequency.SEMI_MONTHLY else Frequency.MONTHLY
        lattice = lattice_of(Schedule(any_month, 1, start, self.fixed_day, self.months))
        assert not isinstance(lattice, DayLattice)
        return lattice.slot_on_or_after(start)


class Only(StrEnum):
    """What a product does instead of repeating by itself: billed once, or with all invoices of its subscription."""

    ONCE = "once"
    ALL = "all"


Repeats = Rhythm | Only


def _plus(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError as error:
        raise DateOutOfRange from error
