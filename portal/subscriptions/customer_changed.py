"""A customer changes by themselves: what still waits for their yes is asked anew where the contact moved."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.core.database import session
from portal.core.errors import NotFound
from portal.customers.add_or_update import CustomerOrder, SavedCustomer, add_or_update
from portal.customers.models import Customer
from portal.links import requests
from portal.sites.models import Site
from portal.subscriptions import asking, lifecycle, versions
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription


def save_customer(site: Site, order: CustomerOrder) -> SavedCustomer:
    """Add or update the customer. Raises NotFound for an unknown id, InvalidFields when a contact is missing."""
    customer_id = _known(site.id, order)
    if order.id is not None and customer_id is None:
        raise NotFound("There is no customer with this id.")
    waiting = _waiting(customer_id) if customer_id else []  # locked before the customer, as everywhere
    saved = add_or_update(site, order)
    for subscription in waiting if saved.contact_changed else []:
        announce(site, subscription, "subscription", "updated", version=subscription.version)
        asking.ask(site, subscription, versions.terms_of(subscription.terms_id), saved.customer)
    return saved


def _known(site_id: uuid.UUID, order: CustomerOrder) -> uuid.UUID | None:
    mine = select(Customer.id).where(Customer.site_id == site_id)
    if order.id is not None:
        return session().scalar(mine.where(Customer.id == order.id))
    return session().scalar(mine.where(Customer.external_id == order.external_id))


def _waiting(customer_id: uuid.UUID) -> list[Subscription]:
    """Pending subscriptions with an open ask, locked in the order of their ids."""
    pending = (
        select(Subscription)
        .where(
            Subscription.customer_id == customer_id,
            Subscription.status == "pending",
            Subscription.deleted_at.is_(None),
            Subscription.archived_at.is_(None),
        )
        .order_by(Subscription.id)
        .with_for_update()
    )
    found = [one for one in session().scalars(pending) if not lifecycle.is_accepted(one)]
    newest = {one.id: requests.newest(one.id) for one in found}
    return [one for one in found if (ask := newest[one.id]) is not None and ask.status in (*requests.LIVE, "expired")]
