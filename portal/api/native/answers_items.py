"""What the native API answers about lines, changes of them, and simulations."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from portal.api.native.answer_values import Amount, Day, Moment

Kind = Literal["base", "add_on", "product", "one_off", "proration", "tax", "credit", "coupon"]
UpdateType = Literal["add_product", "remove_product", "update_count", "update_price", "add_coupon", "remove_coupon"]


class Totals(BaseModel):
    """`subtotal` is without tax."""

    total: Amount
    taxes: Amount
    subtotal: Amount


class InvoiceLine(BaseModel):
    """Lines add up to the total; a credit is negative."""

    kind: Kind
    description: str
    quantity: int
    unit_amount: Amount
    amount: Amount
    period_start: Day | None
    period_end: Day | None = Field(description="The first day that is not in it.")


class TermsLine(BaseModel):
    """A line as it was given."""

    id: str
    kind: Literal["add_on", "product", "one_off"]
    description: str
    amount: Amount
    quantity: int
    frequency: str | None
    frequency_units: int | None
    billed: Literal["start", "end"]


class TermsTax(BaseModel):
    """A tax as it was given."""

    name: str
    rate: Amount | None
    amount: Amount | None
    inclusive: bool
    line: str | None


class TermsCoupon(BaseModel):
    """A coupon that comes off before tax, either a percentage or an amount."""

    id: str
    name: str
    percent: Amount | None
    amount: Amount | None
    line: str | None = Field(description='The id of the line that it is off, or "base"; null: the whole.')
    payments: int | None = Field(description="Off how many payments; null: off every one.")
    first_payment: int = Field(description="The number of the first payment that it comes off.")


class MadeInvoice(BaseModel):
    date: Day
    totals: Totals
    lines: list[InvoiceLine]


class FieldChange(BaseModel):
    field: str
    old: Any
    new: Any


class ComingInvoice(MadeInvoice):
    amount: Amount
    reason: str = Field(description="Why it falls there, where that could surprise.")


class Update(BaseModel):
    """A change of a line."""

    id: str
    type: UpdateType
    status: Literal["scheduled", "waiting", "applied", "canceled", "refused"]
    reason: str | None
    apply_on: Day | None
    applied_at: Moment | None
    version: int | None
    invoice: MadeInvoice | None


class Updated(Update):
    success: Literal[True]


class Simulated(BaseModel):
    """`now`: invoices that would be made at once; `data`: the dates that follow, under the new terms."""

    success: Literal[True]
    version: int
    changes: list[FieldChange]
    now: list[MadeInvoice]
    data: list[ComingInvoice]
