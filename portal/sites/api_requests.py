"""The log of API calls: one row a call, masked before it comes here, kept for 90 days."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import real_now
from portal.core.database import Row, session

KEPT = timedelta(days=90)
SWEPT_AFTER = KEPT + timedelta(hours=6)
AT_A_SWEEP = 1_000


class ApiRequest(Row):
    """A call with a known key, at the real time; secrets and contact data in `body` and `answer` are masked.

    `path` goes without its query string, which is `query`; `is_cut`: body or answer was longer than is kept.
    """

    __tablename__ = "api_requests"
    __table_args__ = (Index(None, "site_id", "id"), Index(None, "request_id"), Index(None, "at"))

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    key_id: Mapped[str]
    request_id: Mapped[str]
    dialect: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    status: Mapped[int]
    duration_ms: Mapped[int]
    idempotency_key: Mapped[str | None]
    is_replayed: Mapped[bool]
    is_cut: Mapped[bool]
    body: Mapped[str | None]
    answer: Mapped[str | None]
    at: Mapped[datetime]


def is_anything_old() -> bool:
    old = select(ApiRequest.id).where(ApiRequest.at <= real_now() - SWEPT_AFTER).limit(1)
    return session().scalar(old) is not None


def sweep() -> int:
    """Delete some of those that are older than is kept; how many there were."""
    ids: Sequence[uuid.UUID] = (
        session().scalars(select(ApiRequest.id).where(ApiRequest.at <= real_now() - KEPT).limit(AT_A_SWEEP)).all()
    )
    session().execute(delete(ApiRequest).where(ApiRequest.id.in_(ids)))
    return len(ids)
