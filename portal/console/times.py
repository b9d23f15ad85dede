"""Days and times as support reads them: in the site's zone, with the zone named."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_datetime

from portal.core.instants import zone

LOCALE = "en"


def local(at: datetime, zone_name: str) -> datetime:
    return at.astimezone(zone(zone_name))


def zone_text(zone_name: str) -> str:
    """ "Chicago time" for America/Chicago; "UTC" as it is."""
    return zone_name if "/" not in zone_name else zone_name.rpartition("/")[2].replace("_", " ") + " time"


def clock_text(at: datetime) -> str:
    """ "9:00:00 AM": a line of the timeline, under the heading of its day."""
    return format_datetime(at, "h:mm:ss a", locale=LOCALE)


def day_heading(day: date) -> str:
    """ "Saturday, January 31, 2026"."""
    return format_date(day, "EEEE, MMMM d, y", locale=LOCALE)


def dated(day: date) -> str:
    """ "Jan 31, 2026"."""
    return format_date(day, "MMM d, y", locale=LOCALE)


def short_day(day: date, today: date) -> str:
    """ "Tue, Mar 31", with the year where it is not this one."""
    return format_date(day, "EEE, MMM d" + (", y" if day.year != today.year else ""), locale=LOCALE)


def full_moment(at: datetime) -> str:
    """ "Mar 5, 2026, 10:00 AM"."""
    return format_datetime(at, "MMM d, y, h:mm a", locale=LOCALE)


def lately(at: datetime, now: datetime) -> str:
    """As short as can be told apart: "10:00 AM" today, "Mar 4" this year, "Mar 4, 2025" before."""
    if at.date() == now.date():
        return format_datetime(at, "h:mm a", locale=LOCALE)
    return format_date(at.date(), "MMM d" if at.year == now.year else "MMM d, y", locale=LOCALE)


def second(at: datetime, now: datetime) -> str:
    """To the second: "10:00:04 AM" today, "Mar 4, 10:00:04 AM" this year, with the year before."""
    if at.date() == now.date():
        return clock_text(at)
    return format_datetime(at, "MMM d, h:mm:ss a" if at.year == now.year else "MMM d, y, h:mm:ss a", locale=LOCALE)


def soon(at: datetime, now: datetime) -> str:
    """A time to come: "10:04 AM" today, else "Mar 10, 9:00 AM"."""
    return format_datetime(at, "h:mm a" if at.date() == now.date() else "MMM d, h:mm a", locale=LOCALE)
