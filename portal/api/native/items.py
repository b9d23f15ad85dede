"""Lines, taxes and agreed days in bodies of the native API."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from portal.api import casing
from portal.api.native import values
from portal.subscriptions.coupon_orders import CouponOrder
from portal.subscriptions.item_orders import ItemOrder, TaxOrder
from portal.subscriptions.lines import LineKind
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.rhythms import Only, Repeats, Rhythm
from portal.subscriptions.schedules import LAST, BillingDay, Frequency

MOST_LINES, MOST_TAXES = 50, 10


def _signed(value: Any) -> Decimal:
    """An amount that may be a discount."""
    if isinstance(value, str) and value.startswith("-"):
        return -values.amount(value[1:])
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and value <= 0:
        return -values.amount(-value) if value else Decimal(0)
    return values.amount(value)


def _day(value: Any) -> BillingDay | None:
    value = values.blank_is_null(value)
    if value in (None, LAST):
        return None if value is None else LAST
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 31:
        return value
    raise values.refuse('Give a day from 1 to 31, or "last".')


def _months(value: Any) -> list[int]:
    value = [] if value in (None, "") else value
    if isinstance(value, list) and all(type(one) is int and 1 <= one <= 12 for one in value):
        return sorted(set(value))
    raise values.refuse("Give a list of months, 1 to 12.")


def _rate(value: Any) -> Decimal | None:
    value = values.blank_is_null(value)
    if isinstance(value, str) and value.replace(".", "", 1).isdecimal() and value.isascii() and len(value) < 12:
        value = Decimal(value)
    if value is None or (isinstance(value, (int, Decimal)) and not isinstance(value, bool) and 0 <= value <= 1000):
        return value if value is None else Decimal(value)
    raise values.refuse("Give a rate in percent, such as 8.25.")


def _range(lowest: int, highest: int) -> Any:
    return values.described("integer", null=True, minimum=lowest, maximum=highest)


Quantity = Annotated[int | None, values.whole(1, 1_000_000, required=False), _range(1, 1_000_000)]
Payments = Annotated[int | None, values.whole(1, 1000, required=False), _range(1, 1000)]
Units = Annotated[int | None, values.whole(1, 1000, required=False), _range(1, 1000)]
MaybeAmount = Annotated[
    Decimal | None,
    BeforeValidator(lambda value: None if value in (None, "") else _signed(value)),
    values.described("number", null=True),
]


class Both(BaseModel):
    """A body whose fields are read in both casings."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _both_casings(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise values.refuse("Give an object.")
        fields, _, problems = casing.read(value, frozenset(cls.model_fields))
        if problems:
            raise values.refuse(problems[0].message)
        return fields


class LineBody(Both):
    """Something billed beside the base amount; `amount` is for one of `quantity`."""

    id: values.Reference = None
    kind: Literal["add_on", "product", "one_off"] = "add_on"
    description: values.RequiredText
    amount: Annotated[Decimal, BeforeValidator(_signed), values.described("number")]
    quantity: Quantity = None
    frequency: values.FrequencyName | None = None
    frequency_units: Units = None
    billed: Literal["start", "end"] = "start"

    def order(self) -> ItemOrder:
        return ItemOrder(
            description=self.description,
            amount=self.amount,
            count=self.quantity or 1,
            kind=LineKind(self.kind),
            repeats=self._repeats(),
            billed=Billed(self.billed),
            id=self.id,
        )

    def _repeats(self) -> Repeats:
        if self.kind == "one_off":
            return Only.ONCE
        return Rhythm(Frequency(self.frequency), self.frequency_units or 1) if self.frequency else Only.ALL


class CouponBody(Both):
    """What comes off before tax; either `percent` or `amount`."""

    id: values.Reference = None
    name: values.RequiredText
    percent: Annotated[Decimal | None, BeforeValidator(_rate), values.described("number", null=True, maximum=100)] = (
        None
    )
    amount: MaybeAmount = None
    payments: Payments = Field(None, description="Off how many payments, from the next one on; null: off every one.")
    line: values.Reference = Field(None, description='The id of a line, or "base"; null: the whole.')

    def order(self) -> CouponOrder:
        return CouponOrder(self.name, self.percent, self.amount, self.payments, self.line, self.id)


class TaxBody(Both):
    """A tax by rate (percent) or amount, included in the amounts or on top; `line` is a line's id or "base"."""

    name: values.RequiredText
    rate: Annotated[Decimal | None, BeforeValidator(_rate), values.described("number", null=True, minimum=0)] = None
    amount: MaybeAmount = None
    inclusive: values.Truth = None
    line: values.Reference = None

    def order(self) -> TaxOrder:
        return TaxOrder(self.name, self.rate, self.amount, bool(self.inclusive), self.line)


Lines = Annotated[
    list[LineBody], BeforeValidator(lambda value: [] if value in (None, "") else value), Field(max_length=MOST_LINES)
]
Taxes = Annotated[
    list[TaxBody], BeforeValidator(lambda value: [] if value in (None, "") else value), Field(max_length=MOST_TAXES)
]
FixedDay = Annotated[
    BillingDay | None,
    BeforeValidator(_day),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 31}, {"enum": ["last", None]}]}),
]
Months = Annotated[
    list[int],
    BeforeValidator(_months),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 12}}),
]
Hour = Annotated[int | None, values.whole(0, 23, required=False), _range(0, 23)]
