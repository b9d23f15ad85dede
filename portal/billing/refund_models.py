"""The table of money that goes back: one row for each refund or void, written before the gateway is asked."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row
from portal.core.due import Due
from portal.core.money import Money
from portal.core.states import States

REFUND = States("refund", pending="succeeded failed unknown", unknown="succeeded failed", succeeded="", failed="")
OPEN = ("pending", "unknown")


class Refund(Due, Row):
    """One order to the gateway to give back; its key is a hash of the capture and of `number`, never random.

    `due_at` is when the gateway is asked what became of it. At most one of a payment is without an answer.
    """

    __tablename__ = "refunds"
    __more_args__: tuple[Any, ...] = (
        UniqueConstraint("payment_id", "number"),
        CheckConstraint(REFUND.constraint(), name="status"),
        CheckConstraint("kind IN ('refund', 'void')", name="kind"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(status IN ('succeeded', 'failed')) = (settled_at IS NOT NULL)", name="settled"),
        Index(None, "subscription_id", "created_at"),
        Index(
            "uq_refunds_one_open",
            "payment_id",
            unique=True,
            sqlite_where=text("status IN ('pending', 'unknown')"),
            postgresql_where=text("status IN ('pending', 'unknown')"),
        ),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.id"))
    number: Mapped[int]
    kind: Mapped[str]
    status: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    key: Mapped[str] = mapped_column(unique=True)
    gateway_ref: Mapped[str | None]
    code: Mapped[str | None]
    words: Mapped[str | None]  # the gateway's own
    asked: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
