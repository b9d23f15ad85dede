"""Bodies about products, customers and whole subscriptions, as pydantic models in the dialect's own words."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from portal.api.hyperline.values import (
    Count,
    Currency,
    Email,
    Minor,
    Moment,
    Needed,
    Properties,
    Text,
    Truth,
    one_of,
    whole,
)
from portal.subscriptions.prices import HIGHEST_TOTAL

PERIODS = ("days", "weeks", "months", "quarters", "years", "once", "all")
REPEATING = PERIODS[:5]
MOST_PRODUCTS, MOST_PHASES = 50, 10


class Body(BaseModel):
    """What is not known is not read."""

    model_config = ConfigDict(extra="ignore", validate_default=True)


class Optional(BaseModel):
    """The same for bodies of which everything may be left out."""

    model_config = ConfigDict(extra="ignore")


class PriceBody(Body):
    """One price; `fee` is the kind there is."""

    type: Annotated[str | None, *one_of("fee")] = "fee"
    amount: Annotated[Minor, Needed] = None


Prices = Annotated[list[PriceBody], Field(min_length=1, max_length=1)]


class ProductLine(Body):
    """A product as a subscription holds it. Without prices those of the catalog hold; without an interval it is
    billed with every invoice of its subscription."""

    type: Annotated[str | None, *one_of("fee", "flat_fee")] = "fee"
    product_id: Text = Field(None, description="Of your catalog; an unknown one needs a name and prices.")
    product_name: Text = None
    product_description: Text = None
    count: Count = Field(None, description="How many; 1 where it is left out.")
    billing_interval_period: Annotated[str | None, *one_of(*PERIODS)] = None
    billing_interval_count: Annotated[int | None, whole(1, 1000)] = None
    start_or_end: Annotated[str | None, *one_of("start", "end")] = Field(
        None, description="Billed when its interval starts, or when it ends."
    )
    display_interval_dates_in_description: Truth = None
    prices: Prices | None = None

    @model_validator(mode="before")
    @classmethod
    def _other_spellings(cls, value: Any) -> Any:
        """The newer reference calls the same things otherwise."""
        if not isinstance(value, dict):
            return value
        found = dict(value)
        for ours, theirs in (
            ("product_id", "id"),
            ("product_name", "name"),
            ("product_description", "description"),
            ("start_or_end", "payment_schedule"),
            ("display_interval_dates_in_description", "description_display_interval_dates"),
        ):
            if found.get(ours) is None and theirs in found:
                found[ours] = found[theirs]
        if found.get("prices") is None and isinstance(found.get("price"), dict):
            found["prices"] = [found["price"]]
        interval = found.get("payment_interval")
        if isinstance(interval, dict) and found.get("billing_interval_period") is None:
            found["billing_interval_period"] = interval.get("period")
            found["billing_interval_count"] = interval.get("count")
        return found

    @model_validator(mode="after")
    def _goes_together(self) -> ProductLine:
        if self.billing_interval_period in {"once", "all"} and self.billing_interval_count not in {None, 1}:
            words = f"The count must be 1 with {self.billing_interval_period}."
            raise wrong("billing_interval_count", words)
        if self.billing_interval_count is not None and self.billing_interval_period is None:
            raise wrong("billing_interval_period", "Give the period with its count.")
        if self.amount_minor is not None and self.amount_minor * (self.count or 1) > HIGHEST_TOTAL:
            raise wrong("count", "Count times amount is more than any customer could owe.")
        return self

    @property
    def amount_minor(self) -> int | None:
        return self.prices[0].amount if self.prices else None


class ProductBody(Body):
    """A product of the catalog."""

    name: Annotated[Text, Needed] = None
    description: Text = None
    type: Annotated[str | None, *one_of("fee", "flat_fee")] = "fee"
    currency: Currency = Field(None, description="The site's where it is left out.")
    description_display_interval_dates: Truth = None
    prices: Annotated[Prices | None, Needed] = None


class CustomerBody(Optional):
    """A customer: one of email and phone lets us send the payment link; else you send `checkout_url` yourself."""

    name: Text = None
    type: Annotated[str | None, *one_of("corporate", "person")] = None
    external_id: Text = None
    billing_email: Email = None
    phone: Text = None
    language: Text = Field(None, description="en, fr, da or ar.")

    @model_validator(mode="before")
    @classmethod
    def _other_spellings(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("billing_email") is None and "email" in value:
            return value | {"billing_email": value["email"]}
        return value


class PhaseBody(Body):
    """Products from a day on; the first phase is the one that the customer confirms."""

    name: Text = None
    starts_at: Moment = Field(None, description="Left out: when you call transition-phase.")
    products: Annotated[list[ProductLine], Field(min_length=1, max_length=MOST_PRODUCTS)]
    calculation_method: Annotated[str | None, *one_of("pro_rata", "pay_in_full", "do_not_charge")] = None
    payment_schedule: Annotated[str | None, *one_of("immediately", "next_invoice")] = None


class SubscriptionBody(Body):
    """A subscription that starts when its customer confirms the payment link."""

    customer_id: Annotated[Text, Needed] = None
    name: Text = None
    currency: Currency = Field(None, description="The site's where it is left out.")
    activation_strategy: Annotated[str | None, *one_of("checkout")] = Field(
        None, description="`checkout`: nothing is charged without the customer's yes."
    )
    billing_interval_period: Annotated[str | None, *one_of(*REPEATING)] = None
    billing_interval_count: Annotated[int | None, whole(1, 1000)] = None
    starts_at: Moment = Field(None, description="Left out: the day of the customer's yes.")
    cancel_at: Moment = Field(None, description="A period that starts on this day or later is not billed.")
    products: Annotated[list[ProductLine] | None, Field(min_length=1, max_length=MOST_PRODUCTS)] = None
    phases: Annotated[list[PhaseBody] | None, Field(min_length=1, max_length=MOST_PHASES)] = None
    custom_properties: Properties = None

    @model_validator(mode="after")
    def _has_products(self) -> SubscriptionBody:
        if (self.products is None) == (self.phases is None):
            raise wrong("products", "Give products, or phases that have them.")
        return self

    @property
    def first_products(self) -> list[ProductLine]:
        return self.products or (self.phases or [])[0].products


class SubscriptionChange(Optional):
    """What of a whole subscription may change; fields that are left out stay as they are."""

    name: Annotated[Text, Needed] = None
    starts_at: Moment = None
    cancel_at: Moment = Field(None, description="null takes a planned cancellation back.")
    products: Annotated[list[ProductLine] | None, Field(min_length=1, max_length=MOST_PRODUCTS)] = Field(
        None, description="Before the customer's yes alone; afterwards use update."
    )
    phases: Annotated[list[PhaseBody] | None, Field(max_length=MOST_PHASES)] = Field(
        None, description="The phases after the present one; they replace those that were planned."
    )
    custom_properties: Properties = None


def wrong(field: str, words: str) -> PydanticCustomError:
    """What a check of a whole body says of one of its fields."""
    return PydanticCustomError("invalid", "{words}", {"words": words, "field": field})
