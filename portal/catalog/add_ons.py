"""Add-ons: what a merchant offers beside an agreement; a subscription that takes one is billed for it each time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import changes
from portal.core.database import Row, session
from portal.core.errors import NotFound, invalid
from portal.core.ids import read_id
from portal.core.money import InvalidAmount, Money
from portal.sites import clock
from portal.sites.models import Site


class AddOn(Row):
    """Never changed once it is made, but for being archived; `unit_amount_minor` is for one, without VAT."""

    __tablename__ = "add_ons"
    __table_args__ = (
        CheckConstraint("unit_amount_minor > 0", name="amount_positive"),
        Index(None, "site_id", "created_at"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str]
    description: Mapped[str | None]
    unit_amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    vat_rate: Mapped[str | None]  # in percent, on top; as text, so that it stays exact
    accounting_code: Mapped[str | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    @property
    def unit_amount(self) -> Money:
        return Money(self.unit_amount_minor, self.currency)

    @property
    def vat(self) -> Decimal | None:
        return Decimal(self.vat_rate) if self.vat_rate is not None else None


@dataclass(frozen=True, slots=True)
class AddOnOrder:
    """A new add-on; `unit_amount` is a decimal in major units, `vat_rate` in percent."""

    name: str
    unit_amount: Decimal
    currency: str
    description: str | None = None
    vat_rate: Decimal | None = None
    accounting_code: str | None = None


def add(site: Site, order: AddOnOrder) -> AddOn:
    """Write it in the open transaction. Raises InvalidFields for an amount that the currency cannot say."""
    try:
        minor = Money.parse(order.unit_amount, order.currency).minor
    except InvalidAmount as error:
        raise invalid("unit_amount", error.reason) from None
    made = AddOn(
        site_id=site.id,
        name=order.name,
        description=order.description,
        unit_amount_minor=minor,
        currency=order.currency,
        vat_rate=str(order.vat_rate) if order.vat_rate is not None else None,
        accounting_code=order.accounting_code,
        created_at=clock.now(site),
    )
    session().add(made)
    changes.record(
        "add-on added",
        site_id=site.id,
        entity="add_on",
        entity_id=made.id,
        at=clock.now(site),
        fields={"name": (None, made.name), "unit_amount_minor": (None, minor), "currency": (None, made.currency)},
    )
    session().flush()
    return made


def find(site_id: uuid.UUID, text: str) -> AddOn:
    """Raises NotFound for an unknown id, and alike for another site's."""
    found = find_if_any(site_id, text)
    if found is None:
        raise NotFound("There is no add-on with this id.")
    return found


def find_if_any(site_id: uuid.UUID, text: str) -> AddOn | None:
    our_id = read_id(text)
    if our_id is None:
        return None
    return session().scalar(select(AddOn).where(AddOn.site_id == site_id, AddOn.id == our_id))
