"""API keys: issued once in clear, kept as a hash, found by hash, limited in scope, rate and time, revoked at once."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import or_, select, update

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import InvalidFields, NotFound, Problem
from portal.core.security import digest
from portal.sites.models import ApiKey, Site

SCOPES = ("read", "write", "refund")
RATE, BURST = 100, 300  # calls a second that a key may go on making, and that it may make at once
LONGEST_NAME = 100
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """`rate` calls a second, `burst` at once."""

    rate: int = RATE
    burst: int = BURST


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key may do and for how long; None for the site's own limit, or for no end."""

    name: str = ""
    scopes: tuple[str, ...] = SCOPES
    expires_at: datetime | None = None
    rate: int | None = None
    burst: int | None = None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """The only moment at which the secret exists in clear."""

    key_id: str
    api_key: str


@dataclass(frozen=True, slots=True)
class KnownKey:
    """Whom a secret speaks for; only one whose state is good may do anything."""

    id: uuid.UUID
    key_id: str
    site_id: uuid.UUID
    scopes: frozenset[str]
    limit: Limit
    state: Literal["good", "revoked", "expired"]


def issue(site: Site, order: NewKey | None = None) -> IssuedKey:
    """Make a key. Raises InvalidFields for what cannot be used."""
    order = order or NewKey()
    problems = list(_problems(order))
    if problems:
        raise InvalidFields(problems)
    issued = IssuedKey(f"ak_{secrets.token_hex(8)}", f"sk_{site.mode}_{secrets.token_urlsafe(32)}")
    session().add(
        ApiKey(
            key_id=issued.key_id,
            site_id=site.id,
            secret_hash=digest(issued.api_key),
            name=order.name.strip(),
            last_four=issued.api_key[-4:],
            scopes=" ".join(scope for scope in SCOPES if scope in order.scopes),
            rate=order.rate,
            burst=order.burst,
            created_at=real_now(),
            expires_at=order.expires_at,
        )
    )
    return issued


def find(api_key: str, key_id: str | None = None) -> KnownKey | None:
    """The key with this secret, looked up by its hash; None when it is unknown or not under `key_id`."""
    row = (
        session()
        .execute(
            select(ApiKey, Site.api_rate, Site.api_burst)
            .join(Site, Site.id == ApiKey.site_id)
            .where(ApiKey.secret_hash == digest(api_key))
        )
        .first()
    )
    if row is None:
        return None
    key, site_rate, site_burst = row
    if key_id is not None and not secrets.compare_digest(key.key_id.encode(), key_id.encode()):
        return None
    limit = Limit(key.rate or site_rate or RATE, key.burst or site_burst or BURST)
    return KnownKey(key.id, key.key_id, key.site_id, frozenset(key.scopes.split()), limit, _state(key))


def revoke(key_id: str) -> datetime:
    """Raises NotFound for an unknown key; revoking twice keeps the first time."""
    row = session().scalar(select(ApiKey).where(ApiKey.key_id == key_id))
    if row is None:
        raise NotFound(f"There is no key {key_id}.")
    row.revoked_at = row.revoked_at or real_now()
    return row.revoked_at


def of_site(site_id: uuid.UUID) -> Sequence[ApiKey]:
    return session().scalars(select(ApiKey).where(ApiKey.site_id == site_id).order_by(ApiKey.created_at)).all()


def note_use(key_ids: Iterable[str], at: datetime) -> None:
    """Remember that these keys were used, where that was not noted within the last minute."""
    is_old = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= at - USE_NOTED_EVERY)
    session().execute(update(ApiKey).where(ApiKey.key_id.in_(sorted(key_ids)), is_old).values(last_used_at=at))


def limit_site(site_id: uuid.UUID, rate: int | None, burst: int | None) -> None:
    """Set how fast the keys of a site may call where they have no limit of their own. Raises InvalidFields."""
    problems = list(_limit_problems(rate, burst))
    if problems:
        raise InvalidFields(problems)
    site = session().get_one(Site, site_id)
    site.api_rate, site.api_burst = rate, burst


def _state(key: ApiKey) -> Literal["good", "revoked", "expired"]:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= real_now() else "good"


def _problems(order: NewKey) -> Iterable[Problem]:
    if len(order.name) > LONGEST_NAME or not order.name.isprintable():
        yield Problem("name", "invalid", f"Give a name of at most {LONGEST_NAME} characters.")
    if not order.scopes or not set(order.scopes) <= set(SCOPES):
        yield Problem("scope", "invalid", f"Give one or more of {', '.join(SCOPES)}.")
    if order.expires_at is not None and order.expires_at <= real_now():
        yield Problem("expires", "invalid", "Give a time to come.")
    yield from _limit_problems(order.rate, order.burst)


def _limit_problems(rate: int | None, burst: int | None) -> Iterable[Problem]:
    for name, value in (("rate", rate), ("burst", burst)):
        if value is not None and not 1 <= value <= 1_000_000:
            yield Problem(name, "invalid", "Give a whole number from 1 to 1,000,000.")
