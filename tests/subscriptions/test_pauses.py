"""Pauses, resumes, restarts, ends and late work, one story a test."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.subscriptions.calendar import Frequency, Schedule, occurrence, upcoming
from portal.subscriptions.pauses import ChargeTime, InvalidPause, Pause, last_date, restart, resume, resumes_on, skipped
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.standing import Late, Standing, closes_on, late, remaining

MONTHLY = Schedule(Frequency.MONTHLY, 1, date(2026, 1, 31))
RHYTHM = Rhythm(Frequency.MONTHLY)
NINE_IN_COPENHAGEN = ChargeTime("Europe/Copenhagen")
SIX_WITH_TWO_MADE = Standing(MONTHLY, next_index=2, left=4)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dates(indexes: range) -> list[str]:
    return [occurrence(MONTHLY, index).isoformat() for index in indexes]


def test_dates_of_a_pause_are_skipped_and_the_count_goes_on_afterwards() -> None:
    resumed = resume(SIX_WITH_TWO_MADE, Pause(date(2026, 3, 5)), at("2026-05-20T12:00"), NINE_IN_COPENHAGEN)
    assert dates(resumed.skipped) == ["2026-03-31", "2026-04-30"]
    assert resumed.charge_on == date(2026, 5, 31)
    assert resumed.charge_at == at("2026-05-31T07:00")
    assert resumed.standing.left == 4
    assert last_date(resumed.standing) == date(2026, 8, 31)
    assert not resumed.owed


def test_without_a_pause_the_count_ends_earlier() -> None:
    assert last_date(SIX_WITH_TWO_MADE) == date(2026, 6, 30)
    assert last_date(SIX_WITH_TWO_MADE, Pause(date(2026, 3, 5), until=date(2026, 5, 20))) == date(2026, 8, 31)


def test_an_open_pause_has_no_last_date_yet() -> None:
    pause = Pause(date(2026, 3, 5))
    assert last_date(SIX_WITH_TWO_MADE, pause) is None
    assert resumes_on(SIX_WITH_TWO_MADE, pause) is None


def test_a_pause_for_two_payments_skips_exactly_two() -> None:
    pause = Pause(date(2026, 3, 5), payments=2)
    day = resumes_on(SIX_WITH_TWO_MADE, pause)
    assert day == date(2026, 5, 1)
    assert dates(skipped(SIX_WITH_TWO_MADE, pause, day)) == ["2026-03-31", "2026-04-30"]
    assert last_date(SIX_WITH_TWO_MADE, pause) == date(2026, 8, 31)


def test_a_pause_on_a_due_date_skips_it_unless_it_was_made() -> None:
    not_made = Pause(date(2026, 3, 31), payments=1)
    assert resumes_on(SIX_WITH_TWO_MADE, not_made) == date(2026, 4, 1)
    assert resumes_on(Standing(MONTHLY, 3), not_made) == date(2026, 5, 1)


def test_a_pause_until_a_due_date_charges_that_date() -> None:
    pause = Pause(date(2026, 3, 5), until=date(2026, 4, 30))
    assert dates(skipped(SIX_WITH_TWO_MADE, pause, date(2026, 4, 30))) == ["2026-03-31"]
    resumed = resume(SIX_WITH_TWO_MADE, pause, at("2026-04-30T00:00"), NINE_IN_COPENHAGEN)
    assert resumed.charge_on == date(2026, 4, 30)


def test_a_pause_between_two_dates_skips_nothing() -> None:
    pause = Pause(date(2026, 3, 5), until=date(2026, 3, 20))
    resumed = resume(SIX_WITH_TWO_MADE, pause, at("2026-03-20T12:00"), NINE_IN_COPENHAGEN)
    assert not resumed.skipped
    assert resumed.standing == SIX_WITH_TWO_MADE


@pytest.mark.parametrize(
    ("now", "charge_at"), [("2026-05-31T04:00", "2026-05-31T07:00"), ("2026-05-31T18:30", "2026-05-31T18:30")]
)
def test_a_resume_on_a_due_date_charges_that_day_at_the_hour_or_at_once(now: str, charge_at: str) -> None:
    resumed = resume(SIX_WITH_TWO_MADE, Pause(date(2026, 3, 5)), at(now), NINE_IN_COPENHAGEN)
    assert resumed.charge_on == date(2026, 5, 31)
    assert resumed.charge_at == at(charge_at)


def test_the_day_of_a_resume_is_the_sites_day() -> None:
    late_evening = at("2026-05-31T23:00")
    here = resume(SIX_WITH_TWO_MADE, Pause(date(2026, 3, 5)), late_evening, NINE_IN_COPENHAGEN)
    assert here.charge_on == date(2026, 6, 30)
    in_utc = resume(
        SIX_WITH_TWO_MADE, Pause(date(2026, 3, 5)), late_evening, ChargeTime("Europe/Copenhagen", send_on_hour=10)
    )
    assert (in_utc.charge_on, in_utc.charge_at) == (date(2026, 5, 31), late_evening)


def test_a_date_charged_before_the_pause_is_not_charged_again_on_the_same_day() -> None:
    made_today = Standing(MONTHLY, next_index=5)
    resumed = resume(made_today, Pause(date(2026, 5, 31)), at("2026-05-31T18:30"), NINE_IN_COPENHAGEN)
    assert resumed.charge_on == date(2026, 6, 30)


def test_a_date_due_before_the_pause_is_still_owed() -> None:
    standing = Standing(MONTHLY, next_index=2, left=4)
    resumed = resume(standing, Pause(date(2026, 4, 5)), at("2026-06-01T12:00"), NINE_IN_COPENHAGEN)
    assert dates(resumed.owed) == ["2026-03-31"]
    assert dates(resumed.skipped) == ["2026-04-30", "2026-05-31"]
    assert resumed.standing.left == 3
    assert last_date(resumed.standing) == date(2026, 8, 31)


def test_the_end_date_is_not_moved_by_a_pause() -> None:
    standing = Standing(MONTHLY, next_index=2, end_on=date(2026, 4, 30))
    pause = Pause(date(2026, 3, 5), until=date(2026, 7, 1))
    assert closes_on(standing) == date(2026, 5, 1)
    assert dates(skipped(standing, pause, date(2026, 7, 1))) == ["2026-03-31", "2026-04-30"]
    assert last_date(standing, pause) is None
    resumed = resume(standing, pause, at("2026-07-01T12:00"), NINE_IN_COPENHAGEN)
    assert (resumed.charge_on, resumed.charge_at) == (None, None)


def test_count_and_end_date_end_at_whichever_comes_first() -> None:
    by_date = Standing(MONTHLY, 0, left=5, end_on=date(2026, 3, 31))
    assert remaining(by_date) == range(3)
    assert remaining(Standing(MONTHLY, 0, left=2, end_on=date(2026, 3, 31))) == range(2)
    assert remaining(Standing(MONTHLY, 0)) is None
    assert last_date(Standing(MONTHLY, 0)) is None


def test_a_date_on_the_end_date_is_charged_and_one_on_the_day_of_cancellation_is_not() -> None:
    due = date(2027, 3, 31)
    assert last_date(Standing(MONTHLY, 10, end_on=due)) == due
    assert last_date(Standing(MONTHLY, 10, cancel_on=due)) == date(2027, 2, 28)
    assert closes_on(Standing(MONTHLY, 10, end_on=due, cancel_on=due)) == due
    assert closes_on(Standing(MONTHLY, 10)) is None
    assert closes_on(Standing(MONTHLY, 10, end_on=date.max)) is None


def test_thirteen_charges_when_the_end_is_a_due_date_and_twelve_when_it_is_the_day_before() -> None:
    quarterly = Schedule(Frequency.QUARTERLY, 1, date(2021, 8, 24))
    assert remaining(Standing(quarterly, 0, end_on=date(2024, 8, 24))) == range(13)
    assert remaining(Standing(quarterly, 0, end_on=date(2024, 8, 23))) == range(12)


def test_a_restart_with_a_start_date_counts_from_there_and_keeps_the_count() -> None:
    again = restart(SIX_WITH_TWO_MADE, RHYTHM, date(2026, 6, 1), start_on=date(2026, 6, 15))
    assert again.left == 4
    assert upcoming(again.schedule, again.next_index, 3) == [date(2026, 6, 15), date(2026, 7, 15), date(2026, 8, 15)]


def test_a_restart_on_a_fixed_day_is_billed_on_the_first_such_day_after_the_chosen_date() -> None:
    rhythm = Rhythm(Frequency.MONTHLY, fixed_day=1)
    held = Standing(rhythm.starting(date(2026, 1, 1)), 3)
    again = restart(held, rhythm, date(2026, 6, 1), start_on=date(2026, 6, 15))
    assert upcoming(again.schedule, again.next_index, 2) == [date(2026, 7, 1), date(2026, 8, 1)]


def test_a_restart_without_a_date_goes_on_with_the_next_due_date() -> None:
    again = restart(SIX_WITH_TWO_MADE, RHYTHM, date(2026, 5, 20))
    assert (again.schedule, again.next_index, again.left) == (MONTHLY, 4, 4)


def test_a_restart_keeps_replaces_or_removes_the_end_date() -> None:
    held = Standing(MONTHLY, 2, end_on=date(2026, 12, 31))
    today = date(2026, 5, 20)
    assert restart(held, RHYTHM, today).end_on == date(2026, 12, 31)
    assert restart(held, RHYTHM, today, end_on=date(2027, 1, 31)).end_on == date(2027, 1, 31)
    assert restart(held, RHYTHM, today, end_on=None).end_on is None


@pytest.mark.parametrize(
    ("start_on", "end_on"),
    [
        (date(2026, 6, 15), date(2026, 6, 14)),
        (date(2026, 5, 31), None),
        (None, date(2026, 5, 31)),
    ],
)
def test_a_restart_in_the_past_or_after_its_end_is_refused(start_on: date | None, end_on: date | None) -> None:
    with pytest.raises(InvalidPause):
        restart(SIX_WITH_TWO_MADE, RHYTHM, date(2026, 6, 1), start_on=start_on, end_on=end_on)


def test_what_is_late_keeps_its_date_and_is_charged_one_a_day() -> None:
    daily = Standing(Schedule(Frequency.DAILY, 1, date(2027, 1, 1)), next_index=29)
    today = date(2027, 2, 2)
    assert late(daily, today) == [
        Late(29, date(2027, 1, 30), date(2027, 2, 2)),
        Late(30, date(2027, 1, 31), date(2027, 2, 3)),
        Late(31, date(2027, 2, 1), date(2027, 2, 4)),
        Late(32, date(2027, 2, 2), date(2027, 2, 5)),
    ]


def test_nothing_is_late_before_its_date_or_after_the_end() -> None:
    assert late(SIX_WITH_TWO_MADE, date(2026, 3, 30)) == []
    assert len(late(Standing(MONTHLY, 2, left=1), date(2026, 12, 31))) == 1


def test_a_charge_that_fails_does_not_move_the_dates_after_it() -> None:
    after_failure = Standing(Schedule(Frequency.MONTHLY, 1, date(2027, 1, 31)), next_index=2)
    assert [one.due_on for one in late(after_failure, date(2027, 3, 31))] == [date(2027, 3, 31)]


@pytest.mark.parametrize(
    ("until", "payments"),
    [
        (date(2026, 3, 5), None),
        (date(2026, 3, 4), None),
        (None, 0),
        (None, -1),
        (None, True),
        (date(2026, 4, 5), 1),
    ],
)
def test_a_pause_that_cannot_be_is_refused(until: date | None, payments: int | None) -> None:
    with pytest.raises(InvalidPause):
        Pause(date(2026, 3, 5), until, payments)


STANDINGS = st.builds(
    Standing,
    st.builds(Schedule, st.sampled_from(Frequency), st.integers(1, 3), st.dates(date(2020, 1, 1), date(2026, 1, 1))),
    st.integers(0, 60),
    st.none() | st.integers(1, 40),
)


@given(STANDINGS, st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(1, 12))
def test_a_pause_for_n_payments_skips_n_and_moves_the_last_index_by_n(
    standing: Standing, on: date, payments: int
) -> None:
    pause = Pause(on, payments=payments)
    day = resumes_on(standing, pause)
    assert day is not None
    passed = skipped(standing, pause, day)
    assert len(passed) == payments
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    resumed = resume(standing, pause, noon, ChargeTime("UTC"))
    before, after = remaining(standing), remaining(resumed.standing)
    if before is None:
        assert after is None
    elif after:
        assert after[-1] == before[-1] + payments
        assert resumed.charge_on == occurrence(standing.schedule, passed.stop)
    else:
        assert len(resumed.owed) == len(before)


@given(STANDINGS, st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(1, 400))
def test_every_index_is_owed_skipped_or_still_to_come(standing: Standing, on: date, days: int) -> None:
    until = date.fromordinal(on.toordinal() + days)
    pause = Pause(on, until=until)
    noon = datetime(until.year, until.month, until.day, 12, tzinfo=UTC)
    resumed = resume(standing, pause, noon, ChargeTime("UTC"))
    assert all(occurrence(standing.schedule, n) < on for n in resumed.owed)
    assert all(on <= occurrence(standing.schedule, n) < until for n in resumed.skipped)
    if standing.left is None:
        assert resumed.owed.start == standing.next_index
        assert resumed.owed.stop == resumed.skipped.start
        assert resumed.skipped.stop == resumed.standing.next_index
