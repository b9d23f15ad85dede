"""A change of one item as a thing of its own: asked for, planned or applied, and what it cost, line by line."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.columns import Json
from portal.core.database import Row, session
from portal.core.due import Due
from portal.core.states import States
from portal.subscriptions.coupon_orders import CouponOrder
from portal.subscriptions.grids import Pay
from portal.subscriptions.item_orders import ItemOrder
from portal.subscriptions.proration import Method

UPDATE = States(
    "update",
    scheduled="waiting applied canceled refused",
    waiting="applied",  # the terms are changed; its lines wait until these terms bind
    applied="",
    canceled="",
    refused="",  # planned, and when its day came the subscription did not allow it
)


class UpdateKind(StrEnum):
    ADD = "add_product"
    REMOVE = "remove_product"
    COUNT = "update_count"
    PRICE = "update_price"
    PHASE = "transition_phase"
    ADD_COUPON = "add_coupon"
    REMOVE_COUPON = "remove_coupon"


@dataclass(frozen=True, slots=True)
class UpdateOrder:
    """One change, as a door asks for it.

    ADD takes `item`; the others name one by `item_id` (its id or its product's); COUNT takes `count`, PRICE `amount`
    in decimal; ADD_COUPON `coupon`, REMOVE_COUPON the `coupon_id` of one. `apply_on` is a later day, None: now.
    `pay_on` belongs to Pay.CUSTOM.
    """

    kind: UpdateKind
    item: ItemOrder | None = None
    item_id: str | None = None
    count: int | None = None
    amount: Decimal | None = None
    method: Method = Method.PRO_RATA
    pay: Pay = Pay.IMMEDIATELY
    pay_on: date | None = None
    apply_on: date | None = None
    coupon: CouponOrder | None = None
    coupon_id: str | None = None


class ItemUpdate(Due, Row):
    """`due_at` is when its next step is owed: applying it, or the invoice of what it cost.

    `change` holds what was asked for, `lines` what is still to be billed and where: "now", "next_invoice" or "later".
    """

    __tablename__ = "item_updates"
    __more_args__: tuple[Any, ...] = (
        CheckConstraint(UPDATE.constraint(), name="status"),
        Index(None, "subscription_id", "created_at"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    terms_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("terms.id"))
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invoices.id"))
    status: Mapped[str]
    kind: Mapped[str]
    change: Mapped[dict[str, Any]] = mapped_column(Json)
    method: Mapped[str]
    pay: Mapped[str]
    pay_on: Mapped[date | None]
    apply_on: Mapped[date | None]
    lines: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    later_on: Mapped[date | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


def with_later(subscription_id: uuid.UUID) -> Sequence[ItemUpdate]:
    """The changes that cost something on a day of their own which has not come, oldest first."""
    mine = select(ItemUpdate).where(ItemUpdate.subscription_id == subscription_id, ItemUpdate.status == "applied")
    return session().scalars(mine.where(ItemUpdate.later_on.is_not(None)).order_by(ItemUpdate.id)).all()
