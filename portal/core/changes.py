"""The append-only log: who changed what, from which value to which, under which request."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import real_now
from portal.core.columns import Json
from portal.core.context import acting
from portal.core.database import Row, session


class Change(Row):
    """One line of the log; never updated, never deleted. `fields` is a list of {field, old, new}."""

    __tablename__ = "changes"
    __table_args__ = (
        Index(None, "site_id", "subscription_id", "at"),
        Index(None, "request_id"),
    )

    site_id: Mapped[uuid.UUID]
    subscription_id: Mapped[uuid.UUID | None]
    entity: Mapped[str]
    entity_id: Mapped[uuid.UUID]
    what: Mapped[str]
    fields: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    actor: Mapped[str]
    actor_name: Mapped[str]
    request_id: Mapped[str]
    at: Mapped[datetime]
    real_at: Mapped[datetime]


def record(
    what: str,
    *,
    site_id: uuid.UUID,
    entity: str,
    entity_id: uuid.UUID,
    at: datetime,
    subscription_id: uuid.UUID | None = None,
    fields: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Add a line in the open transaction. `at` is the site's time; `fields` maps a name to (old, new)."""
    by = acting()
    session().add(
        Change(
            site_id=site_id,
            subscription_id=subscription_id,
            entity=entity,
            entity_id=entity_id,
            what=what,
            fields=[{"field": name, "old": old, "new": new} for name, (old, new) in (fields or {}).items()],
            actor=by.kind,
            actor_name=by.name,
            request_id=by.request_id,
            at=at,
            real_at=real_now(),
        )
    )
