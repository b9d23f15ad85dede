"""Work that falls due is a row with a time; a claim moves it on by a lease, so a dead worker's work comes back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, select, text, update
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from portal.core.clock import real_now
from portal.core.database import session

LEASE = timedelta(seconds=60)  # outlasts the slowest call made under it (billing.calling.ANSWER_WITHIN)


class Due:
    """Adds `due_at` (real time, indexed where set) and `site_due_at` (a site's own clock, read by its advance alone).

    At most one of the two is set; both are NULL when nothing is to do, so that cost grows with what is due.
    """

    due_at: Mapped[datetime | None] = mapped_column(default=None)
    site_due_at: Mapped[datetime | None] = mapped_column(default=None)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy calls it with the class
        return (*due_indexes(cls.__tablename__), *getattr(cls, "__more_args__", ()))  # type: ignore[attr-defined]


def due_indexes(table: str) -> tuple[Index, ...]:
    on_real, on_site = text("due_at IS NOT NULL"), text("site_due_at IS NOT NULL")
    return (
        Index(f"ix_{table}_due_at", "due_at", sqlite_where=on_real, postgresql_where=on_real),
        Index(f"ix_{table}_site_due_at", "site_id", "site_due_at", sqlite_where=on_site, postgresql_where=on_site),
    )


def claim(
    table: Any, *, limit: int = 1, row_id: uuid.UUID | None = None, site_id: uuid.UUID | None = None
) -> Sequence[uuid.UUID]:
    """Take up to `limit` due rows for one lease, oldest first; rows that another worker holds are left out."""
    now = real_now()
    wanted = select(table.id).where(table.due_at <= now).order_by(table.due_at).limit(limit)
    if row_id is not None:
        wanted = wanted.where(table.id == row_id)
    if site_id is not None:
        wanted = wanted.where(table.site_id == site_id)
    ids = session().scalars(wanted.with_for_update(skip_locked=True)).all()
    if ids:
        session().execute(update(table).where(table.id.in_(ids)).values(due_at=now + LEASE))
    return ids


def due_ids(table: Any, limit: int) -> Sequence[uuid.UUID]:
    """What is due now and held by nobody, oldest first; only looks."""
    return (
        session().scalars(select(table.id).where(table.due_at <= real_now()).order_by(table.due_at).limit(limit)).all()
    )
