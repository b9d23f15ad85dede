"""Table of the notices that a card is about to expire: a row for each that is owed, sent or not."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row
from portal.core.due import Due
from portal.core.states import States

NOTICE = States("expiry notice", planned="sent dropped", sent="", dropped="planned")


class ExpiryNotice(Due, Row):
    """One notice, so many days before the end of the card's month. Said once for a card and a subscription."""

    __tablename__ = "expiry_notices"
    __more_args__: tuple[Any, ...] = (
        UniqueConstraint("subscription_id", "payment_method_id", "days_before"),
        CheckConstraint(NOTICE.constraint(), name="status"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    payment_method_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_methods.id"))
    days_before: Mapped[int]
    status: Mapped[str]
