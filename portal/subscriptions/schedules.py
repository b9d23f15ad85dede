"""What a schedule is: a frequency from an anchor, perhaps with a billing day and selected months; and its lattice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple

from portal.core import json
from portal.core.errors import PortalError
from portal.subscriptions.lattices import LAST_DAY, DayLattice, MonthLattice, month_number

MAX_UNITS = 1000
LAST: Final = "last"

BillingDay = int | Literal["last"]


class Frequency(StrEnum):
    """The eight names of the native API, spelled exactly so. Bi-Weekly is every two weeks, never twice a week."""

    DAILY = "Daily"
    WEEKLY = "Weekly"
    BI_WEEKLY = "Bi-Weekly"
    SEMI_MONTHLY = "Semi-Monthly"
    MONTHLY = "Monthly"
    QUARTERLY = "Quarterly"
    SEMI_ANNUALLY = "Semi-Annually"
    YEARLY = "Yearly"


DAYS = {Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.BI_WEEKLY: 14}
MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SEMI_ANNUALLY: 6, Frequency.YEARLY: 12}


class InvalidUnits(PortalError, ValueError):
    """`frequency_units` is not a whole number of 1 to 1000."""

    status, code = 422, "invalid_frequency_units"
    message = f"The frequency units must be a whole number from 1 to {MAX_UNITS}."


class InvalidSchedule(PortalError, ValueError):
    """Billing day, selected months or name do not make a schedule; the message says which and what to give."""

    status, code = 422, "invalid_schedule"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every `units` steps of `frequency`, counted from `anchor` (index 0).

    `billing_day` (1..31 or LAST) is the day of the month to return to when the anchor is not on it, as after a
    change of frequency at a due date: anchor 28 February, billing day 31. None means the anchor's own day.
    `months` (1..12, ascending) limits a Monthly schedule to every `units`-th date in these months of each year, and
    a Yearly one to all dates in these months of every `units`-th year.
    Raises InvalidUnits; InvalidSchedule for a billing day that no month has, and for months that cannot be selected.
    """

    frequency: Frequency
    units: int
    anchor: date
    billing_day: BillingDay | None = None
    months: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check(self.frequency, self.units, self.months)
        if not (self.billing_day is None or is_day_of_month(self.billing_day)):
            raise InvalidSchedule("a billing day is a day of the month, 1 to 31, or last")

    def as_dict(self) -> dict[str, Any]:
        """For a JSON column: frequency, units, anchor (ISO), and billing_day and months where they are set."""
        held = {"frequency": str(self.frequency), "units": self.units, "anchor": self.anchor.isoformat()}
        held |= {"billing_day": self.billing_day} if self.billing_day is not None else {}
        return held | ({"months": list(self.months)} if self.months else {})

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Schedule:
        """Read what `as_dict` wrote. Raises InvalidSchedule, InvalidUnits."""
        try:
            frequency, anchor = Frequency(held["frequency"]), date.fromisoformat(held["anchor"])
            months = tuple(held.get("months", ()))
            return cls(**{**held, "frequency": frequency, "anchor": anchor, "months": months})
        except PortalError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidSchedule(f"this is not a stored schedule: {error}") from error


def from_column(day: int | None) -> BillingDay | None:
    """A day as a column holds it: -1 is the last."""
    return LAST if day == -1 else day


def to_column(day: BillingDay | None) -> int | None:
    return -1 if day == LAST else int(day) if day is not None else None


def from_columns(
    frequency: str, units: int, anchor: date, billing_day: int | None, fixed_day: int | None, months: str | None
) -> Schedule:
    """The schedule of terms with an anchor, as a row of the billing run holds it; `months` is JSON text."""
    by_days = frequency in DAYS
    day = billing_day if by_days or fixed_day is None else from_column(fixed_day)
    selected = tuple(json.loads(months)) if months and months != "null" else ()
    return Schedule(Frequency(frequency), units, anchor, day, selected)


def is_day_of_month(day: BillingDay) -> bool:
    return day == LAST or (type(day) is int and 1 <= day <= 31)


class Step(NamedTuple):
    """How far apart two dates are: `size` days, or `size` half months."""

    in_days: bool
    size: int


def check(frequency: Frequency, units: int, months: tuple[int, ...]) -> None:
    """Raises InvalidUnits; InvalidSchedule unless `months` are ascending months of a Monthly or Yearly schedule."""
    if type(units) is not int or not 1 <= units <= MAX_UNITS:
        raise InvalidUnits
    if not months:
        return
    if list(months) != sorted(set(months)) or not 1 <= months[0] <= months[-1] <= 12:
        raise InvalidSchedule("selected months are numbers from 1 to 12, each once and in order")
    if frequency not in (Frequency.MONTHLY, Frequency.YEARLY):
        raise InvalidSchedule("only a Monthly or Yearly schedule can be limited to selected months")


def step(frequency: Frequency, units: int, months: tuple[int, ...] = ()) -> Step | None:
    """The distance of two dates; None with selected months, whose dates are unevenly apart."""
    if months:
        return None
    if frequency in DAYS:
        return Step(True, DAYS[frequency] * units)
    return Step(False, units if frequency == Frequency.SEMI_MONTHLY else 2 * MONTHS[frequency] * units)


def lattice_of(schedule: Schedule) -> DayLattice | MonthLattice:
    """Another kind of schedule is another lattice here."""
    frequency, units, anchor = schedule.frequency, schedule.units, schedule.anchor
    if frequency in DAYS:
        return DayLattice(anchor, DAYS[frequency] * units)
    day = LAST_DAY if schedule.billing_day == LAST else schedule.billing_day or anchor.day
    if frequency == Frequency.SEMI_MONTHLY:
        low, high = _pair(day)
        return MonthLattice(anchor, ((0, low), (0, high)), month_number(anchor), step=units)
    if not schedule.months:
        return MonthLattice(anchor, ((0, day),), month_number(anchor), cycle=MONTHS[frequency] * units)
    slots = tuple((month - 1, day) for month in schedule.months)
    if frequency == Frequency.YEARLY:
        return MonthLattice(anchor, slots, anchor.year * 12, cycle=12 * units)
    return MonthLattice(anchor, slots, anchor.year * 12, cycle=12, step=units)


def _pair(day: int) -> tuple[int, int]:
    """The two days of each month for a semi-monthly schedule of this day: KMyMoney's first step, without its drift."""
    if day == 15 or day >= 30:
        return 15, LAST_DAY
    return (day, day + 15) if day < 15 else (day - 15, day)
