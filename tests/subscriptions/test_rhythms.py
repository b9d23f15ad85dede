"""Schedules on a fixed day, in selected months and on weekdays: where they begin, how they go on, how they are kept."""

from __future__ import annotations

import json
from datetime import date

import pytest

from portal.core.instants import DateOutOfRange
from portal.subscriptions.calendar import (
    FirstDue,
    Frequency,
    Reason,
    ReasonKind,
    Schedule,
    date_after,
    date_on_or_after,
    first_due,
    occurrence,
    period_on,
    reason,
    upcoming,
)
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.schedules import LAST, BillingDay, InvalidSchedule, InvalidUnits

DAILY, WEEKLY, BI_WEEKLY, SEMI_MONTHLY, MONTHLY, QUARTERLY, SEMI_ANNUALLY, YEARLY = Frequency


def dates(rhythm: Rhythm, start: str, count: int) -> list[str]:
    return [day.isoformat() for day in upcoming(rhythm.starting(date.fromisoformat(start)), 0, count)]


def test_without_a_fixed_day_the_start_is_the_first_date() -> None:
    assert dates(Rhythm(MONTHLY), "2027-01-31", 3) == ["2027-01-31", "2027-02-28", "2027-03-31"]


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("2027-03-01", "2027-03-01"),
        ("2027-03-02", "2027-04-01"),
        ("2027-02-28", "2027-03-01"),
        ("2027-12-31", "2028-01-01"),
    ],
)
def test_a_fixed_day_begins_on_the_first_such_day_on_or_after_the_start(start: str, first: str) -> None:
    assert dates(Rhythm(MONTHLY, fixed_day=1), start, 1) == [first]


def test_the_units_of_a_fixed_day_count_from_the_first_such_day() -> None:
    every_other = Rhythm(MONTHLY, 2, fixed_day=15)
    assert dates(every_other, "2027-01-16", 4) == ["2027-02-15", "2027-04-15", "2027-06-15", "2027-08-15"]
    assert dates(Rhythm(YEARLY, fixed_day=29), "2027-02-01", 3) == ["2027-02-28", "2028-02-29", "2029-02-28"]


def test_the_last_day_follows_the_length_of_the_month() -> None:
    last = Rhythm(MONTHLY, fixed_day=LAST)
    assert dates(last, "2027-01-15", 3) == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert dates(last, "2028-02-29", 2) == ["2028-02-29", "2028-03-31"]
    assert dates(last, "2027-06-15", 4) == dates(Rhythm(MONTHLY, fixed_day=31), "2027-06-15", 4)


def test_the_last_day_needs_no_explanation_but_the_31st_does() -> None:
    start = date(2027, 2, 1)
    assert reason(Rhythm(MONTHLY, fixed_day=LAST).starting(start), 0) == Reason(ReasonKind.NORMAL, 2, 28)
    assert reason(Rhythm(MONTHLY, fixed_day=31).starting(start), 0) == Reason(ReasonKind.CLAMPED, 2, 31)
    assert reason(Rhythm(MONTHLY, fixed_day=31).starting(start), 1) == Reason(ReasonKind.BACK, 3, 31)


def test_two_selected_months_are_two_dates_a_year() -> None:
    twice = Rhythm(MONTHLY, fixed_day=1, months=(1, 6))
    assert dates(twice, "2027-01-02", 4) == ["2027-06-01", "2028-01-01", "2028-06-01", "2029-01-01"]
    assert dates(twice, "2027-06-01", 2) == ["2027-06-01", "2028-01-01"]


def test_every_second_of_three_selected_months() -> None:
    rhythm = Rhythm(MONTHLY, 2, fixed_day=10, months=(2, 6, 9))
    assert dates(rhythm, "2027-01-01", 4) == ["2027-02-10", "2027-09-10", "2028-06-10", "2029-02-10"]


def test_the_selected_months_of_every_second_year() -> None:
    rhythm = Rhythm(YEARLY, 2, fixed_day=1, months=(1, 6))
    assert dates(rhythm, "2027-01-01", 4) == ["2027-01-01", "2027-06-01", "2029-01-01", "2029-06-01"]
    assert dates(rhythm, "2027-07-01", 3) == ["2028-01-01", "2028-06-01", "2030-01-01"]


