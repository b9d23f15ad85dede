"""Who is signed in: a row for each browser, found by the hash of its cookie's secret, dead at once when it must be."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, request
from flask import session as cookie
from sqlalchemy import select

from portal.console.models import Staff, StaffSession
from portal.console.people import ROLES
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.security import digest
from portal.core.settings import Settings
from portal.sites.create import demo_site, only_demo_exists
from portal.sites.models import Site

COOKIE = "staff"  # its name inside Flask's signed cookie
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
NOTED_EVERY = timedelta(minutes=1)
DEMO_AGENT = "demo agent"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# A proxy on this very machine makes the whole world look local; its headers give it away.
_SIGNS_OF_A_PROXY = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at the console. `only_site` limits the demo agent to the demo site; None sees every site."""

    session_id: uuid.UUID
    name: str
    role: str
    only_site: uuid.UUID | None
    seen_at: datetime

    def may(self, role: str) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def may_act(self) -> bool:
        return self.may("agent")

    @property
    def is_due_to_be_noted(self) -> bool:
        return real_now() - self.seen_at >= NOTED_EVERY


def start(staff_id: uuid.UUID | None) -> str:
    """A new session in the open transaction (None: the demo agent); the secret for the cookie."""
    secret, now = secrets.token_urlsafe(32), real_now()
    session().add(
        StaffSession(
            staff_id=staff_id, token_hash=digest(secret), created_at=now, seen_at=now, expires_at=now + LONGEST
        )
    )
    return secret


def end(secret: str) -> None:
    row = session().scalar(select(StaffSession).where(StaffSession.token_hash == digest(secret)))
    if row is not None:
        row.ended_at = row.ended_at or real_now()


def note_seen(session_id: uuid.UUID) -> None:
    session().get_one(StaffSession, session_id).seen_at = real_now()


def current() -> SignedIn | None:
    """Whose request this is, asked in an open transaction; None when nobody's."""
    secret = cookie.get(COOKIE)
    if not isinstance(secret, str) or not secret:
        return None
    row = (
        session()
        .execute(
            select(StaffSession, Staff)
            .outerjoin(Staff, Staff.id == StaffSession.staff_id)
            .where(StaffSession.token_hash == digest(secret))
        )
        .first()
    )
    if row is None or not _is_alive(row[0]):
        return None
    return _person(row[0], row[1])


def visible_test_sites() -> Sequence[Site] | None:
    """The test sites of who is signed in, for the sandbox's phone; None where nobody is."""
    person = current()
    if person is None:
        return None
    mine = select(Site).where(Site.mode == "test")
    if person.only_site is not None:
        mine = mine.where(Site.id == person.only_site)
    return session().scalars(mine).all()


def may_be_demo_agent() -> bool:
    """True on the embedded default bound to loopback and asked by it, while the demo site is the only one."""
    settings: Settings = current_app.extensions["portal_settings"]
    here = settings.embedded and settings.host in LOOPBACK and _host_asked() in LOOPBACK
    if not here or any(name in request.headers for name in _SIGNS_OF_A_PROXY):
        return False
    return only_demo_exists() and demo_site() is not None


def _host_asked() -> str:
    """The host of the request without its port; an IPv6 address without its brackets."""
    host = request.host
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_alive(row: StaffSession) -> bool:
    now = real_now()
    return row.ended_at is None and now < row.expires_at and now - row.seen_at < IDLE


def _person(row: StaffSession, staff: Staff | None) -> SignedIn | None:
    if row.staff_id is not None:
        if staff is None or staff.disabled_at is not None:
            return None
        return SignedIn(row.id, staff.email, staff.role, None, row.seen_at)
    demo = demo_site() if may_be_demo_agent() else None
    return SignedIn(row.id, DEMO_AGENT, "agent", demo.id, row.seen_at) if demo else None
