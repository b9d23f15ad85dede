"""What a timeline is made of: entries with a time, an actor's shape, a title, and what there is to say."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from portal.console import times
from portal.console.terms import Difference
from portal.core.changes import Change
from portal.sites.models import Site

Shape = Literal[
    "by-api", "by-person", "by-machine", "by-portal", "is-good", "is-bad", "is-unknown", "by-portal is-next"
]
Group = Literal["messages", "money", "api", "staff"]


@dataclass(frozen=True, slots=True)
class More:
    """What opens on demand: bodies, tries, evidence."""

    summary: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. `row_id` orders what has the same time: a site's own clock can stand still.

    `contact` is set apart in the title, `quote` is what somebody else said or saw, `says` are our own sentences.
    """

    at: datetime
    row_id: uuid.UUID
    shape: Shape
    group: Group
    title: str
    contact: str = ""
    who: str = ""
    quote: str = ""
    says: Sequence[str] = ()
    differences: Sequence[Difference] = ()
    more: Sequence[More] = ()
    link_id: uuid.UUID | None = None
    call_id: uuid.UUID | None = None
    rank: int = 5  # among what was written in the same millisecond: the cause before its effects


@dataclass(frozen=True, slots=True)
class TimedEntry:
    time_text: str
    time_iso: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Day:
    heading: str
    entries: Sequence[TimedEntry]


def by_day(entries: Sequence[Entry], site: Site) -> list[Day]:
    """In the site's zone, oldest first; the first heading names the zone."""
    timed = [_timed(entry, site) for entry in sorted(entries, key=_order)]
    days = [Day(times.day_heading(day), list(group)) for day, group in groupby(timed, key=_day)]
    if days:
        days[0] = Day(f"{days[0].heading}, {times.zone_text(site.timezone)}", days[0].entries)
    return days


def who_did(change: Change, site: Site) -> str:
    """The actor of a line of the log, as support reads it."""
    if change.actor == "merchant":
        return f"{_possessive(site.name)} system, key {short(change.actor_name)}"
    named: dict[str, str] = {
        "customer": "Customer",
        "staff": change.actor_name,
        "system": "Portal",
        "machine": "A machine",
    }
    return named.get(change.actor, change.actor_name)


def short(text: str) -> str:
    """The beginning and the end of a long id."""
    return text if len(text) <= 12 else f"{text[:5]}…{text[-2:]}"


def _possessive(name: str) -> str:
    return f"{name}’" if name.endswith("s") else f"{name}’s"


def _order(entry: Entry) -> tuple[datetime, int, int, int]:
    return entry.at, entry.row_id.int >> 80, entry.rank, entry.row_id.int


def _timed(entry: Entry, site: Site) -> TimedEntry:
    at = times.local(entry.at, site.timezone)
    return TimedEntry(times.clock_text(at), at.isoformat(timespec="milliseconds"), entry)


def _day(timed: TimedEntry) -> date:
    return datetime.fromisoformat(timed.time_iso).date()
