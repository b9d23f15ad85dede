"""What the native API answers, as models: the description is made of them, and the tests hold every answer to it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from portal.api.native.answer_values import Amount, Day, FreeForm, FrequencyName, Moment
from portal.api.native.answers_items import InvoiceLine, TermsCoupon, TermsLine, TermsTax, Totals

Status = Literal["pending", "active", "paused", "failed", "closed"]
PaymentStatus = Literal[
    "pending",
    "requires_action",
    "unknown",
    "succeeded",
    "failed",
    "refunded",
    "partially_refunded",
    "voided",
]


class FailureDetail(BaseModel):
    """One thing that is wrong; `field` is null where it is not about a field."""

    field: str | None = Field(examples=["amount"])
    code: str = Field(description="missing, invalid, or a word for the whole refusal.", examples=["invalid"])
    message: str = Field(description="What to do, in plain words.")


class Failure(BaseModel):
    """Refused, and nothing has changed. `errors` are short and never translated."""

    success: Literal[False]
    errors: list[str] = Field(examples=[["missing description", "invalid amount"]])
    details: list[FailureDetail]


class Identified(BaseModel):
    """`_id` and `id` are the same opaque text."""

    alias_id: str = Field(serialization_alias="_id")
    id: str


class Saved(Identified):
    """What came of addUpdate; `link` is the customer's address."""

    success: Literal[True]
    action: Literal["added", "updated"]
    version: int = Field(description="Of the terms: rises with amount, rhythm, dates, count and description.")
    link: str | None


class SavedCustomer(Identified):
    success: Literal[True]
    action: Literal["added", "updated"]


class Sent(Identified):
    """A new message is on its way; `link` is its address."""

    success: Literal[True]
    link: str


class NotificationChoice(BaseModel):
    notify_phone: bool
    notify_email: bool


class Customer(Identified):
    external_id: str | None
    first_name: str | None
    last_name: str | None
    account_name: str | None
    mobile_phone: str | None = Field(description="As you wrote it.")
    email: str | None
    notification_options: NotificationChoice


class WholeCustomer(Customer):
    """The customer's record with what only you and support read."""

    locale: str | None
    notes: str | None
    created_at: Moment
    updated_at: Moment


class Payment(Identified):
    """One collection of an invoice."""

    gateway_transaction_id: str | None
    display_name: str = Field(examples=["Visa **** 4279"])
    amount: Amount
    currency: str
    tip: Amount
    tax: Amount
    paid_on: Moment | None = Field(description="Null until the money is there.")
    payment_type: str = Field(examples=["payment_card"])
    transaction_type: Literal["capture", "refund", "void"]
    status: PaymentStatus
    refunded_amount: Amount


class Notification(Identified):
    """One text or email to the customer; its words are left out, they hold the link."""

    channel: Literal["sms", "email"]
    purpose: str
    to: str = Field(description="Masked.")
    status: str
    error: str | None
    tries: int
    created_at: Moment
    sent_at: Moment | None
    delivered_at: Moment | None


class Invoice(Identified):
    """What is owed for one period."""

    invoice_number: str | None = Field(description="Given when it is paid, without gaps.")
    totals: Totals
    notifications: list[Notification] = Field(description="What the customer was sent about this invoice.")
    lines: list[InvoiceLine]
    description: str
    invoice_date: Day
    due_date: Day
    customer_memo: str = Field(description="As it stood when the invoice was issued; on the customer's papers.")
    internal_memo: str = Field(description="Never on the customer's page.")
    active: bool
    status: str
    payments: list[Payment]


class Summary(Identified):
    """A subscription as it stands in a list: all but its invoices."""

    external_id: str | None
    description: str
    amount: Amount = Field(description="For one of `quantity`, without lines and taxes on top.")
    quantity: int
    lines: list[TermsLine]
    taxes: list[TermsTax]
    coupons: list[TermsCoupon]
    total: Amount = Field(description="What an ordinary date costs in all.")
    currency: str
    frequency: FrequencyName
    frequency_units: int
    fixed_day: int | Literal["last"] | None
    months: list[int]
    send_on_hour: int | None
    collection: Literal["automatic", "link"]
    start_date: Day | None
    number_of_payments: int | None
    end_date: Day | None
    next_due_date: Day | None
    status: Status
    close_reason: str | None
    closes_on: Day | None = Field(description="The day on which it closes, where that is planned.")
    customer: Customer
    active: bool
    webhook_url: str | None
    attachment_refs: list[Any]
    customer_memo: str = Field(description="For the invoices to come.")
    internal_memo: str = Field(description="Never on a page or paper of the customer's.")
    bill_to_customer: FreeForm
    bill_to: FreeForm
    sold_to: FreeForm
    deleted: bool
    version: int
    sequence: int = Field(description="Rises with every visible change.")


class Subscription(Summary):
    """The whole subscription with its invoices and payments."""

    invoices: list[Invoice]


class Moved(Identified):
    """The state after the call."""

    success: Literal[True]
    status: Status
    archived: bool
    next_due_date: Day | None


class Paused(Moved):
    resume_on: Day | None


class Closed(Moved):
    closes_on: Day | None = Field(description="The day, where it closes later.")


class NextCharge(BaseModel):
    date: Day | None
    amount: Amount | None
    currency: str


class Resumed(Moved):
    next_charge: NextCharge = Field(description="The exact next charge.")


class Deleted(Identified):
    success: Literal[True]
    deleted: Literal[True]


class ScheduledDate(BaseModel):
    date: Day
    amount: Amount
    reason: str = Field(description="Why it falls on this day.")


class Schedule(BaseModel):
    data: list[ScheduledDate]


class FieldChange(BaseModel):
    field: str
    old: Any
    new: Any
