"""The dialect's bodies as pydantic models, in its own camelCase, and what they ask of the domain."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from portal.api import plain_values
from portal.api.plain_values import blank, refuse, required
from portal.core.errors import InvalidFields, Problem
from portal.subscriptions.rhythm_names import SEND_EVERY

LONGEST = 500


def _text(value: Any) -> str | None:
    value = blank(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST):
        raise refuse(f"Give a text of at most {LONGEST} characters.")
    return value.strip() if value is not None else None


def _amount(value: Any) -> Decimal | None:
    value = blank(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", value):
        value = Decimal(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 < value < 10**12:
        raise refuse("Give a number above zero, such as 100.00.")
    return Decimal(value)


def _day(value: Any) -> date | None:
    value = blank(value)
    if value is None:
        return None
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        raise refuse("There is no such day.") from None
    raise refuse("Give a date as yyyy-MM-dd.")


def _hour(value: Any) -> int | None:
    value = blank(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 3:
        value = int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 23):
        raise refuse("Give a whole hour of the day in UTC, 0 to 23.")
    return value


def _every(value: Any) -> str | None:
    value = blank(value)
    if value is None or (isinstance(value, str) and value in SEND_EVERY):
        return value
    raise refuse(f"Give one of {', '.join(SEND_EVERY)}.")


def _from(lowest: int, highest: int) -> Callable[[Any], Any]:
    def read_whole(value: Any) -> Any:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and lowest <= int(text) <= highest):
            raise refuse(f"Give a whole number from {lowest} to {highest}.")
        return int(text)

    return read_whole


def _policy(value: Any) -> str | None:
    policy = (_text(value) or "").upper()
    if policy not in {"", "DEFAULT", "CUSTOM"}:
        raise refuse("Give DEFAULT or CUSTOM.")
    return policy or None


Text = Annotated[str | None, BeforeValidator(_text)]
Needed = AfterValidator(required)


class Body(BaseModel):
    """camelCase outside; what is not known is not read."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True, validate_default=True)


class Address(Body):
    """Billing or delivery; kept and shown as it came."""

    name: Text = None
    address1: Text = None
    address2: Text = None
    city: Text = None
    state: Text = None
    zip: Text = None
    country: Text = None


class CustomerBody(Body):
    """`id` is the merchant's own (the answer calls it reference)."""

    id: Text = None
    reference: Text = None
    first_name: Text = None
    last_name: Text = None
    email: Annotated[str | None, BeforeValidator(plain_values.email)] = None
    phone: Text = None

    @property
    def merchants_id(self) -> str | None:
        return self.id or self.reference


class SubscriptionBody(Body):
    """PM4, PM6, PM7, and the fields of today's reference. Of customer and customerId one is needed."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["description", "currency", "amount", "startDate", "sendOnHour", "sendEvery"]}
    )

    description: Annotated[Text, Needed] = None
    currency: Annotated[str | None, BeforeValidator(plain_values.currency), Needed] = None
    amount: Annotated[Decimal | None, BeforeValidator(_amount), Needed] = None
    customer: CustomerBody | None = None
    customer_id: Text = None
    start_date: Annotated[date | None, BeforeValidator(_day), Needed] = None
    end_date: Annotated[date | None, BeforeValidator(_day)] = None
    send_on_hour: Annotated[int | None, BeforeValidator(_hour), Needed] = None
    send_every: Annotated[str | None, BeforeValidator(_every), Needed] = None
    return_url: Annotated[str | None, BeforeValidator(plain_values.url)] = None
    billing_address: Address | None = None
    delivery_address: Address | None = None
    cancellation_policy_type: Annotated[str | None, BeforeValidator(_policy)] = None
    custom_cancellation_terms: Text = None


class RefundBody(Body):
    """Sent in the address, as the reference has it, or in the body, as the clients do."""

    model_config = ConfigDict(json_schema_extra={"required": ["amount", "currency"]})

    amount: Annotated[Decimal | None, BeforeValidator(_amount), Needed] = None
    currency: Annotated[str | None, BeforeValidator(plain_values.currency), Needed] = None
    note: Text = None
    reference_id: Text = None


class WebhookBody(Body):
    """Where to tell."""

    model_config = ConfigDict(json_schema_extra={"required": ["address"]})

    address: Annotated[str | None, BeforeValidator(plain_values.url), Needed] = None


class PageQuery(Body):
    """Which page of a list."""

    page: Annotated[int, BeforeValidator(_from(0, 10**6))] = Field(0, ge=0, description="From 0.")
    size: Annotated[int, BeforeValidator(_from(1, 100))] = Field(20, ge=1, le=100, description="How many of a page.")


class SearchQuery(PageQuery):
    """Which subscriptions; all that is given must be so."""

    status: Text = Field(None, description="Some of ACTIVE, INACTIVE, ARCHIVED, EXPIRED, with commas between them.")
    customer_reference: Text = Field(None, alias="customer.reference", description="Your own id of the customer.")
    customer_email: Text = Field(None, alias="customer.email")
    customer_phone: Text = Field(None, alias="customer.phone", description="With its calling code.")
    after_id: Text = Field(None, description="Only what was made after the subscription with this id.")
    after_timestamp: Text = Field(None, description="Only what was made after this time, yyyy-mm-dd HH:MM:SS in UTC.")


Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], fields: dict[str, Any]) -> Model:
    """Raises InvalidFields that names everything wrong at once, in the dialect's own words."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise InvalidFields([_problem(one) for one in error.errors(include_url=False)]) from None


def _problem(error: Any) -> Problem:
    field = ".".join(to_camel(str(part)) if "_" in str(part) else str(part) for part in error["loc"])
    if error["type"] == "missing":
        return Problem(field, "missing", f"{field} is required.")
    words = error["msg"] if error["type"] == "invalid" else "This value cannot be read here."
    return Problem(field, "invalid", words)
