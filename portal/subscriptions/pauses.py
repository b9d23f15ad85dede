"""What a pause does to the dates: which are skipped, when the next charge is once billing goes on, when it all ends.

A date that passes during a pause is never billed and does not count; the number of payments goes on afterwards, the
end date does not move (as GoCardless and Paymennt do).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from portal.core.errors import PortalError
from portal.core.instants import due_instant, local_day
from portal.core.keep import KEEP, NotGiven, given
from portal.subscriptions.calendar import index_on_or_after, occurrence
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.standing import Standing, remaining


class InvalidPause(PortalError, ValueError):
    """The dates or the number of a pause or a restart cannot be used; the message says what to give."""

    status, code = 422, "invalid_pause"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is billed from the day `on`: until the day `until`, for the next `payments` dates, or until told.

    A date on `until` is billed again. Raises InvalidPause.
    """

    on: date
    until: date | None = None
    payments: int | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.payments is not None:
            raise InvalidPause("A pause lasts until a date or for a number of payments, not both.")
        if self.until is not None and self.until <= self.on:
            raise InvalidPause("The date on which the pause ends must lie after its beginning.")
        if self.payments is not None and (type(self.payments) is not int or self.payments < 1):
            raise InvalidPause("The number of payments to skip must be a whole number of 1 or more.")


@dataclass(frozen=True, slots=True)
class ChargeTime:
    """When in a day charges are made: `hour`:`minute` in the zone, or with `send_on_hour` that hour UTC."""

    zone: str
    hour: int = 9
    minute: int = 0
    send_on_hour: int | None = None

    def instant(self, day: date) -> datetime:
        return due_instant(day, self.zone, self.hour, self.send_on_hour, minute=self.minute)

    def day(self, moment: datetime) -> date:
        """The civil day that dates are compared with: the UTC day with `send_on_hour`, else the zone's."""
        return moment.astimezone(UTC).date() if self.send_on_hour is not None else local_day(moment, self.zone)


@dataclass(frozen=True, slots=True)
class Resumed:
    """After a pause. `owed` are indexes due before it that were never billed, `skipped` those that never will be.

    `charge_on` is the date (None: nothing is left) and `charge_at` the instant of the next charge.
    """

    standing: Standing
    owed: range
    skipped: range
    charge_on: date | None
    charge_at: datetime | None


def last_date(standing: Standing, pause: Pause | None = None) -> date | None:
    """The last date that is billed, after the pause; None without an end, with an open pause, or nothing left.

    Raises DateOutOfRange.
    """
    after = standing
    if pause is not None:
        resumed_on = resumes_on(standing, pause)
        if resumed_on is None:
            return None
        after = _after(standing, pause, resumed_on)
    left = remaining(after)
    return occurrence(standing.schedule, left[-1]) if left else None


def resumes_on(standing: Standing, pause: Pause) -> date | None:
    """The first day of billing again: `until`, or the day after the last skipped payment; None for an open pause."""
    if pause.payments is None:
        return pause.until
    last_skipped = _first_skipped(standing, pause) + pause.payments - 1
    return occurrence(standing.schedule, last_skipped) + timedelta(days=1)


def skipped(standing: Standing, pause: Pause, resumed_on: date) -> range:
    """The indexes that a pause passes over when billing goes on with `resumed_on`; dates after the end are not."""
    first = _first_skipped(standing, pause)
    by_date = remaining(replace(standing, left=None))
    stop = index_on_or_after(standing.schedule, resumed_on)
    return range(first, max(first, stop if by_date is None else min(stop, by_date.stop)))


def resume(standing: Standing, pause: Pause, at: datetime, charge_time: ChargeTime) -> Resumed:
    """Billing goes on at the instant `at` (aware): a date of that very day is charged, before or after the hour.

    Raises DateOutOfRange, UnknownZone.
    """
    day = charge_time.day(at)
    after = _after(standing, pause, day)
    owed, passed = _owed(standing, pause), skipped(standing, pause, day)
    left = remaining(after)
    if left is not None and not left:
        return Resumed(after, owed, passed, None, None)
    charge_on = occurrence(after.schedule, after.next_index)
    return Resumed(after, owed, passed, charge_on, max(charge_time.instant(charge_on), at))


def restart(
    standing: Standing,
    rhythm: Rhythm,
    today: date,
    *,
    start_on: date | None = None,
    end_on: date | None | NotGiven = KEEP,
) -> Standing:
    """Go on from a hold: with `start_on` as the new anchor (count kept), else with the first date from today.

    `end_on` None takes the end away. Raises InvalidPause for a start in the past, or an end before start or today.
    """
    if start_on is not None and start_on < today:
        raise InvalidPause("The start lies in the past. Give today or a later date.")
    end = given(end_on, standing.end_on)
    if end is not None and end < (start_on or today):
        raise InvalidPause("The end date lies before the start. Give a later end date, or none.")
    if start_on is not None:
        return replace(standing, schedule=rhythm.starting(start_on), next_index=0, end_on=end)
    index = max(standing.next_index, index_on_or_after(standing.schedule, today))
    return replace(standing, next_index=index, end_on=end)


def _first_skipped(standing: Standing, pause: Pause) -> int:
    return max(standing.next_index, index_on_or_after(standing.schedule, pause.on))


def _owed(standing: Standing, pause: Pause) -> range:
    first, left = _first_skipped(standing, pause), remaining(standing)
    return range(standing.next_index, first if left is None else min(first, left.stop))


def _after(standing: Standing, pause: Pause, resumed_on: date) -> Standing:
    """The standing with which billing goes on: what was owed before the pause has its bills and is counted."""
    index = max(_first_skipped(standing, pause), index_on_or_after(standing.schedule, resumed_on))
    left = None if standing.left is None else standing.left - len(_owed(standing, pause))
    return replace(standing, next_index=index, left=left)
