"""Addresses of the dialect: the catalog of products."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from portal.api.answers import answer
from portal.api.hyperline import answers, filters, reading, shapes
from portal.api.hyperline.bodies import ProductBody
from portal.api.hyperline.door import bp
from portal.api.hyperline.filters import ListQuery
from portal.api.hyperline.manual import manual
from portal.catalog import products
from portal.catalog.product_models import Product
from portal.catalog.products import ProductOrder
from portal.core.database import reading as only_reading
from portal.core.database import transaction

TAG = "Products (Hyperline)"
EXAMPLE = {
    "name": "Onboarding",
    "description": "Two hours with our team",
    "type": "fee",
    "prices": [{"type": "fee", "amount": 12300}],
}
FIELDS = {
    "id": filters.by_id(Product.id),
    "name": filters.by_text(Product.name),
    "description": filters.by_text(Product.description),
    "currency": filters.by_text(Product.currency),
    "created_at": filters.by_instant(Product.created_at),
}


@bp.post("/products", strict_slashes=False)
@manual.operation("Create product", tag=TAG, body=ProductBody, answers={201: answers.Product}, body_example=EXAMPLE)
def create_product(body: ProductBody) -> Response:
    """A product that any subscription of the site may hold by its id; subscriptions keep the price they took it at."""
    with transaction():
        site = reading.own_site()
        assert body.name is not None
        assert body.prices is not None
        order = ProductOrder(
            name=body.name,
            currency=body.currency or site.currency,
            amount_minor=body.prices[0].amount or 0,
            description=body.description,
            shows_dates=body.description_display_interval_dates is not False,
        )
        return answer(shapes.product_shape(products.add(site, order)), 201)


@bp.get("/products", strict_slashes=False)
@manual.operation("List products", tag=TAG, query=ListQuery, answers={200: answers.Products})
def list_products(query: ListQuery) -> Response:
    """Newest first. Filters: id, name, description, currency, created_at, as in `name__contains`."""
    conditions = filters.asked(FIELDS)
    with only_reading():
        wanted = products.all_of(g.site_id).where(*conditions)
        shape = filters.page(wanted, query, (Product.created_at.desc(), Product.id.desc()), _written)
    return answer(shape)


@bp.get("/products/<product_id>", strict_slashes=False)
@manual.operation("Get product", tag=TAG, answers={200: answers.Product})
def get_product(product_id: str) -> Response:
    """One product of the catalog."""
    with only_reading():
        shape = shapes.product_shape(products.get(g.site_id, product_id))
    return answer(shape)


def _written(rows: list[Any]) -> list[shapes.Shape]:
    return [shapes.product_shape(product) for (product,) in rows]
