"""The bodies of the native API as pydantic models; field names are snake_case, both casings are read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator

from portal.api.native import items, values
from portal.api.native.values import refuse
from portal.core import currencies
from portal.core.ids import read_id
from portal.customers.add_or_update import Phone
from portal.customers.emails import InvalidEmail, parse_email
from portal.customers.phones import InvalidPhone, parse_phone
from portal.subscriptions.calendar import Frequency
from portal.webhooks.addresses import AddressRefused, check_url


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What reading a body needs to know of the site."""

    country: str
    live: bool
    allow_private: bool


def _id(value: Any) -> uuid.UUID | None:
    value = values.blank_is_null(value)
    if value is None:
        return None
    found = read_id(value) if isinstance(value, str) else None
    # An id that cannot be ours is unknown, not malformed: ids are opaque outside.
    return found or uuid.UUID(int=0)


Id = Annotated[uuid.UUID | None, BeforeValidator(_id), WithJsonSchema({"type": ["string", "null"]})]
PhoneNumber = Annotated[
    Phone | None, WithJsonSchema({"type": ["string", "null"], "maxLength": 40, "examples": ["111-222-3333"]})
]
Email = Annotated[
    str | None, WithJsonSchema({"type": ["string", "null"], "maxLength": 254, "examples": ["johndoe@abc.com"]})
]
Locale = Annotated[str | None, WithJsonSchema({"type": ["string", "null"], "enum": ["en", "fr", "da", "ar", None]})]
Currency = Annotated[
    str | None, WithJsonSchema({"type": ["string", "null"], "pattern": "^[A-Z]{3}$", "examples": ["USD"]})
]
Url = Annotated[
    str | None,
    WithJsonSchema({"type": ["string", "null"], "maxLength": 2000, "examples": ["https://yourcompany.com/webhook"]}),
]


class NotificationOptions(BaseModel):
    """On which channels the customer is told. Left out: a text where there is a phone, else an email."""

    model_config = ConfigDict(extra="ignore")

    notify_phone: values.Truth = Field(None, description="By text message; needs `mobile_phone`.")
    notify_email: values.Truth = Field(None, description="By email; needs `email`.")


