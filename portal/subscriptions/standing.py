"""On what the cost of a change in the middle of a period depends: where the subscription stands, and how it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from portal.subscriptions.grids import Pay
from portal.subscriptions.prices import Item, Price
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.proration import Method
from portal.subscriptions.rhythms import Only
from portal.subscriptions.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the subscription stands on the day of the change; `already_billed`: today's invoice, if any, is made.

    `installments` were made so far. `unbilled_until`: a pause went over the date that began the present period, or all
    of its money went back, so that what is billed with such a date comes free until this day. `sent_back`: by item, how
    much of its whole period was billed by changes whose own invoice was undone.
    """

    price: Price
    schedule: Schedule
    on: date
    already_billed: bool
    installments: int
    unbilled_until: date | None = None
    sent_back: Mapping[str, int] = field(default_factory=dict)

    def is_taken_over(self, item: Item) -> bool:
        """Whether an earlier change has billed this period of the item already, or has made it free."""
        return item.full_from is not None and item.full_from > self.on

    def with_free(self, item: Item) -> Item:
        """The item with what it has free in the period of the change, where a pause gave it that."""
        if item.free_until is not None and self.on < item.free_until:
            return item
        follows = item.repeats is Only.ALL and item.billed is Billed.START
        if self.unbilled_until is None or not follows or self.is_taken_over(item):
            return replace(item, free_until=None, free_minor=0)
        return replace(item, free_until=self.unbilled_until, free_minor=item.full_minor)

    def billed_minor(self, item: Item) -> int:
        """What the whole period of the item was billed at, free things apart."""
        found = self.with_free(item)
        return item.full_minor if found.free_until is None else max(item.full_minor - found.free_minor, 0)

    def paid_minor(self, item: Item) -> int:
        """What of it may be given back."""
        return max(self.billed_minor(item) - self.sent_back.get(item.id, 0), 0)


@dataclass(frozen=True, slots=True)
class Payment:
    """How what the change costs is reckoned and asked for; `on` belongs to Pay.CUSTOM."""

    method: Method
    pay: Pay
    on: date | None
