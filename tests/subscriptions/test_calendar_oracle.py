"""Dates that other billing systems and calendars publish in their tests and documents, held against ours."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest

from portal.core.instants import due_instant, local_day, zone
from portal.subscriptions.calendar import (
    Frequency,
    Schedule,
    index_on_or_after,
    index_on_or_before,
    occurrence,
)

ORACLE = Path(__file__).resolve().parents[1] / "data" / "oracle"
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (ORACLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def label(row: Row) -> str:
    return " ".join(row[key] for key in list(row)[2:7])


CALENDAR = rows("calendar.csv")
AGREED = [row for row in CALENDAR if row["agrees"] == "yes"]
OTHER_CONVENTIONS = [row for row in CALENDAR if row["agrees"] == "no"]
WITH_INSTANT = [row for row in AGREED if row["tz"] and row["utc_instant"]]
# Its source lists 31 August 2023 as billed as well, and names it "not billed" under a misspelled key that never runs.
CONTRADICTED = ("anniversary Quarterly", "2021-05-31", "2023-08-31")
NOT_DUE = [
    row
    for row in rows("calendar_not_due.csv")
    if (row["kind_frequency"], row["anchor_date"], row["not_due_date"]) != CONTRADICTED
]
COUNTS = rows("calendar_counts.csv")


def instant_of(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def row_zone(name: str) -> tzinfo:
    """Some rows give a fixed offset, which our own zones refuse."""
    offset = re.fullmatch(r"\+(\d\d):00", name)
    return timezone(timedelta(hours=int(offset[1]))) if offset else zone(name)


def start_instant(row: Row) -> datetime | None:
    """The instant the anchor comes from, where the row has one: in its note, or the row's own instant for n = 0."""
    noted = re.search(r"start instant (\S+Z)", row["note"])
    if noted:
        return instant_of(noted[1])
    if row["utc_instant"] and (row["n"] == "0" or "utc_instant is the start" in row["note"]):
        return instant_of(row["utc_instant"])
    return None


def schedule_of(row: Row) -> Schedule:
    anchor = date.fromisoformat(row["anchor_date"])
    start = start_instant(row)
    if start is not None and row["tz"]:
        anchor = start.astimezone(row_zone(row["tz"])).date()
    return Schedule(Frequency(row["frequency"]), int(row["units"]), anchor)


@pytest.mark.parametrize("row", AGREED, ids=label)
def test_a_date_other_systems_agree_on_is_ours_too(row: Row) -> None:
    assert occurrence(schedule_of(row), int(row["n"])) == date.fromisoformat(row["expected_date"])


@pytest.mark.parametrize("row", AGREED, ids=label)
def test_the_index_of_an_agreed_date_is_found_again(row: Row) -> None:
    schedule, n, day = schedule_of(row), int(row["n"]), date.fromisoformat(row["expected_date"])
    expected = (n, n) if n >= 0 else (None, 0)
    assert (index_on_or_before(schedule, day), index_on_or_after(schedule, day)) == expected


@pytest.mark.parametrize("row", OTHER_CONVENTIONS, ids=label)
def test_a_date_of_another_convention_is_not_ours(row: Row) -> None:
    assert occurrence(schedule_of(row), int(row["n"])) != date.fromisoformat(row["expected_date"])


@pytest.mark.parametrize("row", WITH_INSTANT, ids=label)
def test_the_instant_of_a_row_lies_on_its_local_date(row: Row) -> None:
    is_start = row["note"].startswith("account created")
    expected = date.fromisoformat(row["anchor_date" if is_start else "expected_date"])
    assert instant_of(row["utc_instant"]).astimezone(row_zone(row["tz"])).date() == expected


NINE_LOCAL = [row for row in WITH_INSTANT if "09:00 local" in row["note"]]
PERIOD_STARTS = [row for row in WITH_INSTANT if "period start" in row["note"] or "day after period end" in row["note"]]


