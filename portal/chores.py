"""What the command line does once: make sites, keys and staff, move a clock, describe the API, show the demo."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from flask import Flask

from portal.api import description
from portal.app import create_app
from portal.billing.dunning import DunningPolicy, policy_of
from portal.core import changes, json
from portal.core.context import acting_as, new_request_id
from portal.core.database import reading, session, transaction
from portal.core.errors import NotFound, invalid
from portal.core.ids import read_id
from portal.core.jobs import Job, enqueue
from portal.core.settings import Settings
from portal.customers.emails import InvalidEmail, parse_email
from portal.customers.phones import InvalidPhone, parse_phone
from portal.sites import clock, keys
from portal.sites.branding import Branding, rebrand
from portal.sites.create import NewSite, create
from portal.sites.keys import NewKey
from portal.sites.models import ApiKey, Site
from portal.sites.policy import Policy, set_policy
from portal.webhooks import rotation


@contextmanager
def opened(settings: Settings) -> Iterator[Flask]:
    """The app for one command, whose changes are the command line's."""
    app = create_app(settings, sockets="none")
    with app.app_context(), acting_as("staff", "command line", new_request_id()):
        yield app


def create_site(settings: Settings, order: NewSite) -> dict[str, str]:
    with opened(settings), transaction():
        created = create(order)
        return {
            "site_id": str(created.site.id),
            "key_id": created.key.key_id,
            "api_key": created.key.api_key,
            "webhook_secret": created.webhook_secret,
        }


def site_policy(settings: Settings, site_id: str, wanted: Policy) -> dict[str, str]:
    """Set what was given and show all of it. Raises NotFound, InvalidFields."""
    with opened(settings), transaction():
        site = site_of(site_id)
        policy = set_policy(site, _checked(site, wanted))
        return {name: str(value) if value is not None else "" for name, value in asdict(policy).items()}


def _checked(site: Site, wanted: Policy) -> Policy:
    phone = _phone_at(site, must_be_valid=site.mode == "live")
    return replace(
        wanted,
        support_phone=_read("support-phone", wanted.support_phone, phone),
        support_email=_read("support-email", wanted.support_email, parse_email),
        alerts_email=_read("alerts-email", wanted.alerts_email, parse_email),
    )


def _phone_at(site: Site, *, must_be_valid: bool) -> Callable[[str], str]:
    return lambda text: parse_phone(text, site.country, must_be_valid=must_be_valid)


def _read(option: str, given: str | None, parse: Callable[[str], str]) -> str | None:
    try:
        return parse(given) if given else given
    except (InvalidPhone, InvalidEmail) as error:
        raise invalid(option, str(error)) from None


def brand_site(settings: Settings, site_id: str, order: Branding) -> None:
    """The phone may be written as people do; it is kept in E.164."""
    with opened(settings), transaction():
        site = site_of(site_id)
        phone = _read("support-phone", order.support_phone, _phone_at(site, must_be_valid=True))
        email = _read("support-email", order.support_email, parse_email)
        rebrand(site, replace(order, support_phone=phone, support_email=email))


def dunning(settings: Settings, site_id: str, policy: str | None) -> str:
    """The site's policy as JSON, after it was changed to `policy` if there is one; it is for every try from now on."""
    with opened(settings), transaction():
        site = site_of(site_id)
        if policy is not None:
            before, wanted = policy_of(site), DunningPolicy.from_dict(_object(policy))
            site.dunning = wanted.as_dict() if wanted != DunningPolicy() else None
            changes.record(
                "dunning policy changed",
                site_id=site.id,
                entity="site",
                entity_id=site.id,
                at=clock.now(site),
                fields={"dunning": (before.as_dict(), wanted.as_dict())},
            )
        return json.dumps(policy_of(site).as_dict())


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.BadJson as wrong:
        raise invalid("policy", str(wrong)) from None
    if not isinstance(found, dict):
        raise invalid("policy", "Give a JSON object.")
    return found


def create_key(settings: Settings, site_id: str, order: NewKey) -> dict[str, str]:
    with opened(settings), transaction():
        issued = keys.issue(site_of(site_id), order)
        return {"key_id": issued.key_id, "api_key": issued.api_key}


def revoke_key(settings: Settings, key_id: str) -> datetime:
    with opened(settings), transaction():
        return keys.revoke(key_id)


def list_keys(settings: Settings, site_id: str) -> list[str]:
    with opened(settings), reading():
        rows = keys.of_site(site_of(site_id).id)
        return [_key_line(row) for row in rows]


def _key_line(row: ApiKey) -> str:
    parts = [row.key_id, f"…{row.last_four or '????'}", row.scopes.replace(" ", ","), f"made {row.created_at:%Y-%m-%d}"]
    if row.rate or row.burst:
        parts.append(f"limit {row.rate or '-'} a second, {row.burst or '-'} at once")
    parts.append(f"used {row.last_used_at:%Y-%m-%d %H:%M}Z" if row.last_used_at else "never used")
    if row.expires_at:
        parts.append(f"expires {row.expires_at:%Y-%m-%d %H:%M}Z")
    if row.revoked_at:
        parts.append(f"revoked {row.revoked_at:%Y-%m-%d}")
    return "  ".join([*parts, row.name] if row.name else parts)


def limit_site(settings: Settings, site_id: str, rate: int | None, burst: int | None) -> str:
    with opened(settings), transaction():
        keys.limit_site(site_of(site_id).id, rate, burst)
    return f"Keys of {site_id} may make {rate or keys.RATE} calls a second, {burst or keys.BURST} at once."


def rotate_webhook_secret(settings: Settings, site_id: str) -> str:
    with opened(settings), transaction():
        return rotation.rotate_own(site_of(site_id))


def create_staff(settings: Settings, email: str, role: str) -> dict[str, str]:
    from portal.console.people import create_staff as add_person

    with opened(settings), transaction():
        person = add_person(email, role)
        return {"email": person.email, "password": person.password, "totp_secret": person.totp_secret}


def advance_clock(settings: Settings, site_id: str, to: datetime, *, wait: bool) -> str:
    """Write the target; the running workers do the rest. Waiting looks every tenth of a second."""
    with opened(settings):
        with transaction():
            site = site_of(site_id)
            clock.set_target(site.id, to)
            enqueue(Job.ADVANCE_CLOCK, site.id)
        while wait and _is_advancing(site.id):
            threading.Event().wait(0.1)
        with reading():
            face = clock.face(site_of(site_id))
    return f"{face.now.isoformat()} {face.status}"


def _is_advancing(site_id: uuid.UUID) -> bool:
    with reading():
        return clock.face(session().get_one(Site, site_id)).status == "advancing"


def site_of(site_id: str) -> Site:
    our_id = read_id(site_id)
    site = session().get(Site, our_id) if our_id else None
    if site is None:
        raise NotFound(f"There is no site {site_id}.")
    return site


def openapi_document(settings: Settings) -> dict[str, Any]:
    """The API as the running server describes it."""
    with opened(settings) as app:
        return description.built(app).shape


def postman_collection(settings: Settings) -> dict[str, Any]:
    with opened(settings) as app:
        return description.collection(app)


def demo(settings: Settings) -> str:
    """The demo site's welcome; made on the first call."""
    from portal.demo import welcome

    with opened(settings):
        return welcome(settings)
