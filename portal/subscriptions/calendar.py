"""On which civil dates a schedule falls: pure arithmetic, always counted from the anchor, never from the date before.

A schedule lies on a lattice, either of days or of wanted days in months; every question is one division on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from portal.core.instants import DateOutOfRange
from portal.subscriptions.schedules import MAX_UNITS, Frequency, InvalidUnits, Schedule, lattice_of

__all__ = [
    "MAX_UNITS",
    "FirstDue",
    "Frequency",
    "InvalidUnits",
    "Reason",
    "ReasonKind",
    "Schedule",
    "date_after",
    "date_on_or_after",
    "first_due",
    "index_after",
    "index_on_or_after",
    "index_on_or_before",
    "occurrence",
    "occurrence_if_any",
    "period",
    "period_on",
    "period_to_the_end",
    "reason",
    "upcoming",
]


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
    return lattice_of(schedule).date_at(n)


def occurrence_if_any(schedule: Schedule, n: int) -> date | None:
    """The same, or None past the last day that a calendar has: no such date ever falls due."""
    try:
        return occurrence(schedule, n)
    except DateOutOfRange:
        return None


def index_on_or_before(schedule: Schedule, day: date) -> int | None:
    """The last index whose date is not after `day`; None before the anchor."""
    if day < schedule.anchor:
        return None
    return lattice_of(schedule).index_on_or_before(day)


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


def date_on_or_after(schedule: Schedule, day: date) -> date:
    """The first date that is not before `day`. Raises DateOutOfRange."""
    return occurrence(schedule, index_on_or_after(schedule, day))


def date_after(schedule: Schedule, day: date) -> date:
    """The first date strictly after `day`. Raises DateOutOfRange."""
    return occurrence(schedule, index_after(schedule, day))


def period(schedule: Schedule, n: int) -> tuple[date, date]:
    """Start and end (exclusive) of the period that the n-th date begins. Raises DateOutOfRange."""
    return occurrence(schedule, n), occurrence(schedule, n + 1)


def period_to_the_end(schedule: Schedule, n: int) -> tuple[date, date]:
    """The same; the last period that a calendar has ends with it. Raises DateOutOfRange for a start beyond it."""
    return occurrence(schedule, n), occurrence_if_any(schedule, n + 1) or date.max


def period_on(schedule: Schedule, day: date) -> tuple[date, date] | None:
    """Start and end (exclusive) of the period that `day` lies in; None before the anchor. Raises DateOutOfRange."""
    index = index_on_or_before(schedule, day)
    return None if index is None else period(schedule, index)


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

    A schedule with a billing day of its own continues an older one or was fixed to that day, so that its index 0 is
    explained like any other date.
    """
    day = occurrence(schedule, n)
    if n == 0 and schedule.billing_day is None:
        return Reason(ReasonKind.FIRST, day.month, day.day)
    lattice = lattice_of(schedule)
    wanted = lattice.clamped_from(n)
    if wanted is not None:
        return Reason(ReasonKind.CLAMPED, day.month, wanted)
    before = n - lattice.indexes_between_same_days()
    back = before >= 0 and lattice.clamped_from(before) is not None
    return Reason(ReasonKind.BACK if back else ReasonKind.NORMAL, day.month, day.day)
