"""What holds for every rhythm from every start, fixed days and selected months included."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.subscriptions.calendar import (
    Frequency,
    Schedule,
    date_after,
    date_on_or_after,
    index_after,
    index_on_or_after,
    index_on_or_before,
    occurrence,
    period,
    period_on,
)
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.schedules import DAYS, LAST

STARTS = st.dates(date(1970, 1, 1), date(2200, 12, 31))
UNITS = st.integers(1, 12)
MONTH_SETS = st.sets(st.integers(1, 12), min_size=1).map(lambda months: tuple(sorted(months)))
DAYS_OF_MONTH = st.none() | st.integers(1, 31) | st.just(LAST)
BY_MONTH = [frequency for frequency in Frequency if frequency not in DAYS]
SELECTED = st.builds(
    Rhythm, st.sampled_from([Frequency.MONTHLY, Frequency.YEARLY]), UNITS, DAYS_OF_MONTH, months=MONTH_SETS
)
RHYTHMS = st.one_of(
    SELECTED,
    st.builds(Rhythm, st.sampled_from(BY_MONTH), UNITS, DAYS_OF_MONTH),
    st.builds(Rhythm, st.sampled_from([Frequency.WEEKLY, Frequency.BI_WEEKLY]), UNITS, st.none() | st.integers(1, 7)),
    st.builds(Rhythm, st.just(Frequency.DAILY), UNITS),
)
SCHEDULES = st.builds(Rhythm.starting, RHYTHMS, STARTS)
# Also schedules that continue older ones, whose anchor lies on no day and in no month of theirs.
CONTINUED = st.builds(
    lambda rhythm, due_on, day: rhythm.at(due_on, None if rhythm.frequency in DAYS else day),
    RHYTHMS,
    STARTS,
    DAYS_OF_MONTH,
)
ANY = SCHEDULES | CONTINUED
INDEXES = st.integers(0, 200)


@given(RHYTHMS, STARTS)
def test_the_first_date_is_the_first_grid_date_on_or_after_the_start(rhythm: Rhythm, start: date) -> None:
    wanted = start
    while not _is_a_day_of(rhythm, wanted, start):
        wanted += timedelta(days=1)
    assert rhythm.starting(start).anchor == wanted


def _is_a_day_of(rhythm: Rhythm, day: date, start: date) -> bool:
    last = monthrange(day.year, day.month)[1]
    if rhythm.fixed_day is None and not rhythm.months:
        return True
    if rhythm.frequency in DAYS:
        return day.isoweekday() == rhythm.fixed_day
    fixed = 31 if rhythm.fixed_day == LAST else rhythm.fixed_day or start.day
    days = {fixed}
    if rhythm.frequency == Frequency.SEMI_MONTHLY:
        days = {15, 31} if fixed == 15 or fixed >= 30 else {fixed, fixed + 15 if fixed < 15 else fixed - 15}
    in_month = not rhythm.months or day.month in rhythm.months
    return in_month and day.day in {min(wanted, last) for wanted in days}


@given(ANY, st.integers(-60, 200))
def test_dates_rise_strictly(schedule: Schedule, n: int) -> None:
    assert occurrence(schedule, n) < occurrence(schedule, n + 1)


@given(ANY, INDEXES)
def test_every_index_is_found_again_from_its_date(schedule: Schedule, n: int) -> None:
    day = occurrence(schedule, n)
    found = (index_on_or_before(schedule, day), index_on_or_after(schedule, day), index_after(schedule, day))
    assert found == (n, n, n + 1)


@given(ANY, st.integers(-40, 500))
def test_lookups_equal_a_walk_from_the_anchor(schedule: Schedule, distance: int) -> None:
    day, walked = schedule.anchor + timedelta(days=distance), 0
    while occurrence(schedule, walked) <= day:
        walked += 1
    assert index_after(schedule, day) == walked
    assert index_on_or_before(schedule, day) == (walked - 1 if walked else None)


@given(ANY, INDEXES)
def test_periods_leave_no_gap_and_never_overlap(schedule: Schedule, n: int) -> None:
    (start, end), (next_start, _) = period(schedule, n), period(schedule, n + 1)
    assert start < end == next_start


@given(ANY, st.integers(0, 4000))
def test_every_day_from_the_anchor_on_lies_in_exactly_one_period(schedule: Schedule, distance: int) -> None:
    day = schedule.anchor + timedelta(days=distance)
    found = period_on(schedule, day)
    assert found is not None
    assert found[0] <= day < found[1] == date_after(schedule, day)
    assert date_on_or_after(schedule, day) in (day, found[1])


@given(st.builds(Rhythm.starting, SELECTED, STARTS), INDEXES)
def test_selected_months_are_the_only_months(schedule: Schedule, n: int) -> None:
    assert occurrence(schedule, n).month in schedule.months


@given(STARTS, UNITS, DAYS_OF_MONTH, INDEXES)
def test_all_twelve_months_selected_are_no_selection(start: date, units: int, day: int | None, n: int) -> None:
    every = tuple(range(1, 13))
    selected = Rhythm(Frequency.MONTHLY, units, day, every).starting(start)
    assert occurrence(selected, n) == occurrence(Rhythm(Frequency.MONTHLY, units, day).starting(start), n)


@given(STARTS, UNITS, st.integers(1, 31), INDEXES)
def test_a_fixed_day_stays_the_same_however_long(start: date, units: int, day: int, n: int) -> None:
    found = occurrence(Rhythm(Frequency.MONTHLY, units, day).starting(start), n)
    assert found.day == min(day, monthrange(found.year, found.month)[1])


@given(RHYTHMS, STARTS)
def test_stored_as_a_dict_nothing_is_lost(rhythm: Rhythm, start: date) -> None:
    schedule = rhythm.starting(start)
    assert Rhythm.from_dict(rhythm.as_dict()) == rhythm
    assert Schedule.from_dict(schedule.as_dict()) == schedule
