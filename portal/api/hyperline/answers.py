"""What the dialect answers, as models: its part of the description is made of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, RootModel, WithJsonSchema

Period = Literal["days", "weeks", "months", "quarters", "years", "once", "all"]


class Meta(BaseModel):
    """Where in a list this page stands."""

    total: int
    taken: int
    skipped: int


class Interval(BaseModel):
    """`all` is with every invoice of the subscription."""

    period: Period | None
    count: int | None


class Price(BaseModel):
    type: Literal["fee"]
    amount: int = Field(description="Whole minor units of the currency: 1999 is 19.99 EUR, or 1999 JPY.")


class Product(BaseModel):
    """A product of the catalog."""

    id: str
    name: str
    description: str | None
    type: Literal["fee"]
    currency: str
    prices: list[Price]
    description_display_interval_dates: bool
    created_at: datetime
    updated_at: datetime


class Products(BaseModel):
    meta: Meta
    data: list[Product]


class Customer(BaseModel):
    id: str
    name: str
    type: Literal["corporate", "person"]
    status: Literal["active"]
    external_id: str | None
    billing_email: str | None
    phone: str | None
    language: str | None
    currency: str
    created_at: datetime
    updated_at: datetime


class Customers(BaseModel):
    meta: Meta
    data: list[Customer]


class HeldProduct(BaseModel):
    """A product as a subscription holds it; updates name it by `id` or `line_id`."""

    id: str
    line_id: str
    name: str
    description: str | None
    type: Literal["fee"]
    count: int
    prices: list[Price]
    payment_interval: Interval
    payment_schedule: Literal["start", "end"]
    description_display_interval_dates: bool
    current_period_started_at: date | None
    current_period_ends_at: date | None


class Coupon(BaseModel):
    """What comes off before tax, off the whole or one product."""

    id: str
    name: str
    type: Literal["percent", "amount"]
    discount_percent: Annotated[float | None, WithJsonSchema({"type": ["number", "null"]})]
    discount_amount: int | None
    duration_count: int | None = Field(description="How many payments; null is every one.")
    product_id: str | None


class Subscription(BaseModel):
    """Moments at the beginning of a day carry the site's own offset."""

    id: str
    name: str
    status: Literal["draft", "pending", "active", "paused", "cancelled", "voided", "errored"]
    customer_id: str
    currency: str
    activation_strategy: Literal["checkout"]
    checkout_session_id: str | None
    checkout_url: str | None = Field(description="The customer's payment link; null where none works.")
    billing_interval: Interval
    starts_at: datetime | None
    initial_billing_at: datetime | None
    current_period_started_at: datetime | None
    current_period_ends_at: datetime | None
    next_payment_at: datetime | None
    next_payment_amount: int | None
    paused_at: datetime | None
    reactivate_at: datetime | None
    cancel_at: datetime | None
    cancellation_strategy: str | None
    cancellation_amount: int | None
    cancellation_reason: str | None
    current_phase_id: str
    custom_properties: dict[str, Any]
    products: list[HeldProduct]
    coupons: list[Coupon]
    created_at: datetime
    updated_at: datetime


class Subscriptions(BaseModel):
    meta: Meta
    data: list[Subscription]


class GivenBack(BaseModel):
    """A refund that a cancellation asked for."""

    id: str
    payment_id: str
    amount: int
    status: Literal["pending", "unknown", "succeeded", "failed"]


class Canceled(Subscription):
    refunds: list[GivenBack]


class Phase(BaseModel):
    """Products for a time; the first phase is what the customer confirmed."""

    id: str
    name: str | None
    type: Literal["standard"]
    status: Literal["pending", "active", "ended", "cancelled", "failed"]
    order: int
    activation_strategy: Literal["checkout", "start_date", "manual"]
    starts_at: datetime | None
    ends_at: datetime | None
    transition_calculation_method: str | None
    transition_invoicing_schedule: str | None
    products: list[HeldProduct]


class Phases(BaseModel):
    meta: Meta
    data: list[Phase]


class Created(BaseModel):
    id: str = Field(description="Of the update: read it at `/subscriptions/{id}/updates/{update_id}`.")


class AllCreated(RootModel[list[Created]]):
    """The ids in the order in which the updates were sent."""


class Update(BaseModel):
    """A change of one product: planned, or carried out, and the invoice that it made."""

    id: str
    subscription_id: str
    type: str
    status: Literal["scheduled", "waiting", "applied", "cancelled", "refused"] = Field(
        description="waiting: the customer is told first, then it is billed."
    )
    reason: str | None
    application_schedule: Literal["immediately", "scheduled"]
    payment_schedule: Literal["immediately", "next_invoice", "custom"]
    calculation_method: Literal["pro_rata", "pay_in_full", "do_not_charge"]
    apply_at: datetime | None
    charge_at: datetime | None
    applied_at: datetime | None
    amount: int = Field(description="What it cost, before taxes; negative where something was credited.")
    invoice_id: str | None
    created_at: datetime


class Updates(BaseModel):
    meta: Meta
    data: list[Update]


class SimulatedInvoice(BaseModel):
    date: date
    amount: int


class Simulated(BaseModel):
    """What the updates would cost; nothing has changed."""

    amount: int = Field(
        description="What the updates cost in all, taxes included: now, with the next invoice or later."
    )
    currency: str
    invoices: list[SimulatedInvoice] = Field(description="Invoices that would be made at once.")
    next_invoices: list[SimulatedInvoice] = Field(description="The next three after them.")


class Failure(BaseModel):
    """Refused, and nothing has changed. Every wrong field is named at once."""

    message: str
