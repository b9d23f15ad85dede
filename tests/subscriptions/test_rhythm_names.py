"""How Paymennt, Hyperline and fundraising agreements spell a rhythm: read, written, and the same dates both ways."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.subscriptions.calendar import Frequency, upcoming
from portal.subscriptions.rhythm_names import (
    SEND_EVERY,
    AgreementSchedule,
    from_agreement,
    from_interval,
    from_send_every,
    to_agreement,
    to_interval,
    to_send_every,
)
from portal.subscriptions.rhythms import Only, Rhythm
from portal.subscriptions.schedules import LAST, InvalidSchedule, InvalidUnits

DAILY, WEEKLY, BI_WEEKLY, SEMI_MONTHLY, MONTHLY, QUARTERLY, SEMI_ANNUALLY, YEARLY = Frequency


@pytest.mark.parametrize(
    ("name", "frequency", "units"),
    [
        ("DAY", DAILY, 1),
        ("WEEK", WEEKLY, 1),
        ("TWO_WEEKS", BI_WEEKLY, 1),
        ("MONTH", MONTHLY, 1),
        ("TWO_MONTHS", MONTHLY, 2),
        ("THREE_MONTHS", QUARTERLY, 1),
        ("SIX_MONTHS", SEMI_ANNUALLY, 1),
        ("YEAR", YEARLY, 1),
    ],
)
def test_the_eight_names_of_send_every_are_read_and_written(name: str, frequency: Frequency, units: int) -> None:
    assert from_send_every(name) == Rhythm(frequency, units)
    assert to_send_every(Rhythm(frequency, units)) == name
    assert len(SEND_EVERY) == 8


@pytest.mark.parametrize(
    ("rhythm", "name"),
    [
        (Rhythm(WEEKLY, 2), "TWO_WEEKS"),
        (Rhythm(DAILY, 7), "WEEK"),
        (Rhythm(MONTHLY, 12), "YEAR"),
        (Rhythm(SEMI_MONTHLY), None),
        (Rhythm(MONTHLY, 5), None),
        (Rhythm(MONTHLY, months=(1,)), None),
    ],
)
def test_send_every_is_found_by_its_dates_or_not_at_all(rhythm: Rhythm, name: str | None) -> None:
    assert to_send_every(rhythm) == name


@pytest.mark.parametrize("name", ["day", "QUARTER", "", "Monthly"])
def test_another_send_every_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(InvalidSchedule, match="THREE_MONTHS"):
        from_send_every(name)


@pytest.mark.parametrize(
    ("period", "frequency"),
    [("days", DAILY), ("weeks", WEEKLY), ("months", MONTHLY), ("quarters", QUARTERLY), ("years", YEARLY)],
)
def test_intervals_are_read_and_written(period: str, frequency: Frequency) -> None:
    assert from_interval(period, 3) == Rhythm(frequency, 3)
    assert to_interval(Rhythm(frequency, 3)) == (period, 3)


def test_intervals_without_a_name_of_their_own_are_written_by_their_dates() -> None:
    assert to_interval(Rhythm(BI_WEEKLY, 2)) == ("weeks", 4)
    assert to_interval(Rhythm(SEMI_ANNUALLY)) == ("months", 6)
    assert to_interval(Rhythm(SEMI_MONTHLY, 2)) is None
    assert to_interval(Rhythm(YEARLY, months=(1, 6))) is None


@pytest.mark.parametrize("period", ["once", "all"])
def test_once_and_all_have_a_count_of_one(period: str) -> None:
    assert from_interval(period) is Only(period)
    assert to_interval(Only(period)) == (period, 1)
    with pytest.raises(InvalidUnits):
        from_interval(period, 2)


def test_another_interval_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidSchedule, match="days, weeks, months, quarters, years, once, all"):
        from_interval("month")
    with pytest.raises(InvalidUnits):
        from_interval("months", 0)


@pytest.mark.parametrize(
    ("fields", "rhythm"),
    [
        (AgreementSchedule("month", 1, 1), Rhythm(MONTHLY, 1, 1)),
        (AgreementSchedule("month", 3, LAST), Rhythm(MONTHLY, 3, LAST)),
        (AgreementSchedule("month", 1, 1, (1, 6)), Rhythm(MONTHLY, 1, 1, (1, 6))),
        (AgreementSchedule("year", 2, 10, (3,)), Rhythm(YEARLY, 2, 10, (3,))),
        (AgreementSchedule("week", 2, 5), Rhythm(WEEKLY, 2, 5)),
        (AgreementSchedule("day", 10), Rhythm(DAILY, 10)),
    ],
)
def test_the_schedule_of_an_agreement_is_read_and_written(fields: AgreementSchedule, rhythm: Rhythm) -> None:
    assert from_agreement(fields.calendar_unit, fields.every_other, fields.fixed_day, fields.selected_set) == rhythm
    assert to_agreement(rhythm) == fields


def test_an_agreement_says_quarters_in_months_and_cannot_say_half_months() -> None:
    assert to_agreement(Rhythm(QUARTERLY, 2, 1)) == AgreementSchedule("month", 6, 1)
    assert to_agreement(Rhythm(SEMI_ANNUALLY)) == AgreementSchedule("month", 6)
    assert to_agreement(Rhythm(BI_WEEKLY)) == AgreementSchedule("week", 2)
    assert to_agreement(Rhythm(SEMI_MONTHLY)) is None


def test_selected_months_of_an_agreement_may_come_in_any_order() -> None:
    assert from_agreement("month", selected_set=[6, 1]).months == (1, 6)


def test_an_unknown_calendar_unit_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidSchedule, match="day, week, month, year"):
        from_agreement("quarter")


@given(st.sampled_from(Frequency), st.integers(1, 100), st.dates(date(1970, 1, 1), date(2100, 12, 31)))
def test_every_spelling_of_a_rhythm_has_its_dates(frequency: Frequency, units: int, start: date) -> None:
    rhythm = Rhythm(frequency, units)
    name, interval, fields = to_send_every(rhythm), to_interval(rhythm), to_agreement(rhythm)
    spelled = [from_send_every(name)] if name else []
    spelled += [from_interval(*interval)] if interval else []
    spelled += [from_agreement(fields.calendar_unit, fields.every_other)] if fields else []
    assert len(spelled) >= (0 if frequency is SEMI_MONTHLY else 2)
    for other in spelled:
        assert isinstance(other, Rhythm)
        assert upcoming(other.starting(start), 0, 5) == upcoming(rhythm.starting(start), 0, 5)
