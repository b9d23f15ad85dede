"""A site's time: the real one, or on some test sites a clock of its own that only moves forward when told to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotAllowedNow, invalid
from portal.core.instants import local_day
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class DueTimes:
    """The pair of columns of `portal.core.due.Due`: real time, or the site's own."""

    due_at: datetime | None
    site_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClockFace:
    now: datetime
    status: Literal["ready", "advancing"]


NEVER = DueTimes(None, None)


def now(site: Site) -> datetime:
    """The site's instant in UTC."""
    return site.clock_at or real_now()


def today(site: Site) -> date:
    """The civil date at the site."""
    return local_day(now(site), site.timezone)


def due(site: Site, at: datetime) -> DueTimes:
    """When the workers shall see work that falls due `at` (the site's time)."""
    return due_by(site.clock_at, at)


def due_by(clock_at: datetime | None, at: datetime) -> DueTimes:
    """The same for a site's clock read in bulk; None: the site lives on the real time."""
    if clock_at is None:
        return DueTimes(at, None)
    return DueTimes(real_now(), None) if at <= clock_at else DueTimes(None, at)


def face(site: Site) -> ClockFace:
    return ClockFace(now(site), "advancing" if site.clock_target else "ready")


def set_target(site_id: uuid.UUID, to: datetime) -> ClockFace:
    """Ask for the clock to move to `to`; workers do all that falls due on the way, in order.

    Raises NotAllowedNow where the site has no clock of its own, InvalidFields where `to` lies in its past.
    """
    site = session().get_one(Site, site_id, with_for_update=True)
    if site.clock_at is None:
        raise NotAllowedNow("This site lives on the real time. Only a test site made with --clock can be advanced.")
    if to < max(site.clock_at, site.clock_target or site.clock_at):
        raise invalid("to", f"A clock only moves forward: give a time after {site.clock_at.isoformat()}.")
    site.clock_target = to
    return face(site)
