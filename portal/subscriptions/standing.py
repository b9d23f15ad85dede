"""On what the cost of a change in the middle of a period depends: where the subscription stands, and how it is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.subscriptions.grids import Pay
from portal.subscriptions.prices import Price
from portal.subscriptions.proration import Method
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


@dataclass(frozen=True, slots=True)
class Payment:
    """How what the change costs is reckoned and asked for; `on` belongs to Pay.CUSTOM."""

    method: Method
    pay: Pay
    on: date | None
