"""Secrets of webhooks change without a break: for a day both the new and the old one sign what is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import changes
from portal.core.clock import real_now
from portal.core.database import Row, session
from portal.core.security import keys
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks import endpoints
from portal.webhooks.endpoints import Added
from portal.webhooks.models import Endpoint
from portal.webhooks.sign import new_secret

OVERLAP = timedelta(hours=24)


class RetiredSecret(Row):
    """A secret that was replaced and still signs until its time is over, real time like every signature."""

    __tablename__ = "retired_secrets"
    __table_args__ = (Index(None, "site_id", "endpoint_id"),)

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    endpoint_id: Mapped[uuid.UUID | None]  # None: the site's own, for the webhook_url of subscriptions
    secret_sealed: Mapped[str]
    good_until: Mapped[datetime]


def rotate(site: Site, text: str) -> Added:
    """A new secret for this endpoint, readable here alone. Raises NotFound."""
    endpoint = endpoints.find(site.id, text, lock=True)
    secret = new_secret()
    _retire(site, endpoint.id, endpoint.secret_sealed)
    endpoint.secret_sealed = keys().seal(secret)
    return Added(endpoint, secret)


def rotate_own(site: Site) -> str:
    """The same for the secret that signs what goes to the webhook_url of subscriptions."""
    session().refresh(site, with_for_update=True)
    secret = new_secret()
    _retire(site, None, site.webhook_secret_sealed)
    site.webhook_secret_sealed = keys().seal(secret)
    return secret


def signing(site: Site, endpoint: Endpoint | None) -> Sequence[str]:
    """Every secret that signs now, the present one first."""
    present = endpoint.secret_sealed if endpoint else site.webhook_secret_sealed
    older = select(RetiredSecret.secret_sealed).where(
        RetiredSecret.site_id == site.id,
        RetiredSecret.endpoint_id == endpoint.id if endpoint else RetiredSecret.endpoint_id.is_(None),
        RetiredSecret.good_until > real_now(),
    )
    found = session().scalars(older.order_by(RetiredSecret.id.desc()))
    return [keys().unseal(sealed) for sealed in (present, *found)]


def _retire(site: Site, endpoint_id: uuid.UUID | None, sealed: str) -> None:
    session().add(
        RetiredSecret(site_id=site.id, endpoint_id=endpoint_id, secret_sealed=sealed, good_until=real_now() + OVERLAP)
    )
    changes.record(
        "webhook secret rotated",
        site_id=site.id,
        entity="webhook" if endpoint_id else "site",
        entity_id=endpoint_id or site.id,
        at=clock.now(site),
        fields={},
    )
