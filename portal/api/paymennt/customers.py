"""Addresses of the dialect: customers, by the merchant's own id or by their contact."""

from __future__ import annotations

from flask import Response, g
from sqlalchemy import select

from portal.api.body import read_object
from portal.api.paymennt import bodies, orders, reading, shapes
from portal.api.paymennt.bodies import CustomerBody
from portal.api.paymennt.door import bp, done
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import InvalidFields, NotFound, Problem
from portal.core.ids import read_id
from portal.customers.models import Customer
from portal.sites.models import Site


@bp.post("/customer", strict_slashes=False)
@bp.post("/customers", strict_slashes=False)
def save_customer() -> Response:
    """Add one, or update the one whom the merchant's id, phone or email names."""
    body = bodies.read(CustomerBody, read_object())
    if body.merchants_id is None and body.email is None and body.phone is None:
        raise InvalidFields([Problem("email", "missing", "Give an email, a phone, or your own id of the customer.")])
    with transaction():
        saved = orders.save_customer(session().get_one(Site, g.site_id), body)
        return done(shapes.customer_shape(saved.customer))


@bp.get("/customer", strict_slashes=False)
@bp.get("/customers", strict_slashes=False)
def list_customers() -> Response:
    page, size = reading.pages()
    with only_reading():
        mine = select(Customer).where(Customer.site_id == g.site_id)
        total = reading.count(mine.with_only_columns(Customer.id))
        newest = mine.order_by(Customer.id.desc()).limit(size).offset(page * size)
        content = [shapes.customer_shape(one) for one in session().scalars(newest)]
    return done(shapes.page_shape(content, page, size, total))


@bp.get("/customer/<customer_id>", strict_slashes=False)
@bp.get("/customers/<customer_id>", strict_slashes=False)
def get_customer(customer_id: str) -> Response:
    our_id = read_id(customer_id)
    with only_reading():
        found = session().get(Customer, our_id) if our_id else None
        if found is None or found.site_id != g.site_id:
            raise NotFound("Customer not found for API merchant")
        shape = shapes.customer_shape(found)
    return done(shape)
