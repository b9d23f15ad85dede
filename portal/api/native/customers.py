"""Addresses of the native API: customers by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Response, request
from pydantic import BaseModel

from portal.api import auth, casing
from portal.api.answers import answer
from portal.api.native import answers
from portal.api.native.manual import manual
from portal.api.native.reading import read_customer
from portal.api.native.routes import bp, rules
from portal.api.native.samples import CUSTOMER, CUSTOMER_BODY
from portal.api.native.schemas import CustomerBody
from portal.billing.snapshot import customer_shape, local
from portal.core.database import reading, session, transaction
from portal.core.errors import InvalidFields
from portal.customers import find
from portal.customers.add_or_update import CustomerOrder
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions.customer_changed import save_customer


def _read(_: type[BaseModel], fields: dict[str, Any]) -> CustomerOrder:
    return read_customer(fields, (request.view_args or {})["version"], rules())


@bp.post("/customer/addUpdate")
@manual.operation(
    "Add or update a customer",
    tag="Customers",
    body=CustomerBody,
    read=_read,
    answers={200: answers.SavedCustomer},
    body_example=CUSTOMER_BODY,
    answer_examples={200: {"success": True, "action": "added", "_id": CUSTOMER["_id"], "id": CUSTOMER["id"]}},
)
def add_update_customer(version: str, site_id: str, body: CustomerOrder) -> Response:
    """Keyed by external_id, in v4 also by id. `mobile_phone` is needed to notify by text, `email` to notify by email.
    Where a subscription still waits for this customer's yes and the contact changes, the link is sent anew."""
    mine = auth.own_site(site_id)
    with transaction(), _named_plainly():
        saved = save_customer(session().get_one(Site, mine), body)
        shape = {"success": True, "action": saved.action, "_id": str(saved.customer.id), "id": str(saved.customer.id)}
        return answer(casing.written(shape, version))


@bp.get("/customer/<customer_id>")
@manual.operation(
    "Read a customer",
    tag="Customers",
    answers={200: answers.WholeCustomer},
)
def get_customer(version: str, site_id: str, customer_id: str) -> Response:
    """The customer's record, found by our id or your external_id."""
    mine = auth.own_site(site_id)
    with reading():
        site = session().get_one(Site, mine)
        shape = _shape(site, find.by_either_id(mine, customer_id))
    return answer(casing.written(shape, version))


@contextmanager
def _named_plainly() -> Iterator[None]:
    """Inside a subscription a field is `customer.email`; alone it is `email`."""
    try:
        yield
    except InvalidFields as error:
        plain = [replace(one, field=one.field.removeprefix("customer.")) for one in error.problems]
        raise InvalidFields(plain) from None


def _shape(site: Site, customer: Customer) -> dict[str, Any]:
    return customer_shape(customer) | {
        "locale": customer.locale,
        "notes": customer.notes,
        "created_at": local(site, customer.created_at),
        "updated_at": local(site, customer.updated_at),
    }
