"""Tables of a merchant's place of business and of its API keys."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.columns import Json
from portal.core.database import Row


class Site(Row):
    """The tenant. A test site may live on its own clock; a live site never does."""

    __tablename__ = "sites"
    __table_args__ = (
        CheckConstraint("mode IN ('test', 'live')", name="mode"),
        CheckConstraint("clock_at IS NULL OR mode = 'test'", name="clock_needs_test"),
        CheckConstraint("clock_target IS NULL OR clock_at IS NOT NULL", name="target_needs_clock"),
        Index(
            "ix_sites_advancing",
            "id",
            sqlite_where=text("clock_target IS NOT NULL"),
            postgresql_where=text("clock_target IS NOT NULL"),
        ),
    )

    name: Mapped[str]
    mode: Mapped[str] = mapped_column(String(4))
    timezone: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(2))
    locale: Mapped[str]
    clock_at: Mapped[datetime | None]
    clock_target: Mapped[datetime | None]
    webhook_secret_sealed: Mapped[str]
    is_demo: Mapped[bool] = mapped_column(default=False)
    charge_hour: Mapped[int] = mapped_column(default=9)
    link_days: Mapped[int] = mapped_column(default=30)
    consent_policy: Mapped[str] = mapped_column(default="notify")
    dunning: Mapped[dict[str, Any] | None] = mapped_column(Json)  # billing.dunning.DunningPolicy; empty: its defaults
    brand: Mapped[str] = mapped_column(default="#0d6672")
    support_phone: Mapped[str | None]
    support_email: Mapped[str | None]
    alerts_email: Mapped[str | None]  # who of the merchant hears what has to be mended; None: support_email
    api_rate: Mapped[int | None]  # calls a second and at once that a key of this site may make; None: the default
    api_burst: Mapped[int | None]
    logo: Mapped[bytes | None] = mapped_column(deferred=True)  # read by who shows it alone
    logo_type: Mapped[str | None]
    terms_text: Mapped[str | None] = mapped_column(deferred=True)
    terms_at: Mapped[datetime | None]
    # What customers may do by themselves on their own page.
    allow_pause: Mapped[bool] = mapped_column(default=True, server_default=true())
    allow_cancel: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]
    reconcile_at: Mapped[datetime | None] = mapped_column(index=True)  # real time: the next comparison with the gateway


class ApiKey(Row):
    """A secret of a site, stored as its SHA-256; `key_id` is public and names it in logs and headers.

    `scopes`: some of read, write and refund, separated by blanks. `last_used_at` is exact to a minute.
    """

    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(unique=True)
    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    last_four: Mapped[str] = mapped_column(default="")
    scopes: Mapped[str] = mapped_column(default="read write refund")
    rate: Mapped[int | None]  # as the site's api_rate and api_burst, for this key alone
    burst: Mapped[int | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
