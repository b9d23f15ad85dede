"""One subscription's dates in any zone, at its site's hour or an agreed hour UTC, walked instant by instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.life.walk import Walk

SITE_HOUR = 9


def instant_of(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks there show that hour; in a gap the one that is as far behind it as wished.

    Found among all offsets in use around that day, not by asking the zone what a local time would be.
    """
    wished = datetime(day.year, day.month, day.day, hour)
    around = [wished.replace(tzinfo=UTC) + timedelta(minutes=15 * step) for step in range(-120, 121)]
    offsets = [moment.astimezone(zone).replace(tzinfo=None) - moment.replace(tzinfo=None) for moment in around]
    found = [(wished - offset).replace(tzinfo=UTC) for offset in sorted(set(offsets))]
    shown = [moment for moment in found if moment.astimezone(zone).replace(tzinfo=None) == wished]
    return min(shown) if shown else (wished - offsets[0]).replace(tzinfo=UTC)


@dataclass
class Zoned:
    """What must be taken and when. `hour_utc` takes the place of the site's hour, and UTC days that of its days."""

    name: str
    zone: ZoneInfo
    frequency: str
    units: int
    start: date | None
    count: int | None
    end: date | None
    hour_utc: int | None
    status: str = "pending"
    charges: list[tuple[str, datetime]] = field(default_factory=list)
    next: date | None = None
    resume_on: date | None = None

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(UTC if self.hour_utc is not None else self.zone).date()

    def due_at(self, day: date) -> datetime:
        return instant_of(day, SITE_HOUR, self.zone) if self.hour_utc is None else self.utc(day, self.hour_utc)

    def dawn(self, day: date) -> datetime:
        return instant_of(day, 0, self.zone) if self.hour_utc is None else self.utc(day, 0)

    @staticmethod
    def utc(day: date, hour: int) -> datetime:
        return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)

    def confirm(self, now: datetime) -> None:
        today = self.day_of(now)
        self.walk = Walk(self.frequency, self.units, self.start or today)
        self.status, anchor = "active", self.walk.anchor
        waits = anchor == today and self.hour_utc is not None and self.utc(today, self.hour_utc) > now
        if anchor > today or waits:
            self.goes_on(anchor)
        else:
            slot = self.walk.last_until(today)
            self.take(slot, now)

    def take(self, slot: date, at: datetime) -> None:
        self.charges.append((slot.isoformat(), at))
        self.goes_on(self.walk.first_after(slot))

    def goes_on(self, day: date) -> None:
        """To this date, unless count or end has come."""
        if self.count is not None and len(self.charges) >= self.count:
            self.status, self.next = "completed", None
        else:
            self.next = None if self.end is not None and day > self.end else day

    def looks(self) -> list[tuple[datetime, str]]:
        """What comes by itself, and when."""
        coming = []
        if self.end is not None:
            coming.append((self.dawn(self.end + timedelta(days=1)), "end"))
        if self.status == "active" and self.next is not None:
            coming.append((self.due_at(self.next), "charge"))
        if self.status == "paused" and self.resume_on is not None:
            coming.append((self.dawn(self.resume_on), "resume"))
        return coming

    def runs_until(self, now: datetime) -> None:
        while self.status in {"active", "paused"}:
            due = [look for look in self.looks() if look[0] <= now]
            if not due:
                return
            at, what = min(due, key=lambda look: (look[0], ["charge", "end", "resume"].index(look[1])))
            if what == "charge":
                assert self.next is not None
                self.take(self.next, at)
            elif what == "resume":
                self.resume(at)
            else:
                self.status, self.next = "expired", None

    def pause(self, until: date | None = None, payments: int | None = None) -> None:
        self.status, self.resume_on = "paused", until
        if payments is not None and self.next is not None:
            day = self.next
            for _ in range(payments):
                day = self.walk.first_after(day)
            self.resume_on = None if self.end is not None and day > self.end else day

    def resume(self, now: datetime) -> date | None:
        """The first date from today that was not taken yet, which is the answer; at once where its hour has passed."""
        self.status, self.resume_on = "active", None
        if self.next is not None:
            self.goes_on(self.walk.first_from(max(self.day_of(now), self.next)))
        coming = self.next
        if coming is not None and self.due_at(coming) <= now:
            self.take(coming, now)
        return coming
