"""Table of texts and emails: one row for each message owed, sent or not."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.columns import Json
from portal.core.database import Row
from portal.core.due import Due
from portal.core.states import States

MESSAGE = States(
    "message",
    queued="sent delivered failed skipped",
    sent="delivered failed",
    delivered="",
    failed="queued",
    skipped="",
)


class Message(Due, Row):
    """One outgoing text or email. Unique (purpose, channel, occasion): a purpose is served once.

    `occasion` says which instance of the purpose it is: the request, a terms version, an attempt. Rendered words hold
    `{link:<id>}`; the address is put in when the message is sent or shown.
    """

    __tablename__ = "messages"
    __more_args__: tuple[Any, ...] = (
        UniqueConstraint("site_id", "purpose", "occasion", "channel"),
        CheckConstraint(MESSAGE.constraint(), name="status"),
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        Index(None, "subscription_id", "created_at"),
        Index(None, "site_id", "sent_at"),
        Index(None, "invoice_id"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"))
    request_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payment_requests.id"))
    link_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("links.id"))
    invoice_id: Mapped[uuid.UUID | None]  # what is to be paid, where the message is about that
    purpose: Mapped[str]
    occasion: Mapped[str]
    channel: Mapped[str]
    to: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    status: Mapped[str]
    subject: Mapped[str | None]
    body: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    gateway_ref: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