def test_selected_months_without_a_fixed_day_keep_the_day_of_the_start() -> None:
    rhythm = Rhythm(MONTHLY, months=(2, 6, 8))
    assert dates(rhythm, "2027-03-31", 3) == ["2027-06-30", "2027-08-31", "2028-02-29"]
    assert dates(rhythm, "2027-02-10", 2) == ["2027-02-10", "2027-06-10"]


def test_a_selected_month_that_lacks_the_day_is_explained() -> None:
    schedule = Rhythm(MONTHLY, fixed_day=31, months=(2, 3)).starting(date(2027, 1, 1))
    assert [reason(schedule, n).kind for n in range(3)] == [ReasonKind.CLAMPED, ReasonKind.BACK, ReasonKind.CLAMPED]


def test_twice_a_month_can_be_fixed_to_the_15th_and_the_last_day() -> None:
    assert dates(Rhythm(SEMI_MONTHLY, fixed_day=LAST), "2027-02-16", 3) == ["2027-02-28", "2027-03-15", "2027-03-31"]


@pytest.mark.parametrize(
    ("start", "first"), [("2027-03-01", "2027-03-05"), ("2027-03-05", "2027-03-05"), ("2027-03-06", "2027-03-12")]
)
def test_the_fixed_day_of_weeks_is_a_weekday(start: str, first: str) -> None:
    friday = Rhythm(BI_WEEKLY, fixed_day=5)
    assert dates(friday, start, 1) == [first]
    assert date.fromisoformat(dates(friday, start, 2)[1]).isoweekday() == 5


def test_a_past_start_on_a_fixed_day_is_one_charge_today_for_the_current_period() -> None:
    schedule = Rhythm(MONTHLY, fixed_day=1).starting(date(2026, 8, 31))
    assert first_due(schedule, date(2026, 11, 21)) == FirstDue(2, date(2026, 11, 21))
    assert first_due(schedule, date(2026, 8, 31)) == FirstDue(0, date(2026, 9, 1))


def test_dates_and_periods_are_found_from_a_day() -> None:
    twice = Rhythm(MONTHLY, fixed_day=1, months=(1, 6)).starting(date(2027, 1, 1))
    assert date_on_or_after(twice, date(2027, 6, 1)) == date(2027, 6, 1)
    assert date_after(twice, date(2027, 6, 1)) == date(2028, 1, 1)
    assert date_on_or_after(twice, date(2020, 6, 1)) == date_after(twice, date(2020, 6, 1)) == twice.anchor
    assert period_on(twice, date(2027, 12, 31)) == (date(2027, 6, 1), date(2028, 1, 1))
    assert period_on(twice, date(2026, 12, 31)) is None


def test_a_kept_anchor_and_a_rhythm_give_the_same_schedule_again() -> None:
    for rhythm in (Rhythm(MONTHLY, fixed_day=LAST), Rhythm(WEEKLY, fixed_day=3), Rhythm(YEARLY, 2, 5, (3, 4))):
        schedule = rhythm.starting(date(2027, 1, 9))
        assert rhythm.at(schedule.anchor, schedule.billing_day) == schedule


def test_another_rhythm_takes_over_at_the_due_date_and_keeps_the_day() -> None:
    monthly = Schedule(MONTHLY, 1, date(2026, 1, 31))
    quarterly = Rhythm(QUARTERLY).after(monthly, date(2027, 2, 28))
    assert upcoming(quarterly, 0, 3) == [date(2027, 2, 28), date(2027, 5, 31), date(2027, 8, 31)]
    assert Rhythm(WEEKLY).after(monthly, date(2027, 2, 28)) == Schedule(WEEKLY, 1, date(2027, 2, 28))
    fixed = Rhythm(MONTHLY, fixed_day=1).after(monthly, date(2027, 2, 28))
    assert upcoming(fixed, 0, 3) == [date(2027, 2, 28), date(2027, 3, 1), date(2027, 4, 1)]


def test_a_month_that_is_not_selected_ends_its_paid_period_and_then_the_selected_ones_come() -> None:
    monthly = Schedule(MONTHLY, 1, date(2027, 1, 31))
    selected = Rhythm(MONTHLY, months=(2, 6)).after(monthly, date(2027, 4, 30))
    assert upcoming(selected, 0, 4) == [date(2027, 4, 30), date(2027, 6, 30), date(2028, 2, 29), date(2028, 6, 30)]
    assert upcoming(selected, -2, 2) == [date(2026, 2, 28), date(2026, 6, 30)]


