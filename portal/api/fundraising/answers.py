"""What the dialect answers, as models: its part of the description is made of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, WithJsonSchema
from pydantic.alias_generators import to_camel

Amount = Annotated[float, WithJsonSchema({"type": "number", "description": "Exact, with the currency's digits."})]
State = Literal["Pending", "Active", "Inactive", "Expired", "Archived", "Error"]


class Shown(BaseModel):
    """camelCase outside; every field is always there."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Subscription(Shown):
    subscription_guid: str
    merchant_id: str
    version: int = Field(description="Rises with every change; send it as If-Match or version to change what you saw.")
    contact_guid: str
    agreement_guid: str | None = Field(description="null where it was not made of an agreement.")
    state: State
    payment_method_type: str | None
    payment_method_guid: str | None
    created_ts: datetime
    start_date: date | None
    expires_after_date: date | None
    cancelled_ts: datetime | None
    cancel_code: int | None = Field(
        description="100101 by debtor, 100102 by creditor, 100103 expired, 100104 by system."
    )
    cancel_description: str | None
    hold_description: str | None
    archived_ts: datetime | None
    inactivated_ts: datetime | None
    quantity: int
    error_code: int | None = Field(
        description="100001 no active payment method (Active), 100002 none, and none required (Inactive), 100003 not "
        "found when scheduling (Inactive), 300002 not charged (Error)."
    )
    error_description: str | None
    next_due_date: date | None
    external_id: str | None
    external_link: str | None
    origin_ts: datetime | None
    data_set_guid: str | None


class Contact(Shown):
    contact_guid: str
    merchant_id: str
    name: str
    first_name: str | None
    last_name: str | None
    company_name: str | None
    business_code: str | None
    contact_type: str | None
    birth_date: date | None
    national_id: str | None = Field(description="Whole where one contact is read, dots everywhere else.")
    address: str | None
    address2: str | None
    post_code: str | None
    city: str | None
    country_code: str | None
    email: str | None
    msisdn: str | None = Field(description="With its calling code and without a plus.")
    created_ts: datetime
    updated_ts: datetime
    archived_ts: datetime | None = Field(description="Since when it is hidden from lists.")
    external_id: str | None
    external_link: str | None
    origin_ts: datetime | None


class Agreement(Shown):
    agreement_guid: str
    merchant_id: str
    created_ts: datetime
    state: Literal["Available", "Archived"]
    archived_ts: datetime | None
    name: str
    description: str | None
    agreement_type: Literal["Shared", "Personal"]
    contact_guid: str | None
    default_quantity: int
    unit: str | None
    unit_price: Amount
    amount: Amount
    amount_vat: Amount
    amount_total: Amount
    vat_percentage: Amount
    currency_code: str
    tax_deductable: bool
    payment_required: bool
    schedule_type: str
    schedule_fixed_day: int | None
    schedule_every_other: int
    schedule_calendar_unit: str
    schedule_selected_set: str | None
    purpose_accounting_code: str | None
    data_set_guid: str | None


class AddOn(Shown):
    add_on_guid: str
    merchant_id: str
    created_ts: datetime
    archived_ts: datetime | None
    name: str
    description: str | None
    unit_price: Amount
    vat_percentage: Amount
    currency_code: str
    purpose_accounting_code: str | None


class TakenAddOn(Shown):
    add_on_guid: str = Field(description="Of the catalog; of what was not taken from there, the id of its line.")
    subscription_guid: str
    name: str
    quantity: int
    unit_price: Amount
    amount: Amount
    currency_code: str


class PaymentMethod(Shown):
    payment_method_guid: str
    merchant_id: str
    contact_guid: str
    payment_method_type: str
    state: Literal["Active", "Cancelled", "Expired"]
    created_ts: datetime
    cancelled_ts: datetime | None
    display_name: str
    card_expires: str = Field(description="yyyy-mm")


class Payment(Shown):
    payment_guid: str
    subscription_guid: str
    payment_method_guid: str
    state: str = Field(
        description="Awaiting charge, Pending, Awaiting retry, Charged, Failed, Rejected, Cancelled, Refunded or "
        "Partially refunded."
    )
    amount: Amount
    amount_refunded: Amount
    currency_code: str
    due_date: date
    period_start: date
    period_end: date
    invoice_number: str | None
    charge_attempts: int
    created_ts: datetime
    charged_ts: datetime | None
    error_code: int | None
    error_description: str | None
    gateway_error_code: str | None = Field(description="The gateway's own.")
    gateway_error_description: str | None


class ChangedField(Shown):
    field_name: str
    old_value: Any = None
    new_value: Any = None


class Change(Shown):
    change_guid: str
    created_ts: datetime
    entity_type: str
    entity_guid: str
    change_ts: datetime
    old_entity_json: str = Field(description="What the fields of the log said before, as JSON in a text.")
    change_description: str
    requester: str
    system_request: bool
    changes: list[ChangedField]


class Page(Shown):
    page_number: int
    page_size: int
    total: int
    next: str | None = Field(description="Send it as after for the following page; null on the last one.")


class Subscriptions(Page):
    start_date: date | None
    end_date: date | None
    state: State | None
    content: list[Subscription] = Field(alias="list")


class Contacts(Page):
    content: list[Contact] = Field(alias="list")


class Agreements(Page):
    content: list[Agreement] = Field(alias="list")


class AddOns(Page):
    content: list[AddOn] = Field(alias="list")


class PaymentMethods(Page):
    content: list[PaymentMethod] = Field(alias="list")


class Schedule(RootModel[list[date]]):
    """The five due dates after nextDueDate, or as many as are left; none while it rests or has ended."""


class Payments(RootModel[list[Payment]]):
    """The newest first."""


class TakenAddOns(RootModel[list[TakenAddOn]]):
    """What it is billed for beside its agreement."""


class Log(RootModel[list[Change]]):
    """The newest first."""


class WrongField(Shown):
    field: str
    code: str
    message: str


class Failure(Shown):
    """Refused, and nothing has changed. `errors` names every wrong field at once."""

    status: int
    code: str
    message: str
    errors: list[WrongField] | None = None
