"""Tables of what we tell merchants: where to, the event, its delivery to one address, and every try with its answer."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.columns import Json
from portal.core.database import Row
from portal.core.due import Due
from portal.core.states import States
from portal.webhooks import styles
from portal.webhooks.styles import Happened

DELIVERY = States("delivery", waiting="delivered failed", delivered="", failed="waiting")
NOTICE = States("webhook notice", queued="sent failed", sent="", failed="", skipped="")
KEPT_WHILE_OFF = timedelta(days=30)

UNPLACED = text("position IS NULL")
GIVEN_UP = text("status = 'failed'")


class Endpoint(Row):
    """An address of a site that is told of everything, or of some actions, in one style; its secret is its own."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        Index(None, "site_id", "created_at"),
        CheckConstraint(f"style IN ({', '.join(repr(name) for name in styles.NAMES)})", name="style"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    url: Mapped[str]
    actions: Mapped[list[str] | None] = mapped_column(Json)  # None: every action
    style: Mapped[str] = mapped_column(default="native")
    secret_sealed: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]  # told of nothing until it is enabled again
    off_reason: Mapped[str | None]  # why we switched it off; None where the merchant did
    failing_since: Mapped[datetime | None]  # the first failed try after the last that was taken
    removed_at: Mapped[datetime | None]

    def wants(self, happened: Happened) -> bool:
        """It is on, listens for this action, and its style has a name for what happened."""
        return self.disabled_at is None and self._listens_for(happened)

    def misses(self, happened: Happened, at: datetime) -> bool:
        """It would want this and was switched off by us not long before: it may be replayed."""
        is_off = self.disabled_at is not None and self.off_reason is not None
        return is_off and at - cast("datetime", self.disabled_at) <= KEPT_WHILE_OFF and self._listens_for(happened)

    def _listens_for(self, happened: Happened) -> bool:
        asked_for = self.actions is None or happened.action in self.actions
        return asked_for and styles.named(self.style).name_of(happened) is not None


class Event(Row):
    """Something that happened to a subscription, written with its cause; `sequence` rises by one per subscription.

    `facts` names rows and changed values; `body` is rendered at the first claim and sent unchanged on each try.
    `position` is its place in the site's own list, given after its commit: whoever has read up to one misses none.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("subscription_id", "sequence"),
        # An index, not a constraint: SQLite cannot add one to a table that exists.
        Index("uq_events_site_id_position", "site_id", "position", unique=True),
        # What waits for its place; empty again within a second.
        Index("ix_events_unplaced", "site_id", "created_at", sqlite_where=UNPLACED, postgresql_where=UNPLACED),
        CheckConstraint("action IN ('payment', 'notification', 'subscription')", name="action"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str]
    event: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    body: Mapped[str | None]
    request_id: Mapped[str]
    created_at: Mapped[datetime]
    position: Mapped[int | None] = mapped_column(BigInteger)


class Delivery(Due, Row):
    """One event owed to one address: the subscription's own, or an endpoint of the site."""

    __tablename__ = "deliveries"
    __more_args__: tuple[Any, ...] = (
        CheckConstraint(DELIVERY.constraint(), name="status"),
        Index(None, "event_id"),
        Index(None, "endpoint_id"),
        # What can be replayed to an endpoint, among the many that it took.
        Index(
            "ix_deliveries_given_up",
            "endpoint_id",
            "event_id",
            sqlite_where=GIVEN_UP,
            postgresql_where=GIVEN_UP,
        ),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("events.id"))
    endpoint_id: Mapped[uuid.UUID | None]  # None: the subscription's own webhook_url
    url: Mapped[str]
    status: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class DeliveryTry(Row):
    """One HTTP call to a merchant with what came back."""

    __tablename__ = "delivery_tries"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    delivery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("deliveries.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    answer_status: Mapped[int | None]
    answer: Mapped[str]
    error: Mapped[str | None]
    duration_ms: Mapped[int]


class WebhookNotice(Due, Row):
    """An e-mail owed to a merchant: this endpoint was switched off. In real time, also where the site has a clock."""

    __tablename__ = "webhook_notices"
    __more_args__: tuple[Any, ...] = (
        CheckConstraint(NOTICE.constraint(), name="status"),
        CheckConstraint("reason IN ('gone', 'failing')", name="reason"),
        Index(None, "endpoint_id"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    endpoint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhook_endpoints.id"))
    reason: Mapped[str]
    to: Mapped[str | None]
    status: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
