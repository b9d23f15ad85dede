"""When a civil date falls due as an instant, and which civil date an instant has, by the true rules of its zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from portal.core.errors import PortalError

# In the database, but not places: one means "not set", the other whatever this machine is set to.
_NO_PLACES = frozenset({"Factory", "localtime"})


class DateOutOfRange(PortalError, ValueError):
    """The date asked for lies outside the years 1 to 9999."""

    status, code = 422, "date_out_of_range"
    message = "The schedule would leave the years 1 to 9999; choose smaller units or another date."


class UnknownZone(PortalError, ValueError):
    """The name is not a time zone of the IANA database."""

    status, code = 422, "unknown_time_zone"
    message = "This is not a known time zone; give an IANA name such as Europe/Copenhagen."


class InvalidHour(PortalError, ValueError):
    """The hour (or minute) of the day is not a whole number in its range."""

    status, code = 422, "invalid_hour"
    message = "The hour must be a whole number from 0 to 23."


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, its case included. Raises UnknownZone, for fixed offsets such as +03:00 too."""
    # Looked up in the list first: ZoneInfo would open whatever file the name leads to.
    if name not in _names():
        raise UnknownZone
    return ZoneInfo(name)


def due_instant(
    day: date, zone_name: str, hour: int = 9, send_on_hour: int | None = None, *, minute: int = 0
) -> datetime:
    """The instant, in UTC, at which a civil date falls due.

    By the site's clock: `hour`:`minute` in its zone. A local time that does not exist moves forward by the gap, of
    one that exists twice the first counts. With `send_on_hour`: that hour UTC of the same date, in every zone; the
    date is then the UTC date (Paymennt's sendOnHour). Raises UnknownZone, InvalidHour, DateOutOfRange.
    """
    if send_on_hour is not None:
        return datetime.combine(day, _time_of_day(send_on_hour, 0), UTC)
    # fold=0 is both rules at once: in a gap the offset before it applies, which carries the time over.
    local = datetime.combine(day, _time_of_day(hour, minute), zone(zone_name))
    return _converted(local, UTC)


def local_day(instant: datetime, zone_name: str) -> date:
    """The civil date of an aware instant in a zone. Raises UnknownZone; ValueError for a naive instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant carries its zone")
    return _converted(instant, zone(zone_name)).date()


def days_later(instant: datetime, days: int, zone_name: str) -> datetime:
    """So many civil days later at the same local time, in UTC; a time that does not exist moves forward by the gap.

    Raises UnknownZone, DateOutOfRange; ValueError for a naive instant.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant carries its zone")
    local = _converted(instant, zone(zone_name))
    if days == 0:
        return _converted(instant, UTC)
    try:
        return _converted((local + timedelta(days=days)).replace(fold=0), UTC)
    except OverflowError as error:
        raise DateOutOfRange from error


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_PLACES


def _time_of_day(hour: int, minute: int) -> time:
    if type(hour) is not int or type(minute) is not int or not (0 <= hour <= 23 and 0 <= minute <= 59):
        raise InvalidHour
    return time(hour, minute)


def _converted(moment: datetime, into: tzinfo) -> datetime:
    try:
        return moment.astimezone(into)
    except OverflowError as error:
        raise DateOutOfRange from error
