"""What can change about a product of a subscription: it is added or removed, or its count or price becomes another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from portal.core.errors import PortalError
from portal.core.money import Money
from portal.subscriptions.lines import times
from portal.subscriptions.rhythms import Repeats
from portal.subscriptions.schedules import Schedule


class Billed(StrEnum):
    """A period is billed when it starts (in advance) or when it ends (in arrears)."""

    START = "start"
    END = "end"


class InvalidChange(PortalError, ValueError):
    """The change asks for what its product or its dates do not allow; the message says what to do."""

    status, code = 422, "invalid_change"


@dataclass(frozen=True, slots=True)
class Priced:
    """`count` of a product at `unit_amount` each, for one whole period; which one is printed where it `shows_dates`."""

    description: str
    unit_amount: Money
    count: int = 1
    shows_dates: bool = True

    @property
    def full(self) -> Money:
        return times(self.unit_amount, self.count)


@dataclass(frozen=True, slots=True)
class ProductChange:
    """A product `before` and `after` (None: not there); `grid` is the one it has, None for a product that is added.

    `is_taken_over`: an earlier change has billed this period of it. Made by the four functions below.
    """

    before: Priced | None
    after: Priced | None
    repeats: Repeats
    billed: Billed = Billed.START
    grid: Schedule | None = None
    is_taken_over: bool = False

    @property
    def waits(self) -> bool:
        """Its lines belong to the end of the period: in arrears, unless it ends now and nothing of it waits there."""
        return self.billed is Billed.END and (self.after is not None or self.is_taken_over)


def add_product(priced: Priced, repeats: Repeats, billed: Billed = Billed.START) -> ProductChange:
    return ProductChange(None, priced, repeats, billed)


def remove_product(priced: Priced, repeats: Repeats, grid: Schedule, billed: Billed = Billed.START) -> ProductChange:
    return ProductChange(priced, None, repeats, billed, grid)


def update_count(
    priced: Priced, count: int, repeats: Repeats, grid: Schedule, billed: Billed = Billed.START
) -> ProductChange:
    after = replace(priced, count=count)
    return ProductChange(priced, after, repeats, billed, grid)


def update_price(
    priced: Priced, unit_amount: Money, repeats: Repeats, grid: Schedule, billed: Billed = Billed.START
) -> ProductChange:
    after = replace(priced, unit_amount=unit_amount)
    return ProductChange(priced, after, repeats, billed, grid)
