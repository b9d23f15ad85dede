"""Find a customer of a site; another site's is as unknown as one that does not exist."""

from __future__ import annotations

import uuid

from sqlalchemy import or_, select

from portal.core.database import session
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.customers.models import Customer


def by_either_id(site_id: uuid.UUID, text: str) -> Customer:
    """By our id or by the merchant's external_id; where one is another's id, the id wins. Raises NotFound."""
    our_id = read_id(text)
    mine = select(Customer).where(Customer.site_id == site_id)
    rows = session().scalars(mine.where(or_(Customer.id == our_id, Customer.external_id == text))).all()
    if not rows:
        raise NotFound("There is no customer with this id.")
    return next((row for row in rows if row.id == our_id), rows[0])
