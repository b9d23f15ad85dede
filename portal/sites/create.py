"""A site comes into being: checked, with its first key and its webhook secret."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import func, select

from portal.core import currencies
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import InvalidFields, Problem
from portal.core.security import keys as key_ring
from portal.sites import keys
from portal.sites.models import Site

RECONCILE_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewSite:
    name: str
    mode: Literal["test", "live"] = "test"
    timezone: str = "America/Chicago"
    currency: str = "USD"
    country: str = "US"
    locale: str = "en"
    clock: datetime | None = None
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class CreatedSite:
    """What is shown once: the secrets are not readable afterwards."""

    site: Site
    key: keys.IssuedKey
    webhook_secret: str


def create(order: NewSite) -> CreatedSite:
    """Make a site with one key. Raises InvalidFields naming every option that cannot be used."""
    problems = list(_problems(order))
    if problems:
        raise InvalidFields(problems)
    webhook_secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    site = Site(
        name=order.name.strip(),
        mode=order.mode,
        timezone=order.timezone,
        currency=order.currency,
        country=order.country,
        locale=order.locale,
        clock_at=order.clock,
        webhook_secret_sealed=key_ring().seal(webhook_secret),
        is_demo=order.is_demo,
        created_at=real_now(),
        reconcile_at=real_now() + RECONCILE_EVERY,
    )
    session().add(site)
    session().flush()
    return CreatedSite(site, keys.issue(site), webhook_secret)


def demo_site() -> Site | None:
    return session().scalar(select(Site).where(Site.is_demo).limit(1))


def only_demo_exists() -> bool:
    """The console's demo button lives while no other site does (contract section 12, Processes)."""
    return session().scalar(select(func.count()).select_from(Site).where(~Site.is_demo)) == 0


def _problems(order: NewSite) -> list[Problem]:
    found = []
    if not order.name.strip() or len(order.name) > 200:
        found.append(Problem("name", "invalid", "Give a name of 1 to 200 characters."))
    if not _is_zone(order.timezone):
        found.append(Problem("timezone", "invalid", "Give an IANA time zone such as America/Chicago."))
    if not currencies.known(order.currency):
        found.append(Problem("currency", "invalid", "Give an ISO 4217 code such as USD."))
    if order.country not in SUPPORTED_REGIONS:
        found.append(Problem("country", "invalid", "Give an ISO 3166 code such as US."))
    if not _is_locale(order.locale):
        found.append(Problem("locale", "invalid", "Give a language such as en, fr, da or ar."))
    if order.clock is not None and order.mode != "test":
        found.append(Problem("clock", "invalid", "Only a test site can have a clock of its own."))
    return found


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _is_locale(name: str) -> bool:
    try:
        return bool(Locale.parse(name.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return False
