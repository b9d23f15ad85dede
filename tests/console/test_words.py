"""Small words of the console: browsers, times, numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from portal.console import agents, times, words
from portal.console.entries import short

SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) {SAFARI}", "iPhone, Safari"),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
            "Android, Chrome",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Windows, Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Linux, Firefox"),
        ("curl/8.1", "curl"),
        ("", "unknown browser"),
        ("   ", "unknown browser"),
        ("/x", "unknown browser"),
        ("<b>" * 100, ("<b>" * 100).split("/")[0][:40]),
    ],
)
def test_browsers_are_named_as_people_do(agent: str, said: str) -> None:
    assert agents.in_words(agent) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [("America/Chicago", "Chicago time"), ("America/Argentina/Buenos_Aires", "Buenos Aires time"), ("UTC", "UTC")],
)
def test_a_zone_is_named_by_its_city(name: str, said: str) -> None:
    assert times.zone_text(name) == said


def test_times_are_as_short_as_they_can_be_told_apart() -> None:
    now = datetime(2026, 3, 5, 10, tzinfo=UTC)
    assert times.lately(now.replace(hour=9, minute=41), now) == "9:41 AM"
    assert times.lately(now.replace(day=4), now) == "Mar 4"
    assert times.lately(now.replace(year=2025), now) == "Mar 5, 2025"
    assert times.soon(now.replace(hour=13), now) == "1:00 PM"
    assert times.soon(now.replace(day=10), now) == "Mar 10, 10:00 AM"
    assert times.short_day(date(2026, 3, 31), now.date()) == "Tue, Mar 31"
    assert times.short_day(date(2027, 3, 31), now.date()) == "Wed, Mar 31, 2027"


def test_numbers_are_written_out_while_they_are_small() -> None:
    assert [words.times(count) for count in (1, 2, 3, 12)] == ["once", "twice", "three times", "12 times"]
    assert words.counted(1, "payment") == "1 payment"
    assert words.counted(1200, "payment") == "1,200 payments"


def test_a_key_is_shown_by_its_ends() -> None:
    assert short("ak_7f00112233445521") == "ak_7f…21"
    assert short("short") == "short"
