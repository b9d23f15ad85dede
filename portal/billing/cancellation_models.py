"""Table of cancellations that give something back, or are to: what was asked for, and what became of it."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row
from portal.core.due import Due
from portal.core.states import States

CANCELLATION = States(
    "cancellation",
    planned="done withdrawn refused",
    done="",
    withdrawn="",  # the cancellation was taken back before its day
    refused="",  # its day came and nothing could be sent back; `words` says why
)


class Cancellation(Due, Row):
    """How one subscription ends on day `cancel_on`; `due_at` is that day where it is still to come.

    `strategy`: do_nothing, end_of_period, charge_prorata, refund_prorata, refund_last_invoice or refund_custom, which
    alone has an amount.
    """

    __tablename__ = "cancellations"
    __more_args__: tuple[Any, ...] = (
        CheckConstraint(CANCELLATION.constraint(), name="status"),
        CheckConstraint("(amount_minor IS NOT NULL) = (strategy = 'refund_custom')", name="amount_if_custom"),
        Index(None, "subscription_id", "created_at"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    status: Mapped[str]
    strategy: Mapped[str]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None]
    words: Mapped[str | None]
    cancel_on: Mapped[date]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
