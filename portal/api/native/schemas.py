"""The bodies of the native API as pydantic models; field names are snake_case, both casings are read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator

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


Id = Annotated[uuid.UUID | None, BeforeValidator(_id)]


class NotificationOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    notify_phone: values.Truth = None
    notify_email: values.Truth = None


class CustomerBody(BaseModel):
    """HF11, HF32: a customer inside a subscription, or alone."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    id: Id = None
    external_id: values.Reference = None
    first_name: values.OptionalText = None
    last_name: values.OptionalText = None
    account_name: values.OptionalText = None
    mobile_phone: Phone | None = None
    email: str | None = None
    locale: str | None = None
    notes: values.LongText = None
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
    """HF1–HF19 and what the v4 reading adds (HF24–HF28)."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    id: Id = None
    external_id: values.Reference = None
    description: values.RequiredText = ""
    amount: values.Amount = Decimal(0)
    currency: str | None = None
    frequency: values.FrequencyName = Frequency.MONTHLY
    frequency_units: values.Units = 1
    customer: CustomerBody | None = None
    start_date: values.Day = None
    number_of_payments: values.Count = None
    end_date: values.Day = None
    active: values.Truth = None
    webhook_url: str | None = None
    collection: values.Collection = None
    attachment_refs: values.Attachments = []
    bill_to_customer: values.FreeForm = None
    bill_to: values.FreeForm = None
    sold_to: values.FreeForm = None
    quantity: items.Quantity = None
    lines: items.Lines = []
    taxes: items.Taxes = []
    fixed_day: items.FixedDay = None
    months: items.Months = []
    send_on_hour: items.Hour = None

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


SUBSCRIPTION_FIELDS = frozenset(SubscriptionBody.model_fields) | {"_id"}
CUSTOMER_FIELDS = frozenset(CustomerBody.model_fields) | {"_id"}
OPTION_FIELDS = frozenset(NotificationOptions.model_fields)
