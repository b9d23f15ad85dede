"""Products of a site: added to its catalog, found there, or made for one subscription alone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from portal.catalog.product_models import Product
from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.sites import clock
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class ProductOrder:
    """A product as a door gives it; the amount in minor units, for one of it."""

    name: str
    currency: str
    amount_minor: int
    description: str | None = None
    shows_dates: bool = True


def add(site: Site, order: ProductOrder) -> Product:
    """A product that every subscription of the site may hold."""
    product = _new(site, order)
    _note(site, product, "product added")
    return product


def own(site: Site, subscription_id: uuid.UUID, order: ProductOrder, reference: str | None) -> Product:
    """The product of this subscription alone; the same reference again is the same product, with what it says now."""
    mine = select(Product).where(Product.subscription_id == subscription_id, Product.reference == reference)
    known = session().scalar(mine) if reference is not None else None
    if known is None:
        product = _new(site, order)
        product.subscription_id, product.reference = subscription_id, reference
        session().flush()
        return product
    known.name, known.description, known.shows_dates = order.name, order.description, order.shows_dates
    known.currency, known.amount_minor, known.updated_at = order.currency, order.amount_minor, clock.now(site)
    return known


def all_of(site_id: uuid.UUID) -> Select[Product]:
    """The catalog of a site, without what belongs to one subscription alone."""
    return select(Product).where(Product.site_id == site_id, Product.subscription_id.is_(None))


def in_catalog(site_id: uuid.UUID, text: str | None) -> Product | None:
    """By its id; another site's is as unknown as one that does not exist."""
    our_id = read_id(text) if text else None
    return session().scalar(all_of(site_id).where(Product.id == our_id)) if our_id else None


def get(site_id: uuid.UUID, text: str) -> Product:
    """Raises NotFound."""
    found = in_catalog(site_id, text)
    if found is None:
        raise NotFound("There is no product with this id.")
    return found


def held_by(site_id: uuid.UUID, subscription_ids: Sequence[uuid.UUID], names: Sequence[str]) -> Sequence[Product]:
    """What the lines of these subscriptions name: their own products, and those of the catalog, in one read."""
    ids = [our_id for name in names if (our_id := read_id(name)) is not None]
    theirs = or_(Product.subscription_id.in_(subscription_ids), Product.id.in_(ids))
    return session().scalars(select(Product).where(Product.site_id == site_id, theirs)).all()


def _new(site: Site, order: ProductOrder) -> Product:
    now = clock.now(site)
    product = Product(
        site_id=site.id,
        name=order.name,
        description=order.description,
        currency=order.currency,
        amount_minor=order.amount_minor,
        shows_dates=order.shows_dates,
        created_at=now,
        updated_at=now,
    )
    session().add(product)
    session().flush()
    return product


def _note(site: Site, product: Product, what: str) -> None:
    changes.record(
        what,
        site_id=site.id,
        entity="product",
        entity_id=product.id,
        at=clock.now(site),
        fields={"name": (None, product.name), "amount_minor": (None, product.amount_minor)},
    )
