"""What a door may ask of items and taxes: amounts as decimals, turned into the currency's minor units here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from portal.core.errors import Problem
from portal.core.money import InvalidAmount, Money
from portal.subscriptions.lines import LineKind
from portal.subscriptions.prices import Item, TaxRule, items_of
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.rhythms import Only, Repeats

KINDS = (LineKind.ADD_ON, LineKind.PRODUCT, LineKind.ONE_OFF)


@dataclass(frozen=True, slots=True)
class ItemOrder:
    """One item; `amount` is for one of `count`, negative for a discount. Without an id it gets one by its place."""

    description: str
    amount: Decimal
    count: int = 1
    kind: LineKind = LineKind.ADD_ON
    repeats: Repeats = Only.ALL
    billed: Billed = Billed.START
    own_day: bool = False
    id: str | None = None
    product_id: str | None = None
    shows_dates: bool | None = None  # None: as it was


@dataclass(frozen=True, slots=True)
class TaxOrder:
    """One tax: a rate in percent or an amount; `on` names an item by its id, "base", or (None) the whole invoice."""

    name: str
    rate: Decimal | None = None
    amount: Decimal | None = None
    inclusive: bool = False
    on: str | None = None


def held_items(
    orders: Sequence[ItemOrder], currency: str, present: Sequence[Mapping[str, Any]] | None
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """As the terms hold them, and what is wrong. An item that was there keeps its dates and what is billed already."""
    before = {item.id: item for item in items_of(present)}
    found: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for place, order in enumerate(orders):
        minor, wrong = _minor(order.amount, currency, f"lines.{place}.amount")
        problems += wrong
        item = _item(order, order.id or f"line-{place + 1}", minor)
        old = before.get(item.id)
        if old is not None and order.shows_dates is None:
            item = replace(item, shows_dates=old.shows_dates)
        if old is not None and old.repeats == item.repeats:
            item = replace(item, grid=old.grid, full_from=old.full_from)
        found.append(item.as_dict())
    ids = [one["id"] for one in found]
    problems += [Problem("lines", "invalid", f"The line id {one} is given twice.") for one in _doubles(ids)]
    return found, problems


def held_taxes(orders: Sequence[TaxOrder], currency: str) -> tuple[list[dict[str, Any]], list[Problem]]:
    """As the terms hold them, and what is wrong."""
    found: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for place, order in enumerate(orders):
        minor, wrong = (None, []) if order.amount is None else _minor(order.amount, currency, f"taxes.{place}.amount")
        problems += wrong
        if (order.rate is None) == (order.amount is None):
            problems.append(Problem("taxes", "invalid", f"{order.name}: give either a rate or an amount."))
        found.append(TaxRule(order.name, order.rate, minor, order.inclusive, order.on).as_dict())
    return found, problems


def _item(order: ItemOrder, item_id: str, minor: int) -> Item:
    return Item(
        id=item_id,
        kind=order.kind,
        description=order.description,
        unit_amount_minor=minor,
        count=order.count,
        repeats=order.repeats,
        billed=order.billed,
        own_day=order.own_day,
        product_id=order.product_id,
        shows_dates=order.shows_dates is not False,
    )


def _minor(amount: Decimal, currency: str, field: str) -> tuple[int, list[Problem]]:
    try:
        return Money.parse(amount, currency).minor, []
    except InvalidAmount as error:
        return 0, [Problem(field, "invalid", error.reason)]


def _doubles(ids: Sequence[str]) -> list[str]:
    return sorted({one for one in ids if ids.count(one) > 1})
