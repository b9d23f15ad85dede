"""On what the cost of a change in the middle of a period depends: where the subscription stands, and how it is paid."""

from __future__ import annotations

from dataclasses import dataclass
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

    `installments` were made so far. `unbilled_until`: a pause went over the date that began the present period, so that
    what is billed with such a date comes free until this day.
    """

    price: Price
    schedule: Schedule
    on: date
    already_billed: bool
    installments: int
    unbilled_until: date | None = None

    def free_of(self, item: Item) -> int:
        """How much of it costs nothing in the period of the change, in minor units.

        What a change of this period made was billed with the change, whether or not the date before it was.
        """
        if item.free_until is not None and self.on < item.free_until:
            return item.free_minor
        by_date = item.repeats is Only.ALL and item.billed is Billed.START
        was_changed = item.full_from is not None and item.full_from == self.unbilled_until
        is_unbilled = self.unbilled_until is not None and by_date and not was_changed
        return item.unit_amount_minor * item.count if is_unbilled else 0


@dataclass(frozen=True, slots=True)
class Payment:
    """How what the change costs is reckoned and asked for; `on` belongs to Pay.CUSTOM."""

    method: Method
    pay: Pay
    on: date | None
