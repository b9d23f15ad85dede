"""Agreements: what a merchant offers, for how much and how often; subscriptions take their terms from them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import changes
from portal.core.columns import Json
from portal.core.database import Row, session
from portal.core.errors import NotFound, invalid
from portal.core.ids import read_id
from portal.core.money import InvalidAmount, Money
from portal.sites import clock
from portal.sites.models import Site

SHARED, PERSONAL = "shared", "personal"


class Agreement(Row):
    """Never changed once it is made, but for being archived: what shall cost something else gets another agreement.

    `unit_amount_minor` is for one of `default_quantity`, without VAT. `every` counts calendar units (day, week,
    month, year); `fixed_day` is a day of the month (-1: the last) or of the week, `months` the only ones that count.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("kind IN ('shared', 'personal')", name="kind"),
        CheckConstraint("(kind = 'personal') = (customer_id IS NOT NULL)", name="personal_has_customer"),
        CheckConstraint("unit_amount_minor > 0", name="amount_positive"),
        CheckConstraint("default_quantity BETWEEN 1 AND 1000000", name="quantity"),
        Index(None, "site_id", "created_at"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[str]
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customers.id"))  # whose a personal one is
    name: Mapped[str]
    description: Mapped[str | None]
    unit: Mapped[str | None]  # what one of the quantity is called
    default_quantity: Mapped[int]
    unit_amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    vat_rate: Mapped[str | None]  # in percent, on top; as text, so that it stays exact
    is_tax_deductible: Mapped[bool]
    payment_required: Mapped[bool]
    schedule_name: Mapped[str]  # by which name the merchant called the rhythm
    calendar_unit: Mapped[str]
    every: Mapped[int]
    fixed_day: Mapped[int | None]
    months: Mapped[list[int] | None] = mapped_column(Json)
    accounting_code: Mapped[str | None]
    data_set: Mapped[str | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]  # not offered any more; who has it keeps it

    @property
    def unit_amount(self) -> Money:
        return Money(self.unit_amount_minor, self.currency)

    @property
    def amount(self) -> Money:
        """What the default quantity costs, without VAT."""
        return Money(self.unit_amount_minor * self.default_quantity, self.currency)

    @property
    def vat(self) -> Decimal | None:
        return Decimal(self.vat_rate) if self.vat_rate is not None else None


@dataclass(frozen=True, slots=True)
class AgreementOrder:
    """A new agreement: `unit_amount` is a decimal in major units, `vat_rate` in percent; `calendar_unit` and `every`
    make a rhythm together with `fixed_day` and `months`, which the caller has checked."""

    name: str
    unit_amount: Decimal
    currency: str
    schedule_name: str
    calendar_unit: str
    every: int
    fixed_day: int | None = None
    months: tuple[int, ...] = ()
    customer_id: uuid.UUID | None = None
    description: str | None = None
    unit: str | None = None
    default_quantity: int = 1
    vat_rate: Decimal | None = None
    is_tax_deductible: bool = False
    payment_required: bool = True
    accounting_code: str | None = None
    data_set: str | None = None


def add(site: Site, order: AgreementOrder) -> Agreement:
    """Write it in the open transaction. Raises InvalidFields for an amount that the currency cannot say."""
    made = Agreement(
        site_id=site.id,
        kind=SHARED if order.customer_id is None else PERSONAL,
        customer_id=order.customer_id,
        name=order.name,
        description=order.description,
        unit=order.unit,
        default_quantity=order.default_quantity,
        unit_amount_minor=_minor(order),
        currency=order.currency,
        vat_rate=str(order.vat_rate) if order.vat_rate is not None else None,
        is_tax_deductible=order.is_tax_deductible,
        payment_required=order.payment_required,
        schedule_name=order.schedule_name,
        calendar_unit=order.calendar_unit,
        every=order.every,
        fixed_day=order.fixed_day,
        months=list(order.months) or None,
        accounting_code=order.accounting_code,
        data_set=order.data_set,
        created_at=clock.now(site),
    )
    session().add(made)
    _note(site, made)
    session().flush()
    return made


def find(site_id: uuid.UUID, text: str) -> Agreement:
    """Raises NotFound for an unknown id, and alike for another site's."""
    found = find_if_any(site_id, text)
    if found is None:
        raise NotFound("There is no agreement with this id.")
    return found


def find_if_any(site_id: uuid.UUID, text: str) -> Agreement | None:
    our_id = read_id(text)
    if our_id is None:
        return None
    return session().scalar(select(Agreement).where(Agreement.site_id == site_id, Agreement.id == our_id))


def _minor(order: AgreementOrder) -> int:
    try:
        return Money.parse(order.unit_amount, order.currency).minor
    except InvalidAmount as error:
        raise invalid("unit_amount", error.reason) from None


def _note(site: Site, made: Agreement) -> None:
    said: dict[str, Any] = {
        "name": made.name,
        "unit_amount_minor": made.unit_amount_minor,
        "currency": made.currency,
        "schedule": f"every {made.every} {made.calendar_unit}",
    }
    changes.record(
        "agreement added",
        site_id=site.id,
        entity="agreement",
        entity_id=made.id,
        at=clock.now(site),
        fields={name: (None, value) for name, value in said.items()},
    )
