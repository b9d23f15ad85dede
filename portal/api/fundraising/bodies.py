"""The bodies of calls about subscriptions, as pydantic models in the dialect's own camelCase."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, ValidationError
from pydantic.alias_generators import to_camel

from portal.api.fundraising import values
from portal.core import json
from portal.core.errors import InvalidFields, Problem

MOST_OPERATIONS = 50
MOST_ADD_ONS = 50


class Body(BaseModel):
    """camelCase outside; what is not known is not read."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True, validate_default=True)


class TakenAddOn(Body):
    """An add-on of the catalog, and how many of it."""

    add_on_guid: Annotated[values.Guid, values.Needed] = None
    quantity: values.Quantity = None


class SubscriptionBody(Body):
    """A contact takes an agreement. Without a payment method the contact is sent the link."""

    model_config = ConfigDict(json_schema_extra={"required": ["contactGuid", "agreementGuid"]})

    contact_guid: Annotated[values.Guid, values.Needed] = None
    agreement_guid: Annotated[values.Guid, values.Needed] = None
    payment_method_type: values.Text = Field(None, description="Not read: the payment method has its type.")
    payment_method_guid: values.Guid = Field(
        None,
        description="A method that this contact saved before, where the contact has agreed to be charged by it. "
        "Empty: the subscription is Pending and the link is sent.",
    )
    start_date: values.Day = Field(None, description="First day of charging; empty: the day of confirmation.")
    expires_after_date: values.Day = Field(None, description="The last day that is still covered.")
    quantity: values.Quantity = Field(None, description="How many; empty: the agreement's default quantity.")
    hold_description: values.Text = None
    external_id: values.Guid = Field(None, description="Your own id; one subscription of your site has it.")
    external_link: values.Url = None
    origin_ts: values.Moment = Field(None, description="When it began elsewhere; nothing is counted from it.")
    data_set_guid: values.Guid = None
    add_ons: Annotated[
        list[TakenAddOn], BeforeValidator(lambda value: [] if value in (None, "") else value), Field(max_length=50)
    ] = []  # fmt: skip


class HoldBody(Body):
    """Why it is on hold, in your own words."""

    hold_description: values.Text = None


class RestartBody(Body):
    """From which day it is counted anew, and its end; what is left out stays."""

    start_date: values.Day = Field(None, description="Today or later; empty: it goes on with its own dates.")
    expires_after_date: values.Day = Field(None, description="The new last day; empty takes the end away.")


class CancelBody(Body):
    """Why it was cancelled, in your own words."""

    cancel_description: values.Text = None


class AgreementChoice(Body):
    """Which agreement it follows from now on."""

    model_config = ConfigDict(json_schema_extra={"required": ["agreementGuid"]})

    agreement_guid: Annotated[values.Guid, values.Needed] = None


class MethodChoice(Body):
    """Which saved payment method of the contact is charged from now on."""

    model_config = ConfigDict(json_schema_extra={"required": ["paymentMethodGuid"]})

    payment_method_guid: Annotated[values.Guid, values.Needed] = None


class PatchOperation(BaseModel):
    """One operation of RFC 6902. Its paths are /expiresAfterDate, /holdDescription, /quantity, /externalId and
    /externalLink; `test` asks about these alone, too."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    path: str
    from_path: str | None = Field(None, alias="from", description="Of move and copy.")
    value: Any = Field(None, description="Of add, replace and test.")


class PatchBody(RootModel[Annotated[list[PatchOperation], Field(max_length=MOST_OPERATIONS)]]):
    """Applied in order, all or nothing."""

    def operations(self) -> list[dict[str, Any]]:
        """As they were sent: a value that was left out stays left out."""
        return [one.model_dump(by_alias=True, exclude_unset=True) for one in self.root]


class PatchedFields(Body):
    """What the five fields may hold after a patch; one that was removed is empty, quantity 1."""

    expires_after_date: values.Day = None
    hold_description: values.Text = None
    quantity: values.Quantity = None
    external_id: values.Guid = None
    external_link: values.Url = None


Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], fields: Any) -> Model:
    """Raises InvalidFields that names everything wrong at once, in the dialect's own words."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise InvalidFields([_problem(one) for one in error.errors(include_url=False)]) from None


def as_json(shape: Any) -> Any:
    """An answer as its caller reads it."""
    return json.loads(json.dumps(shape))


def _problem(error: Any) -> Problem:
    field = ".".join(to_camel(str(part)) if "_" in str(part) else str(part) for part in error["loc"]) or "body"
    if error["type"] == "missing":
        return Problem(field, "missing", "It is required.")
    words = error["msg"] if error["type"] in {"invalid", "missing"} else "This value cannot be read here."
    return Problem(field, "invalid", words)
