"""Addresses of a site that are told of everything: added with a secret of their own, listed, removed."""

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
from portal.webhooks.models import Delivery, Endpoint
from portal.webhooks.sign import new_secret

ACTIONS = ("payment", "notification", "subscription")
STYLES = ("native",)


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


def remove(site: Site, text: str) -> Endpoint:
    """Nothing more is sent there, what waits included. Raises NotFound, also when it was removed before."""
    mine = select(Endpoint).where(Endpoint.id == read_id(text), Endpoint.site_id == site.id).with_for_update()
    endpoint = session().scalar(mine.where(Endpoint.removed_at.is_(None)))
    if endpoint is None:
        raise NotFound("There is no webhook with this id.")
    endpoint.removed_at = clock.now(site)
    session().execute(
        update(Delivery)
        .where(Delivery.endpoint_id == endpoint.id, Delivery.status == "waiting")
        .values(status="failed", due_at=None, site_due_at=None)
    )
    _record(site, endpoint, "webhook removed", (endpoint.url, None))
    return endpoint


def _record(site: Site, endpoint: Endpoint, what: str, url: tuple[str | None, str | None]) -> None:
    changes.record(
        what,
        site_id=site.id,
        entity="webhook",
        entity_id=endpoint.id,
        at=clock.now(site),
        fields={"url": url},
    )
