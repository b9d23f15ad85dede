"""What holds for every schedule, whatever its anchor: order, no gap, no doubled period, and lookups that agree."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from portal.subscriptions.calendar import (
    Frequency,
    ReasonKind,
    Schedule,
    first_due,
    index_after,
    index_on_or_after,
    index_on_or_before,
    occurrence,
    period,
    reason,
    upcoming,
)

ANCHORS = st.dates(date(1970, 1, 1), date(2200, 12, 31))
UNITS = st.integers(1, 12)
INDEXES = st.integers(0, 400)
# Remembered billing days of any kind, also ones that the anchor's day has nothing to do with.
SCHEDULES = st.builds(Schedule, st.sampled_from(Frequency), UNITS, ANCHORS, billing_day=st.none() | st.integers(1, 31))
PLAIN = st.builds(Schedule, st.sampled_from(Frequency), UNITS, ANCHORS)
DAYS_AROUND = st.integers(-400, 4000)
MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SEMI_ANNUALLY: 6, Frequency.YEARLY: 12}


@given(SCHEDULES, st.integers(-130, 400))
def test_dates_rise_strictly(schedule: Schedule, n: int) -> None:
    assert occurrence(schedule, n) < occurrence(schedule, n + 1)


@given(SCHEDULES, INDEXES)
def test_every_index_is_found_again_from_its_date(schedule: Schedule, n: int) -> None:
    day = occurrence(schedule, n)
    found = (index_on_or_before(schedule, day), index_on_or_after(schedule, day), index_after(schedule, day))
    assert found == (n, n, n + 1)


@given(SCHEDULES, DAYS_AROUND)
def test_a_day_lies_between_the_two_dates_that_the_lookups_name(schedule: Schedule, distance: int) -> None:
    day = schedule.anchor + timedelta(days=distance)
    before, after = index_on_or_before(schedule, day), index_after(schedule, day)
    assert occurrence(schedule, after) > day
    if before is None:
        assert (after, index_on_or_after(schedule, day)) == (0, 0)
        assert day < schedule.anchor
    else:
        assert after == before + 1
        assert occurrence(schedule, before) <= day


@given(SCHEDULES, st.integers(-40, 500))
def test_lookups_equal_a_walk_from_the_anchor(schedule: Schedule, distance: int) -> None:
    day, walked = schedule.anchor + timedelta(days=distance), 0
    while occurrence(schedule, walked) <= day:
        walked += 1
    assert index_after(schedule, day) == walked
    assert index_on_or_before(schedule, day) == (walked - 1 if walked else None)
    exact = walked > 0 and occurrence(schedule, walked - 1) == day
    assert index_on_or_after(schedule, day) == (walked - 1 if exact else walked)


@given(SCHEDULES, INDEXES)
def test_periods_leave_no_gap_and_never_overlap(schedule: Schedule, n: int) -> None:
    (start, end), (next_start, _) = period(schedule, n), period(schedule, n + 1)
    assert start < end == next_start


@given(SCHEDULES, INDEXES, st.integers(0, 30))
def test_upcoming_dates_are_the_occurrences_in_order(schedule: Schedule, first: int, count: int) -> None:
    assert upcoming(schedule, first, count) == [occurrence(schedule, first + step) for step in range(count)]


@given(ANCHORS, UNITS, INDEXES)
def test_two_weeks_are_a_bi_week_and_twelve_months_or_four_quarters_a_year(anchor: date, units: int, n: int) -> None:
    def at(frequency: Frequency, factor: int) -> date:
        return occurrence(Schedule(frequency, factor * units, anchor), n)

    assert at(Frequency.WEEKLY, 2) == at(Frequency.BI_WEEKLY, 1) == at(Frequency.DAILY, 14)
    yearly = at(Frequency.YEARLY, 1)
    assert yearly == at(Frequency.SEMI_ANNUALLY, 2) == at(Frequency.QUARTERLY, 4) == at(Frequency.MONTHLY, 12)


@given(st.sampled_from(list(MONTHS)), UNITS, ANCHORS, INDEXES)
def test_months_are_added_to_the_anchor_as_dateutil_adds_them(
    frequency: Frequency, units: int, anchor: date, n: int
) -> None:
    expected = anchor + relativedelta(months=MONTHS[frequency] * units * n)
    assert occurrence(Schedule(frequency, units, anchor), n) == expected


@given(ANCHORS, st.integers(1, 30))
def test_twice_a_month_gives_two_dates_in_every_full_month_13_to_16_days_apart(anchor: date, years: int) -> None:
    schedule = Schedule(Frequency.SEMI_MONTHLY, 1, anchor)
    first = index_on_or_after(schedule, date(anchor.year + years, 1, 1))
    year = upcoming(schedule, first, 25)
    assert [day.month for day in year[:24]] == [month for month in range(1, 13) for _ in range(2)]
    assert year[24].year == anchor.year + years + 1
    assert all(13 <= (later - earlier).days <= 16 for earlier, later in pairwise(year))


@given(PLAIN, DAYS_AROUND)
def test_the_first_charge_is_never_before_today_and_the_next_is_later(schedule: Schedule, distance: int) -> None:
    today = schedule.anchor + timedelta(days=distance)
    first = first_due(schedule, today)
    start, end = period(schedule, first.index)
    assert first.charge_on == max(today, schedule.anchor)
    assert start <= first.charge_on < end


@given(PLAIN, INDEXES)
def test_a_reason_never_contradicts_its_date(schedule: Schedule, n: int) -> None:
    day, why = occurrence(schedule, n), reason(schedule, n)
    assert why.month == day.month
    assert (why.kind is ReasonKind.FIRST) == (n == 0)
    assert (why.kind is ReasonKind.CLAMPED) == (why.wanted_day > day.day == monthrange(day.year, day.month)[1])
    assert why.kind is ReasonKind.CLAMPED or why.wanted_day == day.day
