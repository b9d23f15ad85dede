"""Table of people who pay for somebody else's subscription."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row


class Payer(Row):
    """Asked by the customer through a link of its own; `name` is what they call themselves, on invoices too.

    `ended_by`: customer (revoked), payer (stopped), method (the customer pays by a card of their own again).
    """

    __tablename__ = "payers"
    __table_args__ = (
        Index(None, "subscription_id", "created_at"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("links.id"), unique=True)
    name: Mapped[str | None]
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
