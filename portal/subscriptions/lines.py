"""The lines of an invoice: what each is for and how much, adding up exactly, and amounts spread over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from portal.core.money import Money


class LineKind(StrEnum):
    """What a line stands for. Of PRORATION and TAX the amount is not quantity times unit amount.

    CREDIT is what an earlier invoice left over, taxes included: no tax is reckoned on it. COUPON is described by the
    coupon's name alone.
    """

    BASE = "base"
    ADD_ON = "add_on"
    PRODUCT = "product"
    ONE_OFF = "one_off"
    PRORATION = "proration"
    TAX = "tax"
    CREDIT = "credit"
    COUPON = "coupon"


_PARTIAL = (LineKind.PRORATION, LineKind.TAX)


@dataclass(frozen=True, slots=True)
class Period:
    """Civil days from `start` to `end`, the end not included. Raises ValueError when empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a period ends after it starts")

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Line:
    """One line; a credit has a negative unit amount and amount.

    Raises MixedCurrencies; ValueError for a quantity below 1, or an amount that is not quantity times unit amount
    (save for PRORATION and TAX).
    """

    kind: LineKind
    description: str
    quantity: int
    unit_amount: Money
    amount: Money
    period: Period | None = None
    in_arrears: bool = False  # of a change: it waits for the end of its period, and is less where that comes sooner
    of_item: str | None = None  # where it waits for another invoice: whose taxes it bears there
    hides_dates: bool = False  # its period is reckoned with, and not printed

    def __post_init__(self) -> None:
        if type(self.quantity) is not int or self.quantity < 1:
            raise ValueError("a line has a whole quantity of 1 or more")
        difference = times(self.unit_amount, self.quantity) - self.amount
        if difference.minor and self.kind not in _PARTIAL:
            raise ValueError("the amount of a line is its quantity times its unit amount")

    @classmethod
    def full(
        cls,
        kind: LineKind,
        description: str,
        unit_amount: Money,
        quantity: int = 1,
        period: Period | None = None,
        *,
        hides_dates: bool = False,
    ) -> Line:
        """A line whose amount is quantity times unit amount."""
        amount = times(unit_amount, quantity)
        return cls(kind, description, quantity, unit_amount, amount, period, hides_dates=hides_dates)

    def as_dict(self) -> dict[str, Any]:
        """For a JSON column, in minor units; the currency stands beside the lines."""
        held: dict[str, Any] = {
            "kind": str(self.kind),
            "description": self.description,
            "quantity": self.quantity,
            "unit_amount_minor": self.unit_amount.minor,
            "amount_minor": self.amount.minor,
        }
        held |= {"in_arrears": True} if self.in_arrears else {}
        held |= {"of_item": self.of_item} if self.of_item else {}
        held |= {"hides_dates": True} if self.hides_dates else {}
        if self.period is None:
            return held
        period = {"period_start": self.period.start.isoformat(), "period_end": self.period.end.isoformat()}
        return held | period

    @classmethod
    def from_dict(cls, held: Mapping[str, Any], currency: str) -> Line:
        """Read what `as_dict` wrote. Raises ValueError, KeyError, UnknownCurrency."""
        days = [date.fromisoformat(held[name]) for name in ("period_start", "period_end") if name in held]
        return cls(
            LineKind(held["kind"]),
            held["description"],
            held["quantity"],
            Money(held["unit_amount_minor"], currency),
            Money(held["amount_minor"], currency),
            Period(*days) if days else None,
            held.get("in_arrears", False),
            held.get("of_item"),
            held.get("hides_dates", False),
        )


def times(amount: Money, quantity: int) -> Money:
    return Money(amount.minor * quantity, amount.currency)


def total(lines: Sequence[Line], currency: str) -> Money:
    """The sum of the amounts, exactly; nothing for no lines. Raises MixedCurrencies, UnknownCurrency."""
    return sum((line.amount for line in lines), Money(0, currency))


def spread(amount: Money, lines: Sequence[Line]) -> tuple[Money, ...]:
    """Shares of a discount or an included tax, one a line, that add up to `amount` (largest remainder).

    In proportion to the lines that are charged; credits take no share unless there is nothing else.
    Raises ValueError for no lines.
    """
    charged = [max(line.amount.minor, 0) for line in lines]
    weights = charged if any(charged) else [abs(line.amount.minor) for line in lines]
    return amount.share(weights if any(weights) else len(lines))
