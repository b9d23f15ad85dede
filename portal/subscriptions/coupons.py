"""Coupons: what comes off an invoice before tax, for so many payments or for ever, exactly and never below zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.core.money import Money
from portal.subscriptions.lines import Line, LineKind

PERCENT_DIGITS = 6
_SCALE = 10**PERCENT_DIGITS


@dataclass(frozen=True, slots=True)
class Coupon:
    """`percent` or `amount_minor` off: the whole, or `on` one item (its id, or "base").

    It comes off `payments` instalments, the first of them number `first`; None: off every one from then on. A
    percentage comes off invoices between two instalments too, an amount off the whole comes with the base alone.
    """

    id: str
    name: str
    percent: Decimal | None = None
    amount_minor: int | None = None
    on: str | None = None
    payments: int | None = None
    first: int = 1

    def comes_off(self, installment: int) -> bool:
        """Whether it comes off instalment number `installment`."""
        return self.first <= installment and (self.payments is None or installment < self.first + self.payments)

    def is_used_up(self, installments: int) -> bool:
        """Whether nothing is left of it after so many instalments."""
        return self.payments is not None and installments >= self.first + self.payments - 1

    def off(self, amount: Money) -> Money:
        """What it takes off an amount of 0 or more: a percentage rounded once HALF_UP, or all there is at the most."""
        if self.amount_minor is not None:
            return min(Money(self.amount_minor, amount.currency), amount)
        assert self.percent is not None
        return amount.prorate(int(self.percent * _SCALE), 100 * _SCALE)

    def as_dict(self) -> dict[str, Any]:
        """For a JSON column; the percentage is text, so that it stays exact."""
        held: dict[str, Any] = {"id": self.id, "name": self.name, "first": self.first}
        held |= {"percent": str(self.percent)} if self.percent is not None else {}
        held |= {"amount_minor": self.amount_minor} if self.amount_minor is not None else {}
        held |= {"payments": self.payments} if self.payments is not None else {}
        return held | ({"on": self.on} if self.on else {})

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Coupon:
        """Read what `as_dict` wrote. Raises KeyError."""
        percent = Decimal(held["percent"]) if "percent" in held else None
        amount, on, payments = held.get("amount_minor"), held.get("on"), held.get("payments")
        return cls(held["id"], held["name"], percent, amount, on, payments, held["first"])


@dataclass(frozen=True, slots=True)
class Taken:
    """What coupons take off some lines: a line for each of them, and how much of it all lies on each given line."""

    lines: tuple[Line, ...]
    by_coupon: tuple[tuple[Coupon, Money], ...]
    shares: tuple[Money, ...]


def taken(owned: Sequence[tuple[str, Line]], coupons: Sequence[Coupon], currency: str, *, whole: bool) -> Taken:
    """In the order of the coupons, each off what those before it left; shares by largest remainder.

    `owned` are lines with the id of what they are for; `whole`: the base is among them.
    """
    left = [line.amount for _, line in owned]
    found: list[tuple[Coupon, Money]] = []
    for coupon in coupons:
        places = [place for place, (owner, _) in enumerate(owned) if coupon.on in (None, owner)]
        if coupon.amount_minor is not None and coupon.on is None and not whole:
            continue
        # Of its lines, but never more than all lines together come to: a discount may stand beside them.
        rest = min(sum((left[place] for place in places), Money(0, currency)), sum(left, Money(0, currency)))
        off = coupon.off(max(rest, Money(0, currency)))
        if not off.minor:
            continue
        shares = off.share([max(left[place].minor, 0) for place in places])
        for place, share in zip(places, shares, strict=True):
            left[place] -= share
        found.append((coupon, off))
    lines = tuple(line_of(coupon, off) for coupon, off in found)
    shares = tuple(line.amount - rest for (_, line), rest in zip(owned, left, strict=True))
    return Taken(lines, tuple(found), shares)


def line_of(coupon: Coupon, off: Money) -> Line:
    """The line of its own that a coupon has on an invoice."""
    return Line.full(LineKind.COUPON, coupon.name, -off)


def coupons_of(held: Sequence[Mapping[str, Any]] | None) -> tuple[Coupon, ...]:
    return tuple(Coupon.from_dict(one) for one in held or ())
