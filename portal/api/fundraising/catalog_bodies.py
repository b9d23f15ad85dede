"""The bodies and queries of calls about contacts, agreements, add-ons and lists."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from portal.api import plain_values
from portal.api.fundraising import names, values
from portal.api.fundraising.bodies import Body
from portal.api.plain_values import refuse

MOST = 100


def _not_dots(value: str | None) -> str | None:
    if value is not None and "•" in value:
        raise refuse("Give the whole national id: these dots stand for one that is kept. Leave it out to keep it.")
    return value


def _country(value: Any) -> str | None:
    value = plain_values.blank(value)
    if value is None:
        return None
    if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
        return value.upper()
    raise refuse("Give two letters, such as DK.")


class ContactBody(Body):
    """Whom you ask to pay. A link needs an email or an msisdn to be sent to."""

    name: values.Text = Field(None, description="The full name, where firstName and lastName are not given.")
    first_name: values.Text = None
    last_name: values.Text = None
    company_name: values.Text = None
    email: values.Email = None
    msisdn: values.Guid = Field(None, description="With its calling code and without a plus: 4535294855.")
    external_id: values.Guid = Field(None, description="Your own id; one contact of your site has it.")
    contact_type: values.Text = Field(None, description="Such as individual or business.")
    business_code: values.Text = Field(None, description="Of a company, such as a CVR number.")
    birth_date: values.Day = None
    national_id: Annotated[values.Guid, AfterValidator(_not_dots)] = Field(
        None, description="Such as a CPR number, without dashes. Kept sealed; no page, message, webhook or log has it."
    )
    address: values.Text = None
    address2: values.Text = None
    post_code: values.Guid = None
    city: values.Text = None
    country_code: Annotated[str | None, BeforeValidator(_country), values.described("string", examples=["DK"])] = Field(
        None, description="ISO 3166, two letters."
    )
    external_link: values.Url = None
    origin_ts: values.Moment = Field(None, description="When it was first known elsewhere.")


class AgreementBody(Body):
    """What is paid, how much (unitPrice or amount) and how often (scheduleType or scheduleCalendarUnit). Money is
    decimal, without VAT."""

    model_config = ConfigDict(json_schema_extra={"required": ["name"]})

    name: Annotated[values.Text, values.Needed] = Field(None, description="What the contact reads in the request.")
    description: values.Text = None
    agreement_type: Annotated[str | None, values.named("Shared", "Personal"), values.described("string")] = Field(
        None, description="Shared, or Personal for one contact alone."
    )
    contact_guid: values.Guid = Field(None, description="Whose a Personal one is.")
    default_quantity: values.Quantity = None
    unit: values.Text = None
    unit_price: values.Amount = Field(None, description="For one of the quantity.")
    amount: values.Amount = Field(None, description="unitPrice times defaultQuantity; either of the two is enough.")
    amount_vat: values.Number = Field(None, description="Checked where it is sent.")
    amount_total: values.Number = Field(None, description="Checked where it is sent.")
    vat_percentage: values.Percentage = None
    currency_code: values.Currency = Field(None, description="ISO 4217; your site's own where it is left out.")
    tax_deductable: values.Truth = None
    payment_required: values.Truth = Field(
        None,
        description="Whether one that has lost its payment method stays Active (100001) or shows Inactive (100002).",
    )
    schedule_type: values.Text = Field(
        None, description=f"{', '.join(names.RHYTHMS)}. Another name counts by scheduleCalendarUnit alone."
    )
    schedule_calendar_unit: Annotated[
        str | None, values.named(*names.UNITS), values.described("string", enum=[*names.UNITS, None])
    ] = Field(None, description="In place of scheduleType.")
    schedule_every_other: Annotated[
        int | None, values.whole(1, 1000), values.described("integer", minimum=1, maximum=1000)
    ] = Field(None, description="Every so many of them; 1 where it is left out.")
    schedule_fixed_day: Annotated[
        int | None, values.whole(1, 31), values.described("integer", minimum=1, maximum=31)
    ] = Field(None, description="Day of the month; of the week, 1 (Monday) to 7, for Weekly.")
    schedule_selected_set: values.Months = Field((), description="The only months, such as [1,6].")
    purpose_accounting_code: values.Text = None
    data_set_guid: values.Guid = None


class AddOnBody(Body):
    """What a subscription may take beside its agreement; with subscriptionGuid that one takes it at once."""

    model_config = ConfigDict(json_schema_extra={"required": ["name", "unitPrice"]})

    name: Annotated[values.Text, values.Needed] = None
    description: values.Text = None
    unit_price: Annotated[values.Amount, values.Needed] = Field(None, description="For one, without VAT.")
    vat_percentage: values.Percentage = None
    currency_code: values.Currency = Field(None, description="ISO 4217; your site's own where it is left out.")
    purpose_accounting_code: values.Text = None
    subscription_guid: values.Guid = Field(None, description="Billed with each payment of it, from the next one on.")
    quantity: values.Quantity = None


class PageQuery(Body):
    """Which page of a list."""

    page_number: Annotated[int | None, values.whole(0, 10**6)] = Field(0, ge=0, description="From 0.")
    page_size: Annotated[int | None, values.whole(1, MOST)] = Field(
        20, ge=1, le=MOST, description="How many of a page."
    )
    after: values.Text = Field(None, description="The value of next from the page before, in place of pageNumber.")


class SubscriptionsQuery(PageQuery):
    """Which subscriptions; all that is given must be so. Archived ones are shown to who asks for that state."""

    start_date: values.Day = Field(None, description="Made on this day or later, yyyy-mm-dd at your site.")
    end_date: values.Day = Field(None, description="Made on this day or earlier.")
    state: Annotated[str | None, values.named(*names.STATES), values.described("string", enum=list(names.STATES))] = (
        None
    )
    contact_guid: values.Guid = None
    external_id: values.Guid = Field(None, description="Your own id.")


class ContactsQuery(PageQuery):
    """Which contacts."""

    archived: values.Flag = Field(None, description="True: those that are archived; else those that are not.")

    search: values.Text = Field(None, description="Their email or msisdn, exactly.")


class AddOnsQuery(PageQuery):
    """Which add-ons."""

    archived: values.Flag = Field(None, description="True: those that are archived; else those that are not.")


class AgreementsQuery(PageQuery):
    """Shared agreements, or with contactGuid that contact's personal ones."""

    archived: values.Flag = Field(None, description="True: those that are archived; else those that are not.")

    contact_guid: values.Guid = None


class MethodsQuery(PageQuery):
    """Which payment methods."""

    contact_guid: values.Guid = None


class LogQuery(Body):
    """How much of the log."""

    limit: Annotated[int | None, values.whole(1, 10**6)] = Field(
        None, ge=1, description="The newest so many; empty: all."
    )