@pytest.mark.parametrize("row", NINE_LOCAL, ids=label)
def test_nine_in_the_morning_keeps_its_wall_time_over_summer_time(row: Row) -> None:
    day = occurrence(schedule_of(row), int(row["n"]))
    assert due_instant(day, row["tz"]) == instant_of(row["utc_instant"])


@pytest.mark.parametrize("row", PERIOD_STARTS, ids=label)
def test_a_period_begins_at_the_zones_midnight(row: Row) -> None:
    day = occurrence(schedule_of(row), int(row["n"]))
    assert due_instant(day, row["tz"], hour=0) == instant_of(row["utc_instant"])


@pytest.mark.parametrize("row", [row for row in WITH_INSTANT if "not yet due at" in row["note"]], ids=label)
def test_a_date_is_due_in_its_zone_only_from_its_own_first_moment(row: Row) -> None:
    too_early, too_late = (instant_of(found) for found in re.findall(r"\d{4}\S+Z", row["note"]))
    day, due = date.fromisoformat(row["expected_date"]), instant_of(row["utc_instant"])
    assert local_day(too_early, row["tz"]) < local_day(due, row["tz"]) == day < local_day(too_late, row["tz"])


def test_an_hour_in_utc_gives_the_same_hour_in_every_zone() -> None:
    (row,) = [row for row in AGREED if row["utc_instant"] and not row["tz"]]
    day = occurrence(schedule_of(row), int(row["n"]))
    assert due_instant(day, "Asia/Dubai", send_on_hour=10) == instant_of(row["utc_instant"])


def calendar_start(frequency: Frequency, start: date) -> date:
    """Where a grid of whole calendar weeks, months, quarters … begins that holds `start`."""
    if frequency is Frequency.WEEKLY:
        return start - timedelta(days=start.weekday())
    months = {
        Frequency.MONTHLY: 1,
        Frequency.QUARTERLY: 3,
        Frequency.SEMI_ANNUALLY: 6,
        Frequency.YEARLY: 12,
    }[frequency]
    return date(start.year, (start.month - 1) // months * months + 1, 1)


@pytest.mark.parametrize("row", NOT_DUE, ids=label)
def test_nothing_is_due_on_a_date_between_two_due_dates(row: Row) -> None:
    kind, name = row["kind_frequency"].split(" ")
    frequency, start = Frequency(name), date.fromisoformat(row["anchor_date"])
    anchor = calendar_start(frequency, start) if kind == "calendar" else start
    schedule, day = Schedule(frequency, int(row["units"]), anchor), date.fromisoformat(row["not_due_date"])
    before, after = index_on_or_before(schedule, day), index_on_or_after(schedule, day)
    assert before is not None
    assert after == before + 1
    assert occurrence(schedule, before) < day < occurrence(schedule, after)


def test_the_row_its_own_source_contradicts_is_due_by_our_rule() -> None:
    _, anchor, day = CONTRADICTED
    schedule = Schedule(Frequency.QUARTERLY, 1, date.fromisoformat(anchor))
    assert occurrence(schedule, 9) == date.fromisoformat(day)


@pytest.mark.parametrize("row", COUNTS, ids=lambda row: f"{row['how'][:5]} {label(row)}")
def test_the_periods_between_two_dates_are_counted_by_index(row: Row) -> None:
    schedule = Schedule(Frequency(row["frequency"]), int(row["units"]), date.fromisoformat(row["start_date"]))
    until = date.fromisoformat(row["until_date"])
    elapsed = index_on_or_before(schedule, until)
    assert elapsed is not None
    expected = {
        "floor": elapsed,
        "whole periods completed": elapsed,
        "ceil": index_on_or_after(schedule, until),
        "in-advance charges due on or before the target (Jan 31, Feb 28, Mar 31)": elapsed + 1,
    }
    assert expected[row["how"]] == int(row["count"])


def test_every_row_but_the_contradicted_one_is_collected() -> None:
    sizes = [len(AGREED), len(OTHER_CONVENTIONS), len(NOT_DUE), len(COUNTS), len(NINE_LOCAL), len(PERIOD_STARTS)]
    assert sizes == [383, 40, 68, 26, 10, 14]
