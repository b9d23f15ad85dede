"""On which civil dates a schedule falls: pure arithmetic, always counted from the anchor, never from the date before.

A schedule lies on a lattice, either of days or of wanted days in months; every question is one division on it.
Another kind of schedule is another lattice in `_lattice`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum

from portal.core.errors import PortalError
from portal.subscriptions.lattices import LAST_DAY, DayLattice, MonthLattice

MAX_UNITS = 1000


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


_DAYS = {Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.BI_WEEKLY: 14}
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SEMI_ANNUALLY: 6, Frequency.YEARLY: 12}


class InvalidUnits(PortalError, ValueError):
    """`frequency_units` is not a whole number of 1 to 1000."""

    status, code = 422, "invalid_frequency_units"
    message = f"The frequency units must be a whole number from 1 to {MAX_UNITS}."


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every `units` steps of `frequency`, counted from `anchor` (index 0).

    `billing_day` (1..31) is the day of the month to return to when the anchor is itself a clamped date, as after a
    change of frequency at a due date: anchor 28 February, billing day 31. None means the anchor's own day.
    Raises InvalidUnits; ValueError for a billing day that no month has.
    """

    frequency: Frequency
    units: int
    anchor: date
    billing_day: int | None = None

    def __post_init__(self) -> None:
        if type(self.units) is not int or not 1 <= self.units <= MAX_UNITS:
            raise InvalidUnits
        if self.billing_day is not None and not 1 <= self.billing_day <= 31:
            raise ValueError("a billing day is a day of the month, 1 to 31")


@dataclass(frozen=True, slots=True)
class FirstDue:
    """The first charge: the period (index) it pays and the civil date it is taken on. The next one is index + 1."""

    index: int
    charge_on: date


class ReasonKind(Enum):
    """Why a date falls where it falls."""

    FIRST = "first"
    NORMAL = "normal"
    CLAMPED = "clamped"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Reason:
    """What a sentence about one date needs.

    CLAMPED: `month` (1..12) has no `wanted_day`, so its last day. BACK: on `wanted_day` again after a clamped date.
    FIRST and NORMAL: `wanted_day` is the date's own day.
    """

    kind: ReasonKind
    month: int
    wanted_day: int


def occurrence(schedule: Schedule, n: int) -> date:
    """The n-th date; 0 is the anchor itself, a negative n steps back. Raises DateOutOfRange."""
    return _lattice(schedule).date_at(n)


def index_on_or_before(schedule: Schedule, day: date) -> int | None:
    """The last index whose date is not after `day`; None before the anchor."""
    if day < schedule.anchor:
        return None
    return _lattice(schedule).index_on_or_before(day)


def index_after(schedule: Schedule, day: date) -> int:
    """The first index whose date is strictly after `day`; 0 before the anchor."""
    before = index_on_or_before(schedule, day)
    return 0 if before is None else before + 1


def index_on_or_after(schedule: Schedule, day: date) -> int:
    """The first index whose date is not before `day`; 0 before the anchor."""
    before = index_on_or_before(schedule, day)
    if before is None:
        return 0
    return before if occurrence(schedule, before) == day else before + 1


def period(schedule: Schedule, n: int) -> tuple[date, date]:
    """Start and end (exclusive) of the period that the n-th date begins. Raises DateOutOfRange."""
    return occurrence(schedule, n), occurrence(schedule, n + 1)


def upcoming(schedule: Schedule, first_index: int, count: int) -> list[date]:
    """`count` dates in order, beginning with `first_index`. Raises DateOutOfRange."""
    return [occurrence(schedule, n) for n in range(first_index, first_index + count)]


def first_due(schedule: Schedule, today: date) -> FirstDue:
    """The first charge when the customer says yes on `today` (civil date of the site).

    A start today or later is charged on the start. A start in the past is ONE charge today, for the period that
    today lies in; what elapsed before is not charged, and the next date is strictly after today (as Paymennt does).
    """
    current = index_on_or_before(schedule, today)
    return FirstDue(0, schedule.anchor) if current is None else FirstDue(current, today)


def reason(schedule: Schedule, n: int) -> Reason:
    """Why the n-th date (n >= 0) falls there. Raises DateOutOfRange.

    A schedule with a remembered billing day continues an older one, so its index 0 is not a FIRST.
    """
    day = occurrence(schedule, n)
    if n == 0 and schedule.billing_day is None:
        return Reason(ReasonKind.FIRST, day.month, day.day)
    lattice = _lattice(schedule)
    wanted = lattice.clamped_from(n)
    if wanted is not None:
        return Reason(ReasonKind.CLAMPED, day.month, wanted)
    before = n - lattice.indexes_between_same_days()
    back = before >= 0 and lattice.clamped_from(before) is not None
    return Reason(ReasonKind.BACK if back else ReasonKind.NORMAL, day.month, day.day)


def _lattice(schedule: Schedule) -> DayLattice | MonthLattice:
    frequency, units, anchor = schedule.frequency, schedule.units, schedule.anchor
    if frequency in _DAYS:
        return DayLattice(anchor, _DAYS[frequency] * units)
    billing_day = schedule.billing_day or anchor.day
    if frequency == Frequency.SEMI_MONTHLY:
        return MonthLattice(anchor, _pair(billing_day), units)
    return MonthLattice(anchor, (billing_day,), _MONTHS[frequency] * units)


def _pair(day: int) -> tuple[int, int]:
    """The two days of each month for a semi-monthly schedule of this day: KMyMoney's first step, without its drift."""
    if day in (15, 30, 31):
        return 15, LAST_DAY
    return (day, day + 15) if day < 15 else (day - 15, day)
