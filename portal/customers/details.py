"""What a merchant keeps of a person beside how to reach them: a national id, a birthday, an address; on no page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import changes
from portal.core.database import Row, session
from portal.core.errors import NotAllowedNow
from portal.core.security import keys
from portal.customers.models import Customer
from portal.sites import clock
from portal.sites.models import Site

FIELDS = (
    "birth_date", "address", "address2", "post_code", "city", "country_code", "business_code", "contact_type",
    "external_link", "origin_at",
)  # fmt: skip


class ContactDetails(Row):
    """One row for a customer of whom such things are known. The national id is sealed: who reads the table cannot."""

    __tablename__ = "contact_details"

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"), unique=True)
    national_id_sealed: Mapped[str | None]
    birth_date: Mapped[date | None]
    address: Mapped[str | None]
    address2: Mapped[str | None]
    post_code: Mapped[str | None]
    city: Mapped[str | None]
    country_code: Mapped[str | None]
    business_code: Mapped[str | None]
    contact_type: Mapped[str | None]
    external_link: Mapped[str | None]
    origin_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]

    @property
    def national_id(self) -> str | None:
        return keys().unseal(self.national_id_sealed) if self.national_id_sealed else None


def of(customer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ContactDetails]:
    """What is known of these, in one read."""
    mine = select(ContactDetails).where(ContactDetails.customer_id.in_(customer_ids))
    return {row.customer_id: row for row in session().scalars(mine)}


def save(site: Site, customer: Customer, wanted: Mapping[str, Any]) -> None:
    """Set what is given: names of FIELDS, and `national_id` in clear. The log gets their names, never their values."""
    row = of([customer.id]).get(customer.id)
    present = {name: getattr(row, name) if row else None for name in (*FIELDS, "national_id")}
    changed = {name: value for name, value in wanted.items() if present[name] != value}
    if not changed:
        return
    row = row or _new(site, customer)
    for name, value in changed.items():
        if name == "national_id":
            row.national_id_sealed = keys().seal(value) if value else None
        else:
            setattr(row, name, value)
    _note(site, customer, "contact details changed", dict.fromkeys(changed, (None, "changed")))


def archive(site: Site, customer: Customer) -> None:
    """Hidden from lists, and takes nothing new. The caller has seen that nothing of theirs goes on."""
    row = of([customer.id]).get(customer.id) or _new(site, customer)
    if row.archived_at is None:
        row.archived_at = clock.now(site)
        _note(site, customer, "contact archived", {"archived_at": (None, row.archived_at.isoformat())})


def unarchive(site: Site, customer: Customer) -> None:
    row = of([customer.id]).get(customer.id)
    if row is None or row.archived_at is None:
        raise NotAllowedNow("This contact is not archived.")
    _note(site, customer, "contact unarchived", {"archived_at": (row.archived_at.isoformat(), None)})
    row.archived_at = None


def _new(site: Site, customer: Customer) -> ContactDetails:
    row = ContactDetails(site_id=site.id, customer_id=customer.id)
    session().add(row)
    session().flush()
    return row


def _note(site: Site, customer: Customer, what: str, fields: Mapping[str, tuple[Any, Any]]) -> None:
    customer.updated_at = clock.now(site)
    changes.record(what, site_id=site.id, entity="customer", entity_id=customer.id, at=clock.now(site), fields=fields)
