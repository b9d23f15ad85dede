"""What the dialect answers, as models: its part of the description is made of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

Amount = Annotated[float, WithJsonSchema({"type": "number", "description": "Exact, with the currency's digits."})]


class Shown(BaseModel):
    """camelCase outside; every field is always there."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Address(Shown):
    name: str | None
    address1: str | None
    address2: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None


class Customer(Shown):
    id: str = Field(description="Ours.")
    reference: str | None = Field(description="The merchant's own.")
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None = Field(description="With its calling code and without a plus.")


class Subscription(Shown):
    id: str
    display_id: str = Field(description="A short key for people; the id alone is unique.")
    description: str
    currency: str
    amount: Amount
    status: Literal["ACTIVE", "INACTIVE", "ARCHIVED", "EXPIRED"]
    customer: Customer
    billing_address: Address | None
    delivery_address: Address | None
    start_date: date | None
    end_date: date | None
    send_on_hour: int | None
    send_every: str | None
    period: int | None
    period_unit: Literal["days", "weeks", "months"] | None
    next_due_date: date | None
    return_url: str | None
    cancellation_policy_type: Literal["DEFAULT", "CUSTOM"]
    custom_cancellation_terms: str | None
    timestamp: datetime


class Checkout(Shown):
    id: str
    display_id: str
    checkout_key: str
    request_id: str
    order_id: str
    subscription_id: str
    currency: str
    amount: Amount
    cash_amount: Amount
    total_refunded: Amount
    status: Literal[
        "PENDING",
        "PENDING_CONFIRMATION",
        "PAID",
        "FAILED",
        "CANCELLED",
        "EXPIRED",
        "REFUNDED",
        "PARTIALLY_REFUNDED",
    ] = Field(description="FAILED may still be paid; PENDING_CONFIRMATION is paid as far as we have heard.")
    redirect_url: str | None = Field(description="The customer's link; null where it was revoked.")
    branch_id: str
    branch_name: str
    used_payment_method: Literal["CARD"] | None
    customer: Customer
    billing_address: Address | None
    delivery_address: Address | None
    timestamp: datetime


class Payment(Shown):
    id: str
    display_id: str
    checkout: Checkout | None = Field(description="null while the link was never opened.")
    timestamp: datetime
    cancelled: bool


class Page(Shown):
    page: int
    size: int
    total_pages: int
    total_elements: int


class SubscriptionPage(Page):
    content: list[Subscription]


class PaymentPage(Page):
    content: list[Payment]


class CustomerPage(Page):
    content: list[Customer]


class Done(Shown):
    """The envelope of what worked; `elapsed` in milliseconds."""

    success: Literal[True]
    elapsed: int


class SubscriptionAnswer(Done):
    result: Subscription


class SubscriptionsAnswer(Done):
    result: SubscriptionPage


class PaymentsAnswer(Done):
    result: PaymentPage


class CheckoutAnswer(Done):
    result: Checkout


class CustomerAnswer(Done):
    result: Customer


class CustomersAnswer(Done):
    result: CustomerPage


class Webhook(Shown):
    id: str
    hmac_key: str | None = Field(description="whsec_…, in the answer that made it alone.")
    address: str
    failed: bool = Field(description="Something sent there has not been taken.")
    enabled: bool


class WebhookAnswer(Done):
    result: Webhook


class WebhooksAnswer(Done):
    result: list[Webhook]


class YesAnswer(Done):
    """It was done; there is nothing to show."""

    result: Literal[True]


class Failure(Shown):
    """Refused, and nothing has changed. `error` names every wrong field at once."""

    success: Literal[False]
    elapsed: int
    error: str
