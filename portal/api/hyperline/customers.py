"""Addresses of the dialect: customers, whom subscriptions are for."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from sqlalchemy import func, select

from portal.api.answers import answer
from portal.api.hyperline import answers, filters, reading, shapes
from portal.api.hyperline.bodies import CustomerBody
from portal.api.hyperline.door import bp
from portal.api.hyperline.filters import ListQuery
from portal.api.hyperline.manual import manual
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import NotFound, invalid
from portal.core.ids import read_id
from portal.core.keep import KEEP
from portal.core.speech import LANGUAGES
from portal.customers.add_or_update import CustomerOrder, Phone
from portal.customers.add_or_update import add_or_update as save
from portal.customers.models import Customer
from portal.customers.phones import InvalidPhone, parse_phone
from portal.sites.models import Site
from portal.subscriptions import customer_changed

TAG = "Customers (Hyperline)"
EXAMPLE = {"name": "Acme", "type": "corporate", "external_id": "39772634", "billing_email": "billing@acme.example"}
_NAME = func.coalesce(Customer.account_name, Customer.first_name + " " + Customer.last_name)
FIELDS = {
    "id": filters.by_id(Customer.id),
    "external_id": filters.by_text(Customer.external_id),
    "name": filters.by_text(_NAME),
    "billing_email": filters.by_text(Customer.email),
    "created_at": filters.by_instant(Customer.created_at),
    "updated_at": filters.by_instant(Customer.updated_at),
}


@bp.post("/customers", strict_slashes=False)
@manual.operation("Create customer", tag=TAG, body=CustomerBody, answers={201: answers.Customer}, body_example=EXAMPLE)
def create_customer(body: CustomerBody) -> Response:
    """A new customer. One with this external id already is refused: update that one."""
    with transaction():
        site = reading.own_site()
        known = select(Customer.id).where(Customer.site_id == site.id, Customer.external_id == body.external_id)
        if body.external_id is not None and session().scalar(known) is not None:
            raise invalid("external_id", "There is a customer with this id already. Update that one.")
        saved = save(site, _order(site, body, None))
        return answer(shapes.customer_shape(saved.customer, site), 201)


@bp.put("/customers/<customer_id>", strict_slashes=False)
@manual.operation("Update customer", tag=TAG, body=CustomerBody, answers={200: answers.Customer}, body_example=EXAMPLE)
def update_customer(customer_id: str, body: CustomerBody) -> Response:
    """What is left out stays. Where the contact changes, a link that still waits for a yes is sent anew."""
    with transaction():
        site = reading.own_site()
        found = _find(customer_id)
        if body.external_id not in {None, found.external_id}:
            raise invalid("external_id", "The external id of a customer does not change.")
        saved = customer_changed.save_customer(site, _order(site, body, found.id))
        return answer(shapes.customer_shape(saved.customer, site))


@bp.get("/customers", strict_slashes=False)
@manual.operation("List customers", tag=TAG, query=ListQuery, answers={200: answers.Customers})
def list_customers(query: ListQuery) -> Response:
    """Newest first. Filters: id, external_id, name, billing_email, created_at, updated_at, as `name__contains`."""
    conditions = filters.asked(FIELDS)
    with only_reading():
        site = reading.own_site()

        def written(rows: list[Any]) -> list[shapes.Shape]:
            return [shapes.customer_shape(customer, site) for (customer,) in rows]

        wanted = select(Customer).where(Customer.site_id == site.id, *conditions)
        shape = filters.page(wanted, query, (Customer.created_at.desc(), Customer.id.desc()), written)
    return answer(shape)


@bp.get("/customers/<customer_id>", strict_slashes=False)
@manual.operation("Get customer", tag=TAG, answers={200: answers.Customer})
def get_customer(customer_id: str) -> Response:
    """One customer, by our own id."""
    with only_reading():
        shape = shapes.customer_shape(_find(customer_id), reading.own_site())
    return answer(shape)


def _find(text: str) -> Customer:
    our_id = read_id(text)
    found = session().get(Customer, our_id) if our_id else None
    if found is None or found.site_id != g.site_id:
        raise NotFound("Customer not found")
    return found


def _order(site: Site, body: CustomerBody, our_id: uuid.UUID | None) -> CustomerOrder:
    """A name is the account's, unless it is said to be a person's: then its last word is the last name."""
    given = body.model_fields_set
    names: dict[str, Any] = {}
    if body.name is not None and body.type == "person":
        first, _, last = body.name.rpartition(" ")
        names = {"first_name": first or last, "last_name": last if first else None, "account_name": None}
    elif "name" in given:
        names = {"account_name": body.name}
    return CustomerOrder(
        id=our_id,
        external_id=body.external_id if our_id is None else None,
        phone=_phone(site, body.phone) if "phone" in given else KEEP,
        email=body.billing_email if "billing_email" in given else KEEP,
        locale=_language(body.language) if "language" in given else KEEP,
        **names,
    )


def _phone(site: Site, text: str | None) -> Phone | None:
    if text is None:
        return None
    try:
        return Phone(text, parse_phone(text, site.country, must_be_valid=site.mode == "live"))
    except InvalidPhone as error:
        raise invalid("phone", str(error)) from None


def _language(text: str | None) -> str | None:
    if text is None or text in LANGUAGES:
        return text
    raise invalid("language", f"Give one of {', '.join(LANGUAGES)}.")
