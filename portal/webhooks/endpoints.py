"""Addresses of a site that are told of everything: added with a secret of their own, silenced, removed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.core.security import keys
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks import styles
from portal.webhooks.models import Delivery, Endpoint
from portal.webhooks.sign import new_secret

ACTIONS = ("payment", "notification", "subscription")
STYLES = styles.NAMES


@dataclass(frozen=True, slots=True)
class Added:
    """The only moment at which the secret can be read."""

    endpoint: Endpoint
    secret: str


def add(site: Site, url: str, actions: Sequence[str] | None, style: str = "native") -> Added:
    """Tell this address of every action, or of these; it was checked before."""
    secret = new_secret()
    endpoint = Endpoint(
        site_id=site.id,
        url=url,
        actions=sorted(set(actions)) if actions else None,
        style=style,
        secret_sealed=keys().seal(secret),
        created_at=clock.now(site),
    )
    session().add(endpoint)
    session().flush()
    _record(site, endpoint, "webhook added", (None, url))
    return Added(endpoint, secret)


def of_site(site_id: uuid.UUID) -> Sequence[Endpoint]:
    """Those that listen now, the oldest first."""
    mine = select(Endpoint).where(Endpoint.site_id == site_id, Endpoint.removed_at.is_(None))
    return session().scalars(mine.order_by(Endpoint.created_at, Endpoint.id)).all()


def find(site_id: uuid.UUID, text: str, *, lock: bool = False) -> Endpoint:
    """Raises NotFound, for another site's and for one that was removed too."""
    mine = select(Endpoint).where(Endpoint.id == read_id(text), Endpoint.site_id == site_id)
    wanted = mine.where(Endpoint.removed_at.is_(None))
    endpoint = session().scalar(wanted.with_for_update() if lock else wanted)
    if endpoint is None:
        raise NotFound("There is no webhook with this id.")
    return endpoint


def disable(site: Site, text: str) -> Endpoint:
    """Nothing is sent there until it is enabled; what waits is given up and can be replayed. Raises NotFound."""
    endpoint = find(site.id, text, lock=True)
    if endpoint.disabled_at is None:
        silence(site, endpoint, None)
    endpoint.off_reason = None  # from now on it is the merchant's own wish
    return endpoint


def silence(site: Site, endpoint: Endpoint, reason: str | None) -> None:
    """Switch it off, locked by the caller: by us for a reason, or as its merchant wishes."""
    endpoint.disabled_at, endpoint.off_reason = clock.now(site), reason
    _give_up_what_waits(endpoint)
    what = "webhook switched off" if reason else "webhook disabled"
    _record(site, endpoint, what, (endpoint.url, endpoint.url), **({"reason": (None, reason)} if reason else {}))


def enable(site: Site, text: str) -> Endpoint:
    """It is told of what happens from now on. Raises NotFound."""
    endpoint = find(site.id, text, lock=True)
    if endpoint.disabled_at is not None:
        endpoint.disabled_at = endpoint.off_reason = endpoint.failing_since = None
        _record(site, endpoint, "webhook enabled", (endpoint.url, endpoint.url))
    return endpoint


def remove(site: Site, text: str) -> Endpoint:
    """Nothing more is sent there, what waits included. Raises NotFound, also when it was removed before."""
    endpoint = find(site.id, text, lock=True)
    endpoint.removed_at = clock.now(site)
    _give_up_what_waits(endpoint)
    _record(site, endpoint, "webhook removed", (endpoint.url, None))
    return endpoint


def _give_up_what_waits(endpoint: Endpoint) -> None:
    session().execute(
        update(Delivery)
        .where(Delivery.endpoint_id == endpoint.id, Delivery.status == "waiting")
        .values(status="failed", due_at=None, site_due_at=None)
    )


def _record(
    site: Site, endpoint: Endpoint, what: str, url: tuple[str | None, str | None], **more: tuple[str | None, str | None]
) -> None:
    changes.record(
        what,
        site_id=site.id,
        entity="webhook",
        entity_id=endpoint.id,
        at=clock.now(site),
        fields={"url": url, **more},
    )
