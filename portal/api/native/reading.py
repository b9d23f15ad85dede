"""From a native body to an order of the domain: casings merged, values checked, every problem named at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from portal.api import casing
from portal.api.native.schemas import (
    CUSTOMER_FIELDS,
    OPTION_FIELDS,
    SUBSCRIPTION_FIELDS,
    CustomerBody,
    SiteRules,
    SubscriptionBody,
)
from portal.core.errors import InvalidFields, Problem
from portal.customers.add_or_update import CustomerOrder
from portal.subscriptions.orders import SubscriptionOrder

# Fields that are no field of the order of the same name, or whose null is the same as leaving them out.
RENAMED = {"start_date", "end_date", "attachment_refs", "customer", "lines", "taxes", "months"}
RENAMED |= {"active", "currency", "quantity", "collection"}


@dataclass(frozen=True, slots=True)
class Read:
    """The order as far as it could be read, what is wrong, and which fields were named at all."""

    order: SubscriptionOrder
    problems: list[Problem]
    named: frozenset[str]


def read_subscription(body: dict[str, Any], version: str, rules: SiteRules) -> Read:
    """Never raises for a wrong field: what cannot be read stays KEEP and is listed."""
    fields, _, problems = casing.read(body, SUBSCRIPTION_FIELDS)
    _merge_ids(fields)
    if version != "v4":
        fields.pop("id", None)  # 3.x knows its records by external_id alone (X11)
    if "customer" in fields:
        fields["customer"], more = _customer(fields["customer"])
        problems += more
    parsed, wrong = _parse(SubscriptionBody, fields, rules)
    return Read(_order(parsed), problems + list(wrong.values()), frozenset(fields))


def _parse(
    model: type[SubscriptionBody], fields: dict[str, Any], rules: SiteRules
) -> tuple[SubscriptionBody, dict[str, Problem]]:
    """Validate; fields that fail are left out and the rest is validated again, so that one typo hides nothing."""
    try:
        return model.model_validate(fields, context={"rules": rules}), {}
    except ValidationError as error:
        wrong = {".".join(map(str, e["loc"])): problem(e) for e in error.errors(include_url=False)}
    left = {name: value for name, value in fields.items() if not any(key.split(".")[0] == name for key in wrong)}
    return model.model_validate(left, context={"rules": rules}), wrong


def problem(error: Any) -> Problem:
    """One of pydantic's errors in our words."""
    field = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return Problem(field, "missing", f"{field} is required.")
    words = error["msg"] if error["type"] == "invalid" else "This value cannot be read here."
    return Problem(field, "invalid", words)


def _merge_ids(fields: dict[str, Any]) -> None:
    """`_id` is an alias of `id` (X2); where both are given, id wins."""
    alias = fields.pop("_id", None)
    if alias not in (None, "") and fields.get("id") in (None, ""):
        fields["id"] = alias


def _customer(value: Any) -> tuple[Any, list[Problem]]:
    """A nested customer, or a reference to one by its id or the merchant's own."""
    if isinstance(value, str) and value:
        return {"external_id": value}, []
    if not isinstance(value, dict):
        return None if value in (None, "") else value, []
    fields, _, problems = casing.read(value, CUSTOMER_FIELDS)
    _merge_ids(fields)
    options = fields.get("notification_options")
    if isinstance(options, dict):
        fields["notification_options"], _, more = casing.read(options, OPTION_FIELDS)
        problems += more
    return fields, [Problem(f"customer.{p.field}", p.kind, p.message) for p in problems]


def _order(body: SubscriptionBody) -> SubscriptionOrder:
    given = body.model_fields_set
    values: dict[str, Any] = {name: getattr(body, name) for name in given - RENAMED}
    if "lines" in given:
        values["items"] = tuple(line.order() for line in body.lines)
    if "taxes" in given:
        values["taxes"] = tuple(tax.order() for tax in body.taxes)
    if "months" in given:
        values["months"] = tuple(body.months)
    for name, inside in (("start_date", "start_on"), ("end_date", "end_on"), ("attachment_refs", "attachments")):
        if name in given:
            values[inside] = getattr(body, name)
    for name in ("active", "currency", "quantity", "collection"):
        if getattr(body, name) is not None:
            values[name] = getattr(body, name)
    if body.customer is not None:
        values["customer"] = customer_order(body.customer)
    return SubscriptionOrder(**values)


def customer_order(body: CustomerBody) -> CustomerOrder:
    given = body.model_fields_set
    values: dict[str, Any] = {
        name: getattr(body, name)
        for name in given & {"id", "external_id", "first_name", "last_name", "account_name", "email", "locale", "notes"}
    }
    if "mobile_phone" in given:
        values["phone"] = body.mobile_phone
    options = body.notification_options
    if "notification_options" in given:
        values["notify_phone"] = options.notify_phone if options else None
        values["notify_email"] = options.notify_email if options else None
    return CustomerOrder(**values)


def refuse_problems(problems: list[Problem]) -> None:
    """Raises InvalidFields where there is any problem, each field once."""
    if problems:
        raise InvalidFields(list({p.field: p for p in reversed(problems)}.values())[::-1])