@pytest.mark.parametrize(
    "rhythm",
    [
        Rhythm(DAILY, 3),
        Rhythm(WEEKLY, fixed_day=7),
        Rhythm(SEMI_MONTHLY),
        Rhythm(QUARTERLY, 2, 31),
        Rhythm(MONTHLY, 1, LAST, (1, 6)),
    ],
)
def test_rhythms_and_schedules_come_back_from_json_as_they_were(rhythm: Rhythm) -> None:
    schedule = rhythm.starting(date(2027, 1, 30))
    assert Rhythm.from_dict(json.loads(json.dumps(rhythm.as_dict()))) == rhythm
    assert Schedule.from_dict(json.loads(json.dumps(schedule.as_dict()))) == schedule


def test_what_is_stored_says_only_what_is_set() -> None:
    assert Rhythm(MONTHLY).as_dict() == {"frequency": "Monthly", "units": 1}
    assert Rhythm(MONTHLY, 2, LAST, (1, 6)).starting(date(2027, 1, 1)).as_dict() == {
        "frequency": "Monthly", "units": 2, "anchor": "2027-01-31", "billing_day": "last", "months": [1, 6],
    }  # fmt: skip


@pytest.mark.parametrize(
    "held",
    [
        {},
        {"frequency": "monthly", "units": 1},
        {"frequency": "Monthly", "units": 1, "every": 2},
        {"frequency": "Monthly", "units": 1, "months": 6},
        {"frequency": "Monthly", "units": 1, "months": ["June"]},
    ],
)
def test_what_was_not_stored_by_us_is_refused(held: dict[str, object]) -> None:
    with pytest.raises(InvalidSchedule):
        Rhythm.from_dict(held)
    with pytest.raises(InvalidSchedule):
        Schedule.from_dict({**held, "anchor": "2027-01-01"})


def test_stored_units_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidUnits):
        Rhythm.from_dict({"frequency": "Monthly", "units": 0})
    with pytest.raises(InvalidUnits):
        Schedule.from_dict({"frequency": "Monthly", "units": 1.5, "anchor": "2027-01-01"})


@pytest.mark.parametrize("fixed_day", [0, 32, -1, 1.5, True, "first"])
def test_a_fixed_day_that_no_month_has_is_refused(fixed_day: BillingDay) -> None:
    with pytest.raises(InvalidSchedule, match="1 to 31"):
        Rhythm(MONTHLY, fixed_day=fixed_day)
    with pytest.raises(InvalidSchedule, match="1 to 31"):
        Schedule(MONTHLY, 1, date(2027, 1, 1), fixed_day)


@pytest.mark.parametrize("fixed_day", [0, 8, LAST])
def test_a_fixed_day_that_no_week_has_is_refused(fixed_day: BillingDay) -> None:
    with pytest.raises(InvalidSchedule, match="Monday"):
        Rhythm(WEEKLY, fixed_day=fixed_day)


def test_a_daily_rhythm_has_no_fixed_day() -> None:
    with pytest.raises(InvalidSchedule, match="daily"):
        Rhythm(DAILY, fixed_day=1)


@pytest.mark.parametrize("months", [(0,), (13,), (6, 1), (1, 1)])
def test_months_out_of_range_or_order_are_refused(months: tuple[int, ...]) -> None:
    with pytest.raises(InvalidSchedule, match="1 to 12"):
        Rhythm(MONTHLY, months=months)


@pytest.mark.parametrize("frequency", [DAILY, WEEKLY, BI_WEEKLY, SEMI_MONTHLY, QUARTERLY, SEMI_ANNUALLY])
def test_only_months_and_years_can_be_limited_to_selected_months(frequency: Frequency) -> None:
    with pytest.raises(InvalidSchedule, match="selected months"):
        Schedule(frequency, 1, date(2027, 1, 1), months=(1,))


@pytest.mark.parametrize("rhythm", [Rhythm(MONTHLY, fixed_day=1), Rhythm(WEEKLY, fixed_day=1)])
def test_a_fixed_day_after_the_end_of_the_calendar_is_refused(rhythm: Rhythm) -> None:
    with pytest.raises(DateOutOfRange):
        rhythm.starting(date.max)


def test_the_first_day_of_the_calendar_can_be_a_fixed_day() -> None:
    assert Rhythm(MONTHLY, fixed_day=1).starting(date.min).anchor == date.min
    assert occurrence(Rhythm(MONTHLY, fixed_day=2).starting(date.min), 0) == date(1, 1, 2)