class CustomerBody(BaseModel):
    """A customer inside a subscription, or alone. One call can add or update both."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    id: Id = Field(None, description="Our id of the customer, where you have it.")
    external_id: values.Reference = Field(None, description="Your own id of the customer; the same one is updated.")
    first_name: values.OptionalText = None
    last_name: values.OptionalText = None
    account_name: values.OptionalText = Field(None, description="A company or a household, where there is one.")
    mobile_phone: PhoneNumber = Field(None, description="In any spelling people use in the site's country, or +…")
    email: Email = None
    locale: Locale = Field(None, description="The language of messages; the site's own where it is left out.")
    notes: values.LongText = Field(None, description="For you and support; the customer never sees them.")
    notification_options: NotificationOptions | None = None

    @field_validator("mobile_phone", mode="before")
    @classmethod
    def _phone(cls, value: Any, info: ValidationInfo) -> Phone | None:
        value = values.blank_is_null(value)
        if value is None:
            return None
        rules = _rules(info)
        try:
            if isinstance(value, str) and len(value) <= 40:
                return Phone(value.strip(), parse_phone(value, rules.country, must_be_valid=rules.live))
        except InvalidPhone as error:
            raise refuse(str(error)) from None
        raise refuse("Give a phone number as text.")

    @field_validator("email", mode="before")
    @classmethod
    def _email(cls, value: Any) -> str | None:
        value = values.blank_is_null(value)
        if value is None:
            return None
        try:
            if isinstance(value, str):
                return parse_email(value)
        except InvalidEmail as error:
            raise refuse(str(error)) from None
        raise refuse("Give one email address as text.")

    @field_validator("locale", mode="before")
    @classmethod
    def _locale(cls, value: Any) -> str | None:
        value = values.blank_is_null(value)
        if value is None or (isinstance(value, str) and value in {"en", "fr", "da", "ar"}):
            return value
        raise refuse("Give one of en, fr, da, ar.")


class SubscriptionBody(BaseModel):
    """What is agreed, and with whom. An update needs the key alone: what is left out keeps its value."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    id: Id = Field(None, description="Our id of the subscription to update; v4 only.")
    external_id: values.Reference = Field(
        None, description="Your own id of the subscription. Required to add; the same one is updated."
    )
    description: values.RequiredText = Field(
        "", description="What the customer reads in the payment request. Required to add."
    )
    amount: values.Amount = Field(Decimal(0), description="For each billing period, such as 34.99. Required to add.")
    currency: Currency = Field(None, description="ISO 4217; the site's own where it is left out.")
    frequency: values.FrequencyName = Field(Frequency.MONTHLY, description="How often. Required to add.")
    frequency_units: values.Units = Field(
        1, description="Multiplies the frequency: Yearly and 2 is every two years. Required to add."
    )
    customer: CustomerBody | None = Field(None, description="Who is asked to pay. Required to add.")
    start_date: values.Day = Field(None, description="Day of the first charge; left out: the day of confirmation.")
    number_of_payments: values.Count = Field(None, description="How many instalments; left out: until it is closed.")
    end_date: values.Day = Field(None, description="The last day that is still covered.")
    active: values.Truth = Field(
        None,
        description="false closes it: before the customer's yes the link is withdrawn and true opens it again, "
        "afterwards it stays closed.",
    )
    webhook_url: Url = Field(None, description="Is told of what happens to this subscription.")
    attachment_refs: values.Attachments = Field([], description="Ids of attachments that the customer may download.")
    customer_memo: values.LongText = Field(None, description="Printed on the receipts and invoices that follow.")
    internal_memo: values.LongText = Field(None, description="On the invoices you read; never shown to the customer.")
    bill_to_customer: values.FreeForm = Field(None, description="Who is billed, when not the customer.")
    bill_to: values.FreeForm = Field(
        None, description="The Bill To block; merged over that customer where there is one."
    )
    sold_to: values.FreeForm = Field(None, description="Overrides of the Sold To block.")
    collection: values.Collection = Field(
        None, description="automatic charges the saved method; link asks for each instalment by a payment link."
    )
    quantity: items.Quantity = Field(None, description="How many of the amount; 1 where it is left out.")
    lines: items.Lines = Field([], description="What is billed beside the amount.")
    taxes: items.Taxes = Field([], description="Taxes in or on top of the amounts.")
    fixed_day: items.FixedDay = Field(
        None, description='Day of the month, 1 to 31 or "last", or of the week, 1 (Monday) to 7, whatever the start.'
    )
    months: items.Months = Field([], description="The only months, 1 to 12, in which anything falls due.")
    send_on_hour: items.Hour = Field(None, description="An hour UTC, 0 to 23, in place of your site's charge hour.")

    @field_validator("currency", mode="before")
    @classmethod
    def _currency(cls, value: Any) -> str | None:
        value = values.blank_is_null(value)
        if value is None or (isinstance(value, str) and currencies.known(value)):
            return value
        raise refuse("Give an ISO 4217 code such as USD.")

    @field_validator("webhook_url", mode="before")
    @classmethod
    def _webhook_url(cls, value: Any, info: ValidationInfo) -> str | None:
        value = values.blank_is_null(value)
        if value is None:
            return None
        rules = _rules(info)
        try:
            if isinstance(value, str) and len(value) <= 2000:
                check_url(value, live=rules.live, allow_private=rules.allow_private)
                return value
        except AddressRefused as error:
            raise refuse(str(error)) from None
        raise refuse("Give an address such as https://example.com/webhook.")


def _rules(info: ValidationInfo) -> SiteRules:
    rules: SiteRules = info.context["rules"] if info.context else SiteRules("US", live=False, allow_private=False)
    return rules
