"""Table of products: what a site sells under a name and a price, for all or for one subscription of its own."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row
from portal.core.money import Money


class Product(Row):
    """`subscription_id` is set where it is that subscription's alone; `reference` is the merchant's name for it."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("subscription_id", "reference"),
        CheckConstraint("kind IN ('fee')", name="kind"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index(None, "site_id", "created_at"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subscriptions.id"))
    reference: Mapped[str | None]
    name: Mapped[str]
    description: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="fee")
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    shows_dates: Mapped[bool] = mapped_column(default=True, server_default=true())  # the period stands on its lines
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def named(self) -> str:
        """The id by which a subscription's lines and its merchant know it."""
        return self.reference or str(self.id)
