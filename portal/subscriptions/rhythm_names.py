"""How other subscription APIs spell a rhythm, read and written: sendEvery, billing intervals, agreement schedules.

Sources: Paymennt `sendEvery`; Hyperline `billing_interval_period` and `_count`; OnlineFundraising's Agreement fields.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from portal.subscriptions.rhythms import Only, Repeats, Rhythm
from portal.subscriptions.schedules import (
    DAYS,
    MONTHS,
    BillingDay,
    Frequency,
    InvalidSchedule,
    InvalidUnits,
)

SEND_EVERY = {
    "DAY": Rhythm(Frequency.DAILY),
    "WEEK": Rhythm(Frequency.WEEKLY),
    "TWO_WEEKS": Rhythm(Frequency.BI_WEEKLY),
    "MONTH": Rhythm(Frequency.MONTHLY),
    "TWO_MONTHS": Rhythm(Frequency.MONTHLY, 2),
    "THREE_MONTHS": Rhythm(Frequency.QUARTERLY),
    "SIX_MONTHS": Rhythm(Frequency.SEMI_ANNUALLY),
    "YEAR": Rhythm(Frequency.YEARLY),
}
_SENT_EVERY = {rhythm.step: name for name, rhythm in SEND_EVERY.items()}

INTERVALS = {
    "days": Frequency.DAILY,
    "weeks": Frequency.WEEKLY,
    "months": Frequency.MONTHLY,
    "quarters": Frequency.QUARTERLY,
    "years": Frequency.YEARLY,
}
CALENDAR_UNITS = {
    "day": Frequency.DAILY,
    "week": Frequency.WEEKLY,
    "month": Frequency.MONTHLY,
    "year": Frequency.YEARLY,
}


@dataclass(frozen=True, slots=True)
class AgreementSchedule:
    """The schedule fields of a fundraising agreement: every so many calendar units, on a day, in selected months."""

    calendar_unit: str
    every_other: int = 1
    fixed_day: BillingDay | None = None
    selected_set: tuple[int, ...] = ()


def from_send_every(name: str) -> Rhythm:
    """Raises InvalidSchedule, which lists the eight names."""
    if name not in SEND_EVERY:
        raise InvalidSchedule(f"sendEvery must be one of {', '.join(SEND_EVERY)}")
    return SEND_EVERY[name]


def to_send_every(rhythm: Rhythm) -> str | None:
    """The name with the same dates (Weekly by 2 is TWO_WEEKS); None where the eight names have none."""
    return None if rhythm.step is None else _SENT_EVERY.get(rhythm.step)


def from_interval(period: str, count: int = 1) -> Repeats:
    """days, weeks, months, quarters or years by count; `once` and `all` with a count of 1.

    Raises InvalidSchedule for another name, InvalidUnits for another count.
    """
    if period in set(Only):
        if type(count) is not int or count != 1:
            raise InvalidUnits(f"The count must be 1 with {period}.")
        return Only(period)
    if period not in INTERVALS:
        raise InvalidSchedule(f"the period must be one of {', '.join((*INTERVALS, *Only))}")
    return Rhythm(INTERVALS[period], count)


def to_interval(repeats: Repeats) -> tuple[str, int] | None:
    """(period, count) with the same dates; None for a semi-monthly rhythm and for selected months."""
    if isinstance(repeats, Only):
        return str(repeats), 1
    for period, frequency in INTERVALS.items():
        if repeats.frequency == frequency and not repeats.months:
            return period, repeats.units
    if repeats.frequency == Frequency.BI_WEEKLY:
        return "weeks", 2 * repeats.units
    return ("months", 6 * repeats.units) if repeats.frequency == Frequency.SEMI_ANNUALLY else None


def from_agreement(
    calendar_unit: str,
    every_other: int = 1,
    fixed_day: BillingDay | None = None,
    selected_set: Collection[int] = (),
) -> Rhythm:
    """Every `every_other` days, weeks, months or years, on the fixed day (a weekday, 1 to 7, for weeks).

    With selected months (in any order) and the unit month every so many of them count, with year all of them in
    every so many years. Raises InvalidSchedule, InvalidUnits.
    """
    if calendar_unit not in CALENDAR_UNITS:
        raise InvalidSchedule(f"the calendar unit must be one of {', '.join(CALENDAR_UNITS)}")
    return Rhythm(CALENDAR_UNITS[calendar_unit], every_other, fixed_day, tuple(sorted(selected_set)))


def to_agreement(rhythm: Rhythm) -> AgreementSchedule | None:
    """The agreement fields with the same dates; None for a semi-monthly rhythm, which they cannot say."""
    frequency, units = rhythm.frequency, rhythm.units
    if frequency in DAYS:
        weeks = DAYS[frequency] // 7
        unit, every = ("week", weeks * units) if weeks else ("day", units)
    elif frequency == Frequency.YEARLY:
        unit, every = "year", units
    elif frequency in MONTHS:
        unit, every = "month", MONTHS[frequency] * units
    else:
        return None
    return AgreementSchedule(unit, every, rhythm.fixed_day, rhythm.months)
