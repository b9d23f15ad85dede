"""A due date as an instant: summer time, zones that skip a day, and the hour in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.instants import DateOutOfRange, InvalidHour, UnknownZone, due_instant, local_day, zone
from portal.subscriptions.calendar import Frequency, Schedule, index_after, occurrence, upcoming

PLACES = ["America/New_York", "America/Santiago", "Africa/Cairo", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_blank_start_is_the_civil_date_of_the_confirmation_in_the_sites_zone() -> None:
    assert local_day(at("2026-11-22T04:30"), "America/New_York") == date(2026, 11, 21)


@pytest.mark.parametrize("place", PLACES)
def test_a_send_hour_is_utc_in_every_zone_and_every_season(place: str) -> None:
    quarterly = Schedule(Frequency.QUARTERLY, 1, date(2021, 8, 24))
    instants = [due_instant(day, place, send_on_hour=10) for day in upcoming(quarterly, 0, 2)]
    assert instants == [at("2021-08-24T10:00"), at("2021-11-24T10:00")]


def test_a_late_send_hour_falls_on_the_next_local_day_but_keeps_its_date() -> None:
    instant = due_instant(date(2021, 8, 24), "Asia/Dubai", send_on_hour=22)
    assert instant == at("2021-08-24T22:00")
    assert instant.astimezone(zone("Asia/Dubai")).isoformat() == "2021-08-25T02:00:00+04:00"
    assert local_day(instant, "UTC") == date(2021, 8, 24)


def test_a_send_hour_comes_before_the_sites_hour() -> None:
    assert due_instant(date(2026, 1, 1), "Asia/Dubai", 9, 0) == at("2026-01-01T00:00")


def test_a_local_time_in_the_gap_moves_forward_by_the_gap() -> None:
    instant = due_instant(date(2027, 3, 28), "Europe/Copenhagen", hour=2, minute=30)
    assert instant == at("2027-03-28T01:30")
    assert instant.astimezone(zone("Europe/Copenhagen")).hour == 3


def test_of_a_local_time_that_comes_twice_the_first_counts() -> None:
    assert due_instant(date(2026, 11, 1), "America/New_York", hour=1, minute=30) == at("2026-11-01T05:30")


def test_nine_in_new_york_moves_in_utc_with_summer_time() -> None:
    def nine(month: int, day: int) -> datetime:
        return due_instant(date(2027, month, day), "America/New_York")

    assert (nine(3, 13), nine(3, 14)) == (at("2027-03-13T14:00"), at("2027-03-14T13:00"))
    assert (nine(11, 6), nine(11, 7)) == (at("2027-11-06T13:00"), at("2027-11-07T14:00"))
    assert nine(3, 14) - nine(3, 13) == timedelta(hours=23)


def test_a_midnight_that_does_not_exist_keeps_its_date() -> None:
    instant = due_instant(date(2026, 9, 6), "America/Santiago", hour=0)
    assert instant == at("2026-09-06T04:00")
    assert instant.astimezone(zone("America/Santiago")).isoformat() == "2026-09-06T01:00:00-03:00"
    assert due_instant(date(2026, 4, 24), "Africa/Cairo", hour=0) == at("2026-04-23T22:00")


def test_one_instant_is_two_dates_apart_at_the_ends_of_the_world() -> None:
    instant = at("2026-12-31T10:00")
    assert local_day(instant, "Pacific/Kiritimati") == date(2027, 1, 1)
    assert local_day(instant, "Pacific/Pago_Pago") == date(2026, 12, 30)


def test_a_changed_zone_gives_the_same_date_again_but_not_the_same_index() -> None:
    daily = Schedule(Frequency.DAILY, 1, date(2026, 12, 1))
    charged = due_instant(occurrence(daily, 3), "Pacific/Kiritimati")
    again = charged + timedelta(days=1)
    assert local_day(again, "Pacific/Pago_Pago") == occurrence(daily, 3)
    following = index_after(daily, occurrence(daily, 3))
    assert following == 4
    assert due_instant(occurrence(daily, following), "Pacific/Pago_Pago") > again


def test_a_date_that_a_zone_left_out_falls_due_with_the_next_one() -> None:
    left_out, following = (due_instant(date(2011, 12, day), "Pacific/Apia") for day in (30, 31))
    assert left_out == following == at("2011-12-30T19:00")


@pytest.mark.parametrize("hour", [24, -1, 9.0, "9", True])
def test_an_hour_that_the_day_does_not_have_is_refused(hour: object) -> None:
    with pytest.raises(InvalidHour):
        due_instant(date(2026, 1, 1), "UTC", send_on_hour=hour)  # type: ignore[arg-type]
    with pytest.raises(InvalidHour):
        due_instant(date(2026, 1, 1), "UTC", hour)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        *("", "Mars/Base", "+03:00", "America", "europe/copenhagen", "../UTC", "/etc/localtime", "a\0b", "x" * 5000),
        *("localtime", "Factory", "right/UTC", "posix/UTC", "tzdata.zi"),
    ],
)
def test_a_name_that_is_no_place_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone(name)


def test_an_instant_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="carries its zone"):
        local_day(datetime(2026, 1, 1), "UTC")


def test_an_instant_past_the_calendar_is_refused_in_words() -> None:
    with pytest.raises(DateOutOfRange):
        due_instant(date.max, "America/New_York", hour=23)
    with pytest.raises(DateOutOfRange):
        local_day(datetime.max.replace(tzinfo=UTC), "Asia/Tokyo")


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(PLACES), st.integers(0, 23))
def test_a_due_instant_lies_on_its_own_date_and_days_stay_in_order(day: date, place: str, hour: int) -> None:
    instant = due_instant(day, place, hour)
    assert local_day(instant, place) == day
    assert timedelta(hours=22) <= due_instant(day + timedelta(days=1), place, hour) - instant <= timedelta(hours=26)
