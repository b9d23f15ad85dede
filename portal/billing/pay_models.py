"""Table of the visits to a gateway's page on which a customer pays one invoice."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row
from portal.core.due import Due
from portal.core.states import States

VISIT = States("visit to the payment page", open="over expired", over="", expired="")


class PaySession(Due, Row):
    """One visit to pay one invoice, written with its attempt before the customer is sent to the gateway.

    `due_at` is when the gateway is asked how it stands, on the site's clock; `hinted_at` (real time) that it said, or
    its page did, that something has happened. An invoice has one open visit at a time.
    """

    __tablename__ = "pay_sessions"
    __more_args__: tuple[Any, ...] = (
        CheckConstraint(VISIT.constraint(), name="status"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended"),
        Index(None, "request_id", "created_at"),
        Index(
            "uq_pay_sessions_one_open",
            "invoice_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_requests.id"))
    link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("links.id"))
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoices.id"))
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), unique=True)
    status: Mapped[str]
    gateway: Mapped[str]
    gateway_ref: Mapped[str | None]
    asked: Mapped[int] = mapped_column(default=0)
    shown: Mapped[str]  # what the customer said yes to by paying, as it stood on the page
    address: Mapped[str]
    agent: Mapped[str]
    created_at: Mapped[datetime]
    real_created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    hinted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
