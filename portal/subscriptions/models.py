"""Tables of the engagement and of the immutable versions of its terms."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.columns import Json
from portal.core.database import Row
from portal.core.due import Due
from portal.core.money import Money
from portal.core.states import States
from portal.subscriptions.prices import Price
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.schedules import BillingDay, Frequency, Schedule, from_column

STATUS = States(
    "subscription",
    pending="active closed",
    active="paused failed closed",
    paused="active closed",
    failed="active paused closed",
    closed="pending active paused",  # reopened before the yes (D10); reinstated (D22); unarchived as paused (D24)
)


class Subscription(Due, Row):
    """Identity, state and place in the calendar; what was agreed stands in its Terms.

    `sequence` rises with every visible change, under this row's lock. `next_due_on` is date `next_index` of the
    schedule (anchor_on, billing_day and the frequency of the binding terms); `due_at` is when the billing run sees it.
    """

    __tablename__ = "subscriptions"
    __more_args__: tuple[Any, ...] = (
        UniqueConstraint("site_id", "external_id"),
        CheckConstraint(STATUS.constraint(), name="status"),
        CheckConstraint("collection IN ('automatic', 'link')", name="collection"),
        CheckConstraint("(close_reason IS NOT NULL) = (status = 'closed')", name="closed_has_reason"),
        CheckConstraint("status NOT IN ('active', 'paused', 'failed') OR accepted_at IS NOT NULL", name="accepted"),
        CheckConstraint("(next_due_on IS NULL) = (next_index IS NULL)", name="next_due"),
        Index(None, "site_id", "created_at"),
        Index(None, "customer_id"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    external_id: Mapped[str | None]
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"))
    status: Mapped[str]
    close_reason: Mapped[str | None]
    collection: Mapped[str] = mapped_column(default="automatic")
    version: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    terms_id: Mapped[uuid.UUID]
    binding_terms_id: Mapped[uuid.UUID | None]
    payment_method_id: Mapped[uuid.UUID | None]
    anchor_on: Mapped[date | None]
    billing_day: Mapped[int | None]
    next_index: Mapped[int | None]
    next_due_on: Mapped[date | None]
    extra_on: Mapped[date | None]  # before next_due_on: the next date of an item that has an invoice of its own
    ends_before: Mapped[date | None]  # the first day on which nothing is billed any more: end date + 1, or cancel_on
    # While it rests or has ended: the first day on which nothing was used any more. What is billed in arrears is owed
    # up to then; None: nothing of the kind is.
    used_until: Mapped[date | None]
    carried: Mapped[list[Any] | None] = mapped_column(Json)  # lines of changes that wait for the next invoice
    installments: Mapped[int] = mapped_column(default=0)
    hold_reason: Mapped[str | None]
    resume_on: Mapped[date | None]
    cancel_on: Mapped[date | None]
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_for_good: Mapped[bool] = mapped_column(default=False)  # by `active: false` after the yes (HF14)
    webhook_url: Mapped[str | None]
    attachments: Mapped[list[Any]] = mapped_column(Json, default=list)
    return_url: Mapped[str | None]  # where the customer may go on after paying by link
    cancellation_terms: Mapped[str | None]  # the merchant's own words, shown where a link is paid
    custom_properties: Mapped[dict[str, Any] | None] = mapped_column(Json)  # the merchant's own names and values
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    archived_from: Mapped[str | None]  # the status that archiving ended, for bringing it back
    deleted_at: Mapped[datetime | None]


class Terms(Row):
    """One immutable version of what is agreed; `notified_at` alone is set later, when a notice of it was handed on.

    `amount_minor` is what an ordinary date costs in all, `tax_minor` the tax in it: `quantity` times
    `unit_amount_minor`, the items that come with every date, less the coupons that
    always come off, and the taxes on top.
    """

    __tablename__ = "terms"
    __table_args__ = (
        UniqueConstraint("subscription_id", "version"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("frequency_units BETWEEN 1 AND 1000", name="units"),
        CheckConstraint("number_of_payments IS NULL OR number_of_payments > 0", name="count_positive"),
        CheckConstraint("quantity BETWEEN 1 AND 1000000", name="quantity"),
        CheckConstraint("send_on_hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint("fixed_day = -1 OR fixed_day BETWEEN 1 AND 31", name="fixed_day"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    version: Mapped[int]
    description: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    unit_amount_minor: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    items: Mapped[list[Any]] = mapped_column(Json, default=list)
    taxes: Mapped[list[Any]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    coupons: Mapped[list[Any]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    currency: Mapped[str] = mapped_column(String(3))
    frequency: Mapped[str]
    frequency_units: Mapped[int]
    fixed_day: Mapped[int | None]  # of the month (-1: the last) or of the week, whatever the start; None: the start's
    months: Mapped[list[int] | None] = mapped_column(Json)  # 1..12, where not every month counts
    send_on_hour: Mapped[int | None]  # an hour UTC in place of the site's charge hour; dates are UTC dates then
    start_on: Mapped[date | None]
    number_of_payments: Mapped[int | None] = mapped_column(BigInteger)
    end_on: Mapped[date | None]
    bill_to_customer: Mapped[Any | None] = mapped_column(Json)
    bill_to: Mapped[Any | None] = mapped_column(Json)
    sold_to: Mapped[Any | None] = mapped_column(Json)
    created_at: Mapped[datetime]
    notified_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def price(self) -> Price:
        return Price.of(self)

    @property
    def rhythm(self) -> Rhythm:
        day = from_column(self.fixed_day)
        return Rhythm(Frequency(self.frequency), self.frequency_units, day, tuple(self.months or ()))

    def schedule(self, anchor: date, billing_day: BillingDay | None = None) -> Schedule:
        return self.rhythm.at(anchor, billing_day)
