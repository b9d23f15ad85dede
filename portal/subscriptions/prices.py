"""What the amount of an invoice is reckoned from: the base of the terms, the items beside it, and their taxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.core.money import Money
from portal.subscriptions.coupons import Coupon, coupons_of
from portal.subscriptions.lines import LineKind
from portal.subscriptions.product_changes import Billed, Priced
from portal.subscriptions.rhythms import Only, Repeats, Rhythm
from portal.subscriptions.schedules import Schedule

HIGHEST_TOTAL = 10**16  # minor units: a year of daily instalments of it still fits a column
BASE = "base"  # how a tax names the base of the terms where it could name an item


@dataclass(frozen=True, slots=True)
class Item:
    """Something billed beside the base: `count` of it at `unit_amount_minor` each, for every period of its own.

    `grid` is where its periods begin, None where they follow from its rhythm and the subscription's dates.
    `full_from` is the first day whose period is billed as a whole, None: from the first on (what a change in the
    middle of a period cost was billed with the change). `own_day`: its dates between two of the subscription's have
    an invoice of their own; otherwise they wait for the next. Before `free_until` the first
    `free_minor` of it cost nothing: none of that is given back; below zero, so much more was paid than it costs now. A
    negative amount is a discount. `shows_dates`: its period is printed beside it.
    """

    id: str
    kind: LineKind
    description: str
    unit_amount_minor: int
    count: int = 1
    repeats: Repeats = Only.ALL
    billed: Billed = Billed.START
    own_day: bool = False
    grid: Schedule | None = None
    full_from: date | None = None
    product_id: str | None = None
    free_until: date | None = None
    free_minor: int = 0
    shows_dates: bool = True

    @property
    def full_minor(self) -> int:
        """What a whole period costs."""
        return self.unit_amount_minor * self.count

    def priced(self, currency: str) -> Priced:
        return Priced(self.description, Money(self.unit_amount_minor, currency), self.count, self.shows_dates)

    def as_dict(self) -> dict[str, Any]:
        """For a JSON column; what stands at its default is left out."""
        held: dict[str, Any] = {
            "id": self.id,
            "kind": str(self.kind),
            "description": self.description,
            "unit_amount_minor": self.unit_amount_minor,
            "count": self.count,
            "repeats": str(self.repeats) if isinstance(self.repeats, Only) else self.repeats.as_dict(),
        }
        held |= {"billed": str(self.billed)} if self.billed is not Billed.START else {}
        held |= {"own_day": True} if self.own_day else {}
        held |= {"grid": self.grid.as_dict()} if self.grid else {}
        held |= {"full_from": self.full_from.isoformat()} if self.full_from else {}
        held |= {"free_until": self.free_until.isoformat(), "free_minor": self.free_minor} if self.free_until else {}
        held |= {} if self.shows_dates else {"shows_dates": False}
        return held | ({"product_id": self.product_id} if self.product_id else {})

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Item:
        """Read what `as_dict` wrote. Raises InvalidSchedule, InvalidUnits, KeyError."""
        repeats = held["repeats"]
        return cls(
            id=held["id"],
            kind=LineKind(held["kind"]),
            description=held["description"],
            unit_amount_minor=held["unit_amount_minor"],
            count=held["count"],
            repeats=Only(repeats) if isinstance(repeats, str) else Rhythm.from_dict(repeats),
            billed=Billed(held.get("billed", Billed.START)),
            own_day=held.get("own_day", False),
            grid=Schedule.from_dict(held["grid"]) if "grid" in held else None,
            full_from=date.fromisoformat(held["full_from"]) if "full_from" in held else None,
            product_id=held.get("product_id"),
            free_until=date.fromisoformat(held["free_until"]) if "free_until" in held else None,
            free_minor=held.get("free_minor", 0),
            shows_dates=held.get("shows_dates", True),
        )


@dataclass(frozen=True, slots=True)
class TaxRule:
    """A tax as the merchant gives it: a rate in percent or an amount, included or on top.

    `on` is the id of an item, or BASE; None is the whole invoice.
    """

    name: str
    rate: Decimal | None = None
    amount_minor: int | None = None
    inclusive: bool = False
    on: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For a JSON column; the rate is text, so that it stays exact."""
        held: dict[str, Any] = {"name": self.name, "inclusive": self.inclusive}
        held |= {"rate": str(self.rate)} if self.rate is not None else {}
        held |= {"amount_minor": self.amount_minor} if self.amount_minor is not None else {}
        return held | ({"on": self.on} if self.on else {})

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> TaxRule:
        rate = Decimal(held["rate"]) if "rate" in held else None
        return cls(held["name"], rate, held.get("amount_minor"), held["inclusive"], held.get("on"))


@dataclass(frozen=True, slots=True)
class Price:
    """`quantity` times the base, the items, the coupons off them, the taxes: what one version of the terms costs."""

    description: str
    currency: str
    unit_amount_minor: int
    quantity: int = 1
    items: tuple[Item, ...] = ()
    taxes: tuple[TaxRule, ...] = ()
    coupons: tuple[Coupon, ...] = ()

    @property
    def is_payable(self) -> bool:
        """False where everything together is more than anybody could owe, and than a column holds."""
        items = sum(abs(item.unit_amount_minor) * item.count for item in self.items)
        return abs(self.unit_amount_minor) * self.quantity + items <= HIGHEST_TOTAL

    @classmethod
    def of(cls, held: Any) -> Price:
        """From terms, or from a row of the billing run: whatever has their columns."""
        return cls(
            held.description,
            held.currency,
            held.unit_amount_minor,
            held.quantity,
            items_of(held.items),
            tuple(TaxRule.from_dict(one) for one in held.taxes or ()),
            coupons_of(held.coupons),
        )

    def coupons_off(self, installment: int) -> tuple[Coupon, ...]:
        """Those that come off this instalment and off what is billed beside it."""
        return tuple(coupon for coupon in self.coupons if coupon.comes_off(installment))


def items_of(held: Sequence[Mapping[str, Any]] | None) -> tuple[Item, ...]:
    return tuple(Item.from_dict(one) for one in held or ())
