"""Answers of the native API about payments, and about what exists for test sites alone."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from portal.api.native.answer_values import Amount, Day, Moment
from portal.api.native.answers import Identified, Payment, Status

# What exists for sandboxes alone is spelled alike in every version (contract section 9).
ALIKE = ConfigDict(json_schema_extra={"x-spelling": "snake_case"})


class PaidInvoice(Identified):
    invoice_number: str | None
    due_date: Day
    status: str


class Refund(Identified):
    """Money that goes back, or a payment undone."""

    transaction_type: Literal["refund", "void"]
    gateway_transaction_id: str | None
    amount: Amount
    amount_minor: int
    currency: str
    status: Literal["pending", "unknown", "succeeded", "failed"]
    code: str | None
    created_at: Moment


class WholePayment(Payment):
    """A payment with its invoice and everything sent back of it."""

    amount_minor: int
    code: str | None
    subscription_id: str
    subscription_external_id: str | None
    invoice: PaidInvoice
    refunds: list[Refund]


class Voided(WholePayment):
    """The payment after it was undone, or called off before any money was there."""

    success: Literal[True]


class Refunded(WholePayment):
    """The payment after the refund; with status 202 the gateway has not answered yet and is asked again."""

    success: Literal[True]
    refund: Refund


class Retried(Identified):
    """The charge is under way; its outcome comes by webhook and stands in the payment."""

    success: Literal[True]
    status: Status
    payment: WholePayment


class Clock(BaseModel):
    now: Moment
    status: Literal["ready", "advancing"]


class SandboxMessage(BaseModel):
    """A text or email as the sandbox phone shows it."""

    model_config = ALIKE

    channel: Literal["sms", "email"]
    to: str
    subject: str | None
    body: str
    link: str | None
    purpose: str
    sent_at: Moment | None


class SandboxMessages(BaseModel):
    data: list[SandboxMessage]
    has_more: bool
    next: str | None


class LedgerEntry(BaseModel):
    """What the pretend gateway really did."""

    model_config = ALIKE

    id: str
    idempotency_key: str
    amount: Amount
    currency: str
    outcome: Literal["captured", "declined", "refunded", "voided"]
    code: str | None
    description: str | None
    at: Moment
    refund_of: str | None = None


class Ledger(BaseModel):
    data: list[LedgerEntry]
    has_more: bool
    next: str | None
