"""API keys: issued once in clear, kept as a hash, found by hash, revoked at once."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotFound
from portal.core.security import digest
from portal.sites.models import ApiKey, Site


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """The only moment at which the secret exists in clear."""

    key_id: str
    api_key: str


@dataclass(frozen=True, slots=True)
class KnownKey:
    """Who a valid key speaks for."""

    key_id: str
    site_id: uuid.UUID


def issue(site: Site) -> IssuedKey:
    issued = IssuedKey(f"ak_{secrets.token_hex(8)}", f"sk_{site.mode}_{secrets.token_urlsafe(32)}")
    session().add(
        ApiKey(key_id=issued.key_id, site_id=site.id, secret_hash=digest(issued.api_key), created_at=real_now())
    )
    return issued


def find(api_key: str, key_id: str | None = None) -> KnownKey | None:
    """The key with this secret, looked up by its hash; None when unknown, revoked or not under `key_id`."""
    row = session().scalar(select(ApiKey).where(ApiKey.secret_hash == digest(api_key), ApiKey.revoked_at.is_(None)))
    if row is None or (key_id is not None and not secrets.compare_digest(row.key_id.encode(), key_id.encode())):
        return None
    return KnownKey(row.key_id, row.site_id)


def revoke(key_id: str) -> datetime:
    """Raises NotFound for an unknown key; revoking twice keeps the first time."""
    row = session().scalar(select(ApiKey).where(ApiKey.key_id == key_id))
    if row is None:
        raise NotFound(f"There is no key {key_id}.")
    row.revoked_at = row.revoked_at or real_now()
    return row.revoked_at


def of_site(site_id: uuid.UUID) -> Sequence[ApiKey]:
    return session().scalars(select(ApiKey).where(ApiKey.site_id == site_id).order_by(ApiKey.created_at)).all()
