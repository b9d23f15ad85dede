"""The tricky dates that a person settled by hand, one story a test."""

from __future__ import annotations

from datetime import date

import pytest

from portal.core.instants import DateOutOfRange
from portal.subscriptions.calendar import (
    FirstDue,
    Frequency,
    InvalidUnits,
    Reason,
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

DAILY, WEEKLY, BI_WEEKLY, SEMI_MONTHLY, MONTHLY, QUARTERLY, SEMI_ANNUALLY, YEARLY = Frequency


def schedule(frequency: Frequency, anchor: str, units: int = 1, billing_day: int | None = None) -> Schedule:
    return Schedule(frequency, units, date.fromisoformat(anchor), billing_day)


def dates(of: Schedule, count: int, first: int = 1) -> list[str]:
    return [day.isoformat() for day in upcoming(of, first, count)]


def test_the_eight_names_are_spelled_as_the_api_spells_them() -> None:
    assert [str(frequency) for frequency in Frequency] == [
        "Daily",
        "Weekly",
        "Bi-Weekly",
        "Semi-Monthly",
        "Monthly",
        "Quarterly",
        "Semi-Annually",
        "Yearly",
    ]


@pytest.mark.parametrize("name", ["biweekly", "Semi-Annual", "monthly", "MONTHLY", ""])
def test_another_spelling_of_a_frequency_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Frequency"):
        Frequency(name)


def test_monthly_from_the_31st_returns_to_the_31st() -> None:
    expected = ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    assert dates(schedule(MONTHLY, "2027-01-31"), 5, first=0) == expected


def test_monthly_from_the_31st_in_a_leap_year() -> None:
    assert dates(schedule(MONTHLY, "2028-01-31"), 3) == ["2028-02-29", "2028-03-31", "2028-04-30"]


@pytest.mark.parametrize("day", ["29", "30", "31"])
def test_in_february_the_last_three_anchors_meet_and_part_again(day: str) -> None:
    assert dates(schedule(MONTHLY, f"2027-01-{day}"), 2) == ["2027-02-28", f"2027-03-{day}"]


def test_a_28_february_is_not_taken_for_the_end_of_the_month() -> None:
    assert dates(schedule(MONTHLY, "2027-02-28"), 2) == ["2027-03-28", "2027-04-28"]


def test_monthly_from_a_29_february() -> None:
    leap = schedule(MONTHLY, "2028-02-29")
    assert dates(leap, 1) == ["2028-03-29"]
    assert dates(leap, 3, first=11) == ["2029-01-29", "2029-02-28", "2029-03-29"]


def test_yearly_from_a_29_february() -> None:
    expected = ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"]
    assert dates(schedule(YEARLY, "2024-02-29"), 5) == expected


def test_every_second_and_every_fourth_year_from_a_29_february() -> None:
    assert dates(schedule(YEARLY, "2024-02-29", 2), 3) == ["2026-02-28", "2028-02-29", "2030-02-28"]
    assert dates(schedule(YEARLY, "2096-02-29", 4), 2) == ["2100-02-28", "2104-02-29"]


@pytest.mark.parametrize(
    ("frequency", "units", "anchor", "expected"),
    [
        (QUARTERLY, 1, "2026-11-30", ["2027-02-28", "2027-05-30", "2027-08-30", "2027-11-30", "2028-02-29"]),
        (MONTHLY, 3, "2026-08-31", ["2026-11-30", "2027-02-28", "2027-05-31", "2027-08-31"]),
        (SEMI_ANNUALLY, 1, "2027-08-31", ["2028-02-29", "2028-08-31", "2029-02-28"]),
        (MONTHLY, 2, "2026-12-31", ["2027-02-28", "2027-04-30", "2027-06-30", "2027-08-31", "2027-10-31"]),
        (MONTHLY, 5, "2026-01-31", ["2026-06-30", "2026-11-30", "2027-04-30", "2027-09-30", "2028-02-29"]),
        (BI_WEEKLY, 1, "2026-12-25", ["2027-01-08", "2027-01-22"]),
        (BI_WEEKLY, 3, "2026-12-25", ["2027-02-05", "2027-03-19"]),
        (DAILY, 1, "2028-02-28", ["2028-02-29", "2028-03-01"]),
        (DAILY, 10, "2026-11-21", ["2026-12-01", "2026-12-11", "2026-12-21"]),
    ],
)
def test_several_months_weeks_or_days_at_a_time(
    frequency: Frequency, units: int, anchor: str, expected: list[str]
) -> None:
    assert dates(schedule(frequency, anchor, units), len(expected)) == expected


@pytest.mark.parametrize(("frequency", "count"), [(WEEKLY, 53), (BI_WEEKLY, 27)])
def test_a_year_that_begins_on_the_anchor_weekday_has_one_date_more(frequency: Frequency, count: int) -> None:
    assert index_on_or_after(schedule(frequency, "2028-01-01"), date(2029, 1, 1)) == count


@pytest.mark.parametrize(
    ("anchor", "units", "expected"),
    [
        ("2027-01-01", 1, ["2027-01-16", "2027-02-01", "2027-02-16", "2027-03-01"]),
        ("2027-01-15", 1, ["2027-01-31", "2027-02-15", "2027-02-28", "2027-03-15", "2027-03-31"]),
        ("2027-01-14", 1, ["2027-01-29", "2027-02-14", "2027-02-28", "2027-03-14", "2027-03-29"]),
        ("2027-01-16", 1, ["2027-02-01", "2027-02-16", "2027-03-01"]),
        ("2027-01-20", 1, ["2027-02-05", "2027-02-20"]),
        ("2027-01-30", 1, ["2027-02-15", "2027-02-28", "2027-03-15", "2027-03-31"]),
        ("2027-01-31", 1, ["2027-02-15", "2027-02-28", "2027-03-15", "2027-03-31"]),
        ("2027-04-30", 1, ["2027-05-15", "2027-05-31"]),
        ("2027-02-28", 1, ["2027-03-13", "2027-03-28", "2027-04-13"]),
        ("2028-02-29", 1, ["2028-03-14", "2028-03-29"]),
        ("2027-01-15", 3, ["2027-02-28", "2027-04-15", "2027-05-31", "2027-07-15"]),
        ("2027-01-31", 2, ["2027-02-28", "2027-03-31", "2027-04-30"]),
    ],
)
def test_twice_a_month_keeps_its_pair_of_days(anchor: str, units: int, expected: list[str]) -> None:
    assert dates(schedule(SEMI_MONTHLY, anchor, units), len(expected)) == expected


def test_twice_a_month_from_the_30th_begins_on_the_30th_and_skips_the_31st() -> None:
    twice = schedule(SEMI_MONTHLY, "2027-01-30")
    assert dates(twice, 2, first=0) == ["2027-01-30", "2027-02-15"]
    assert index_on_or_before(twice, date(2027, 1, 31)) == 0
    assert index_after(twice, date(2027, 1, 30)) == 1


def test_the_last_of_twelve_monthly_payments() -> None:
    assert occurrence(schedule(MONTHLY, "2027-01-31"), 11) == date(2027, 12, 31)


@pytest.mark.parametrize(("end", "charges"), [(date(2024, 8, 24), 13), (date(2024, 8, 23), 12)])
def test_an_end_date_on_a_due_date_is_still_charged(end: date, charges: int) -> None:
    last = index_on_or_before(schedule(QUARTERLY, "2021-08-24"), end)
    assert last is not None
    assert last + 1 == charges


def test_a_start_in_the_past_is_one_charge_today_for_the_current_period() -> None:
    past = schedule(MONTHLY, "2026-08-31")
    assert first_due(past, date(2026, 11, 21)) == FirstDue(2, date(2026, 11, 21))
    assert dates(past, 2, first=3) == ["2026-11-30", "2026-12-31"]


def test_a_start_in_the_past_accepted_on_a_grid_date_is_not_charged_twice_that_day() -> None:
    past = schedule(MONTHLY, "2026-08-31")
    assert first_due(past, date(2026, 11, 30)) == FirstDue(3, date(2026, 11, 30))
    assert dates(past, 1, first=4) == ["2026-12-31"]


def test_dates_that_passed_while_pending_are_not_charged() -> None:
    pending = schedule(MONTHLY, "2026-10-31")
    assert first_due(pending, date(2026, 12, 5)) == FirstDue(1, date(2026, 12, 5))
    assert dates(pending, 1, first=2) == ["2026-12-31"]


@pytest.mark.parametrize("today", [date(2026, 8, 31), date(2026, 8, 30), date(2020, 1, 1)])
def test_a_start_today_or_later_is_charged_on_the_start(today: date) -> None:
    assert first_due(schedule(MONTHLY, "2026-08-31"), today) == FirstDue(0, date(2026, 8, 31))


def test_a_changed_frequency_counts_from_the_due_date_and_remembers_the_billing_day() -> None:
    yearly = schedule(YEARLY, "2026-03-31", billing_day=31)
    assert dates(yearly, 2, first=0) == ["2026-03-31", "2027-03-31"]
    quarterly = schedule(QUARTERLY, "2027-02-28", billing_day=31)
    assert dates(quarterly, 4, first=0) == ["2027-02-28", "2027-05-31", "2027-08-31", "2027-11-30"]


def test_a_change_to_twice_a_month_keeps_the_pair_of_the_billing_day() -> None:
    twice = schedule(SEMI_MONTHLY, "2027-02-28", billing_day=31)
    assert dates(twice, 3, first=0) == ["2027-02-28", "2027-03-15", "2027-03-31"]


def test_payments_missed_by_a_pause_are_skipped_and_the_count_goes_on() -> None:
    monthly = schedule(MONTHLY, "2026-01-31")
    resumed = index_on_or_after(monthly, date(2026, 5, 20))
    assert dates(monthly, 4, first=resumed) == ["2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31"]


def test_a_resume_on_a_due_date_is_charged_that_day() -> None:
    monthly = schedule(MONTHLY, "2026-01-31")
    assert occurrence(monthly, index_on_or_after(monthly, date(2026, 6, 30))) == date(2026, 6, 30)


def test_a_restart_counts_from_its_new_start() -> None:
    assert dates(schedule(MONTHLY, "2026-06-15"), 3, first=0) == ["2026-06-15", "2026-07-15", "2026-08-15"]


@pytest.mark.parametrize(("frequency", "n", "days"), [(MONTHLY, 0, 28), (MONTHLY, 1, 31), (QUARTERLY, 0, 89)], ids=str)
def test_a_period_is_as_long_as_its_dates_are_apart(frequency: Frequency, n: int, days: int) -> None:
    anchor = "2026-01-31" if frequency is QUARTERLY else "2027-01-31"
    start, end = period(schedule(frequency, anchor), n)
    assert (end - start).days == days


def test_the_dates_after_the_next_one_leave_the_next_one_out() -> None:
    monthly = schedule(MONTHLY, "2018-02-01")
    following = index_after(monthly, date(2019, 5, 1))
    assert dates(monthly, 5, following) == ["2019-06-01", "2019-07-01", "2019-08-01", "2019-09-01", "2019-10-01"]


@pytest.mark.parametrize("units", [0, -1, 1001, 7000, 1.5, "2", True, None])
def test_units_that_are_not_a_whole_number_in_range_are_refused(units: object) -> None:
    with pytest.raises(InvalidUnits):
        Schedule(MONTHLY, units, date(2026, 1, 1))  # type: ignore[arg-type]


@pytest.mark.parametrize("billing_day", [0, 32, -1])
def test_a_billing_day_that_no_month_has_is_refused(billing_day: int) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        schedule(MONTHLY, "2026-01-31", billing_day=billing_day)


@pytest.mark.parametrize(("frequency", "n"), [(YEARLY, 8), (SEMI_MONTHLY, 24 * 8000), (DAILY, 10**12), (DAILY, 10**6)])
def test_a_date_past_the_year_9999_is_refused(frequency: Frequency, n: int) -> None:
    units = 1000 if frequency in (YEARLY, DAILY) else 1
    with pytest.raises(DateOutOfRange):
        occurrence(schedule(frequency, "2026-01-31", units), n)


@pytest.mark.parametrize("frequency", [MONTHLY, DAILY])
def test_a_date_before_the_year_1_is_refused(frequency: Frequency) -> None:
    with pytest.raises(DateOutOfRange):
        occurrence(schedule(frequency, "0001-01-31"), -31)


def test_the_last_day_of_the_calendar_is_reached_but_its_period_has_no_end() -> None:
    daily = schedule(DAILY, "9999-12-30")
    assert dates(daily, 2, first=0) == ["9999-12-30", "9999-12-31"]
    assert index_on_or_before(daily, date.max) == 1
    assert index_on_or_after(daily, date.max) == 1
    with pytest.raises(DateOutOfRange):
        period(daily, 1)


def test_a_reason_names_the_month_that_lacks_the_day_and_the_return_to_it() -> None:
    monthly = schedule(MONTHLY, "2027-01-31")
    assert [reason(monthly, n) for n in range(6)] == [
        Reason(ReasonKind.FIRST, 1, 31),
        Reason(ReasonKind.CLAMPED, 2, 31),
        Reason(ReasonKind.BACK, 3, 31),
        Reason(ReasonKind.CLAMPED, 4, 31),
        Reason(ReasonKind.BACK, 5, 31),
        Reason(ReasonKind.CLAMPED, 6, 31),
    ]


def test_a_29_february_explains_its_common_years() -> None:
    yearly = schedule(YEARLY, "2024-02-29")
    kinds = [reason(yearly, n).kind for n in range(1, 6)]
    clamped, back = ReasonKind.CLAMPED, ReasonKind.BACK
    assert kinds == [clamped, clamped, clamped, back, clamped]


def test_two_full_months_in_a_row_need_no_explanation() -> None:
    assert reason(schedule(MONTHLY, "2027-07-31"), 1) == Reason(ReasonKind.NORMAL, 8, 31)


def test_after_a_change_at_a_clamped_date_the_first_date_is_clamped_and_the_second_is_back() -> None:
    quarterly = schedule(QUARTERLY, "2027-02-28", billing_day=31)
    assert reason(quarterly, 0) == Reason(ReasonKind.CLAMPED, 2, 31)
    assert reason(quarterly, 1) == Reason(ReasonKind.BACK, 5, 31)


def test_twice_a_month_explains_only_the_day_that_is_missing() -> None:
    twice = schedule(SEMI_MONTHLY, "2027-01-14")
    assert [reason(twice, n) for n in range(1, 6)] == [
        Reason(ReasonKind.NORMAL, 1, 29),
        Reason(ReasonKind.NORMAL, 2, 14),
        Reason(ReasonKind.CLAMPED, 2, 29),
        Reason(ReasonKind.NORMAL, 3, 14),
        Reason(ReasonKind.BACK, 3, 29),
    ]


def test_every_second_half_month_is_back_right_after_its_clamped_date() -> None:
    kinds = [reason(schedule(SEMI_MONTHLY, "2027-01-29", units=2), n).kind for n in range(1, 4)]
    assert kinds == [ReasonKind.CLAMPED, ReasonKind.BACK, ReasonKind.NORMAL]


def test_a_change_in_the_middle_of_a_month_is_not_taken_for_a_clamped_date() -> None:
    monthly = schedule(MONTHLY, "2027-02-14", billing_day=31)
    assert dates(monthly, 2, first=0) == ["2027-02-14", "2027-03-31"]
    assert [reason(monthly, n).kind for n in range(2)] == [ReasonKind.NORMAL, ReasonKind.NORMAL]


def test_the_last_day_of_a_15_and_last_pair_is_no_exception() -> None:
    twice = schedule(SEMI_MONTHLY, "2027-01-15")
    assert reason(twice, 3) == Reason(ReasonKind.NORMAL, 2, 28)


def test_days_and_weeks_have_nothing_to_explain() -> None:
    assert reason(schedule(WEEKLY, "2027-01-31"), 4) == Reason(ReasonKind.NORMAL, 2, 28)
