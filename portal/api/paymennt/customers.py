"""Addresses of the dialect: customers, by the merchant's own id or by their contact."""

from __future__ import annotations

from flask import Response, g
from sqlalchemy import select

from portal.api.answers import answer
from portal.api.paymennt import answers, orders, reading, shapes
from portal.api.paymennt.bodies import CustomerBody, PageQuery
from portal.api.paymennt.door import bp, enveloped
from portal.api.paymennt.manual import manual
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import InvalidFields, NotFound, Problem
from portal.core.ids import read_id
from portal.customers.models import Customer
from portal.sites.models import Site


@bp.post("/customer", strict_slashes=False)
@bp.post("/customers", endpoint="save_customers", strict_slashes=False)
@manual.operation(
    "Add or update a customer", tag="Customers (Paymennt)", body=CustomerBody, answers={200: answers.CustomerAnswer}
)
def save_customer(body: CustomerBody) -> Response:
    """Add one, or update the one whom the merchant's id, phone or email names."""
    if body.merchants_id is None and body.email is None and body.phone is None:
        raise InvalidFields([Problem("email", "missing", "Give an email, a phone, or your own id of the customer.")])
    with transaction():
        saved = orders.save_customer(session().get_one(Site, g.site_id), body)
        return answer(enveloped(shapes.customer_shape(saved.customer)))


@bp.get("/customer", strict_slashes=False)
@bp.get("/customers", endpoint="read_customers", strict_slashes=False)
@manual.operation("List customers", tag="Customers (Paymennt)", query=PageQuery, answers={200: answers.CustomersAnswer})
def list_customers(query: PageQuery) -> Response:
    """Newest first, a page at a time."""
    page, size = query.page, query.size
    with only_reading():
        mine = select(Customer).where(Customer.site_id == g.site_id)
        total = reading.count(mine.with_only_columns(Customer.id))
        newest = mine.order_by(Customer.id.desc()).limit(size).offset(page * size)
        content = [shapes.customer_shape(one) for one in session().scalars(newest)]
    return answer(enveloped(shapes.page_shape(content, page, size, total)))


@bp.get("/customer/<customer_id>", strict_slashes=False)
@bp.get("/customers/<customer_id>", endpoint="read_customers_one", strict_slashes=False)
@manual.operation("Get customer", tag="Customers (Paymennt)", answers={200: answers.CustomerAnswer})
def get_customer(customer_id: str) -> Response:
    """By our own id."""
    our_id = read_id(customer_id)
    with only_reading():
        found = session().get(Customer, our_id) if our_id else None
        if found is None or found.site_id != g.site_id:
            raise NotFound("Customer not found for API merchant")
        shape = shapes.customer_shape(found)
    return answer(enveloped(shape))
