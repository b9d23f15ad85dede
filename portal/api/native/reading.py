"""From a native body to an order of the domain: casings merged, values checked, every problem named at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.api import validation
from portal.api.native.manual import merged
from portal.api.native.schemas import CustomerBody, SiteRules, SubscriptionBody
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
    fields, problems = merged(SubscriptionBody, _with_customer(body))
    if version != "v4":
        fields.pop("id", None)  # 3.x knows its records by external_id alone (X11)
    parsed, wrong = validation.read_what_can_be(SubscriptionBody, fields, rules=rules)
    return Read(_order(parsed), problems + list(wrong.values()), frozenset(fields))


def read_customer(body: dict[str, Any], version: str, rules: SiteRules) -> CustomerOrder:
    """A customer alone. Raises InvalidFields with everything wrong."""
    fields, problems = merged(CustomerBody, body)
    if version != "v4":
        fields.pop("id", None)
    parsed, wrong = validation.read_what_can_be(CustomerBody, fields, rules=rules)
    if fields.get("external_id") in (None, "") and fields.get("id") in (None, ""):
        problems.append(Problem("external_id", "missing", "Give your own id of the customer."))
    refuse_problems(problems + list(wrong.values()))
    return customer_order(parsed)


def _with_customer(body: dict[str, Any]) -> dict[str, Any]:
    """A customer may be a text: a reference by the merchant's own id."""
    value = body.get("customer")
    if isinstance(value, str):
        return body | {"customer": {"external_id": value} if value else None}
    return body


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
