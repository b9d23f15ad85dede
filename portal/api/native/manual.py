"""The manual of the native dialect: three versions over the same operations, each writing its own casing."""

from __future__ import annotations

from functools import partial
from typing import Any, get_args

from pydantic import BaseModel

from portal.api import casing, validation
from portal.api.manual import Manual
from portal.api.native.answers import Failure
from portal.api.shared import Edition
from portal.core.errors import InvalidFields, Problem

SITE = "The id of your site, as `portal site create` printed it."
SUBSCRIPTION = "Our id of the subscription, or your own external id."


def read(model: type[BaseModel], body: dict[str, Any]) -> BaseModel:
    """The body or the query as the model, in either casing. Raises InvalidFields with everything wrong."""
    fields, problems = merged(model, body)
    if problems:
        raise InvalidFields(problems)
    return validation.read(model, fields)


def merged(model: type[BaseModel], body: dict[str, Any], under: str = "") -> tuple[dict[str, Any], list[Problem]]:
    """The fields that the model knows in snake_case, nested models included; `_id` is an alias of `id` (X2)."""
    known = frozenset(model.model_fields)
    fields, _, problems = casing.read(body, known | {"_id"})
    alias = fields.pop("_id", None)
    if "id" in known and alias not in (None, "") and fields.get("id") in (None, ""):
        fields["id"] = alias
    problems = [Problem(f"{under}{p.field}", p.kind, p.message) for p in problems]
    for name, inside in ((name, _nested(model, name)) for name in tuple(fields)):
        if inside is not None and isinstance(fields[name], dict):
            fields[name], more = merged(inside, fields[name], f"{under}{name}.")
            problems += more
    if model.model_config.get("extra") == "allow":
        fields |= {name: value for name, value in body.items() if casing.snake(name) not in known}
    return fields, problems


def _nested(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    kinds = (model.model_fields[name].annotation, *get_args(model.model_fields[name].annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


manual = Manual(
    name="native",
    title="Native API",
    about="Subscriptions, customers, payments and what happens to them.",
    editions=(
        Edition("v4", "Version 4, camelCase", "v4", casing.camel, partial(casing.written, version="v4")),
        Edition("v3.1", "Version 3.1, snake_case", "v3.1"),
        Edition("v3", "Version 3, snake_case", "v3"),
    ),
    failure=Failure,
    tags=("Subscriptions", "Customers", "Payments", "History", "Attachments", "Webhooks", "Sandbox"),
    read=read,
    path_words={
        "site_id": SITE,
        "subscription_id": SUBSCRIPTION,
        "customer_id": "Our id of the customer, or your own external id.",
        "payment_id": "The id of the payment.",
        "attachment_id": "The id of the attachment.",
        "webhook_id": "The id of the webhook.",
        "event_id": "The id of the event.",
    },
)
