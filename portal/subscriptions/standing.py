"""Where a subscription stands in its schedule: what is still to be billed, when it is over, and what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from portal.subscriptions.calendar import index_after, index_on_or_after, occurrence
from portal.subscriptions.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subscription stands: the next index, how many payments are left (None: endless), and its ends.

    `end_on` is the last day that is charged, `cancel_on` the first that is not.
    """

    schedule: Schedule
    next_index: int
    left: int | None = None
    end_on: date | None = None
    cancel_on: date | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """A date whose charge is late: billed with its nominal date `due_on`, charged on `charge_on`."""

    index: int
    due_on: date
    charge_on: date


def remaining(standing: Standing) -> range | None:
    """The indexes still to be billed, were there no pause; None when there is no end."""
    schedule, stops = standing.schedule, []
    if standing.left is not None:
        stops.append(standing.next_index + standing.left)
    if standing.end_on is not None:
        stops.append(index_after(schedule, standing.end_on))
    if standing.cancel_on is not None:
        stops.append(index_on_or_after(schedule, standing.cancel_on))
    return range(standing.next_index, max(standing.next_index, min(stops))) if stops else None


def closes_on(standing: Standing) -> date | None:
    """The day on which it is over by date whatever was paid, pause or not; None without such a day."""
    # An end on the last day there is means "never".
    ends = standing.end_on if standing.end_on != date.max else None
    day_after = ends + timedelta(days=1) if ends else None
    return min((day for day in (day_after, standing.cancel_on) if day), default=None)


def late(standing: Standing, today: date) -> list[Late]:
    """What is due by today, oldest first: each keeps its nominal date, and one a day is charged from today on."""
    left, stop = remaining(standing), index_after(standing.schedule, today)
    indexes = range(standing.next_index, stop if left is None else min(stop, left.stop))
    return [
        Late(index, occurrence(standing.schedule, index), today + timedelta(days=place))
        for place, index in enumerate(indexes)
    ]
