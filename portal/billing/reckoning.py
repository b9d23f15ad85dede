"""What a due subscription owes: the ordinary amount of its terms, or the invoice that its items and changes make."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from portal.core.bulk import among
from portal.core.database import session
from portal.subscriptions import bills, calendar
from portal.subscriptions.lines import Line
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.prices import Price
from portal.subscriptions.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Priced:
    """What makes an invoice another than the ordinary one: the price with its items, and lines that wait for it."""

    price: Price
    waiting: tuple[Line, ...]

    def waiting_held(self) -> list[dict[str, Any]] | None:
        return [line.as_dict() for line in self.waiting] or None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """An invoice as its columns hold it, and the next date; no `lines` means the ordinary ones of its terms."""

    start: date
    end: date
    next_on: date | None
    amount_minor: int
    tax_minor: int
    lines: list[dict[str, Any]]
    carried: list[dict[str, Any]] | None
    extra_on: date | None = None


def prices_of(subscription_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Priced]:
    """The price and waiting lines of these, by subscription; one statement, none where there is nothing to read."""
    if not subscription_ids:
        return {}
    wanted = (
        select(
            Subscription.id,
            Subscription.carried,
            Terms.description,
            Terms.currency,
            Terms.unit_amount_minor,
            Terms.quantity,
            Terms.items,
            Terms.taxes,
            Terms.coupons,
        )
        .join(Terms, Terms.id == Subscription.binding_terms_id)
        .where(among(Subscription.id, subscription_ids))
    )
    return {row.id: _priced(row) for row in session().execute(wanted)}


def reckon(row: Any, schedule: Schedule, special: Priced | None) -> Reckoned:
    """Raises DateOutOfRange where the calendar ends; InvalidTax."""
    start, next_on = _dates(schedule, row.next_index)
    end = next_on or date.max  # the last period that a calendar has ends with it
    if special is None:
        return Reckoned(start, end, next_on, row.amount_minor, row.tax_minor, [], None)
    number, waiting = row.installments + 1, special.waiting
    bill = bills.bill(special.price, schedule, row.next_index, installment=number, carried=waiting)
    extra_on = bills.next_extra(special.price, schedule, start, end)
    held = bill.lines_held(), bill.carried_held()
    return Reckoned(start, end, next_on, bill.total_minor, bill.tax_minor, *held, extra_on)


@lru_cache(4096)
def _dates(schedule: Schedule, index: int) -> tuple[date, date | None]:
    return calendar.occurrence(schedule, index), calendar.occurrence_if_any(schedule, index + 1)


def _priced(row: Any) -> Priced:
    return Priced(Price.of(row), tuple(Line.from_dict(one, row.currency) for one in row.carried or ()))
