"""What an invoice says: the lines of one date of a subscription, its taxes and its total, exactly once each.

A line belongs to the date on which its period is billed: in advance to the date it begins on, in arrears to the one it
ends on. Dates of an item that are none of the subscription's wait for its next one, or have an invoice of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal.core.money import Money
from portal.subscriptions import calendar
from portal.subscriptions.coupons import Coupon, taken
from portal.subscriptions.grids import product_grid
from portal.subscriptions.lines import Line, LineKind, Period, total
from portal.subscriptions.prices import BASE, Item, Price, TaxRule
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.proration import ordinary_line
from portal.subscriptions.rhythms import Only, Rhythm
from portal.subscriptions.schedules import Schedule
from portal.subscriptions.taxes import InvalidTax, Tax, totals

Owned = tuple[str, Line]  # the id of what it is for, and the line


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice reckoned: `lines` add up to `total_minor`, of which `tax_minor` is tax.

    It is never below zero: what a credit leaves over is `carried` to the next one.
    """

    lines: tuple[Line, ...]
    total_minor: int
    tax_minor: int
    carried: tuple[Line, ...] = ()

    def lines_held(self) -> list[dict[str, Any]]:
        return [line.as_dict() for line in self.lines]

    def carried_held(self) -> list[dict[str, Any]] | None:
        return [line.as_dict() for line in self.carried] or None


def bill(price: Price, schedule: Schedule, index: int, *, installment: int, carried: Sequence[Line] = ()) -> Bill:
    """The invoice of date `index` of the schedule, instalment number `installment` of the subscription.

    The first bills what is billed once. `carried` are lines of changes that wait for it. Raises DateOutOfRange.
    """
    owned = ordinary(price, schedule, index, first=installment == 1)
    return _reckoned(price, owned, carried, price.coupons_off(installment))


def regular(price: Price, rhythm: Rhythm) -> Bill:
    """What an ordinary date costs: the base and every item that is billed with each of them.

    Raises InvalidTax, and ValueError for a total of zero or less: there must be something to pay.
    """
    found = of_period(price, rhythm, None)
    if found.total_minor <= 0:
        raise ValueError("The total must be above zero.")
    return found


def of_period(price: Price, rhythm: Rhythm, period: Period | None) -> Bill:
    """The invoice of a period on which nothing falls but what falls on each."""
    always = [coupon for coupon in price.coupons if coupon.payments is None]
    return _reckoned(price, [_base(price, period), *_with_each(price, rhythm, period)], (), always)


def check_taxes(price: Price) -> None:
    """Raises InvalidTax where the taxes could not be reckoned on some invoice of these terms."""
    if len({rule.on is None for rule in price.taxes if rule.inclusive}) > 1:
        raise InvalidTax("taxes that are included stand either on the lines or on the invoice, not on both")
    ids = {BASE, *(item.id for item in price.items)}
    unknown = [rule.on for rule in price.taxes if rule.on is not None and rule.on not in ids]
    if unknown:
        raise InvalidTax(f"a tax names {unknown[0]}, which is no line of this subscription")
    if price.coupons and any(rule.inclusive and rule.amount_minor is not None for rule in price.taxes):
        raise InvalidTax("a coupon does not go with an included tax of a fixed amount: give its rate")
    every = [(item.id, _line(item, price, None)) for item in price.items]
    _reckoned(price, [_base(price, None), *every], (), price.coupons)
    _reckoned(price, [_base(price, None)], (), price.coupons)


def changed(price: Price, lines: Sequence[Line]) -> Bill:
    """The invoice of a change alone, on a day of its own."""
    return _reckoned(price, [], lines, ())


def at_close(price: Price, owned: Sequence[Owned], waiting: Sequence[Line], installments: int) -> Bill:
    """The last invoice, after so many instalments: what was not billed before the end, and what waited for the next."""
    return _reckoned(price, owned, waiting, price.coupons_off(installments))


def on_own_day(price: Price, schedule: Schedule, day: date, installment: int) -> Bill:
    """The invoice of what falls due between two dates and has its own day, after instalment number `installment`."""
    found = [(item.id, line) for item in price.items if item.own_day for line in _between(item, price, schedule, day)]
    return _reckoned(price, found, (), price.coupons_off(installment))


def next_extra(price: Price, schedule: Schedule, after: date, before: date | None) -> date | None:
    """The first day after `after` and before `before` on which something has an invoice of its own; None: no day."""
    days = []
    for item in price.items:
        if not item.own_day or isinstance(item.repeats, Only):
            continue
        grid = _grid(item, schedule)
        day = calendar.date_after(grid, after)
        if item.full_from is not None and day < item.full_from:
            day = calendar.date_on_or_after(grid, item.full_from)
        days.append(day)
    found = min(days, default=None)
    return found if found is not None and (before is None or found < before) else None


def ordinary(price: Price, schedule: Schedule, index: int, *, first: bool = False) -> list[Owned]:
    """The lines of date `index`, before taxes."""
    start, end = calendar.period_to_the_end(schedule, index)
    before = calendar.occurrence(schedule, index - 1) if index else None
    found = [_base(price, Period(start, end) if start < end else None)]  # the last day there is has none after it
    for item in price.items:
        lines = _of_item(item, price, schedule, (before, start, end), first=first)
        found += [(item.id, line) for line in lines]
    return found


def _base(price: Price, period: Period | None) -> Owned:
    unit = Money(price.unit_amount_minor, price.currency)
    return BASE, Line.full(LineKind.BASE, price.description, unit, price.quantity, period)


def _with_each(price: Price, rhythm: Rhythm, period: Period | None) -> list[Owned]:
    """What comes with every date of the subscription, whatever the date."""
    return [
        (item.id, _line(item, price, period))
        for item in price.items
        if item.repeats is Only.ALL or (isinstance(item.repeats, Rhythm) and item.repeats.step == rhythm.step)
    ]


def _of_item(
    item: Item, price: Price, schedule: Schedule, dates: tuple[date | None, date, date], *, first: bool
) -> list[Line]:
    before, start, end = dates
    if item.repeats is Only.ONCE:
        return [_line(item, price, None)] if first else []
    if first and item.billed is Billed.END:
        return []  # before the first instalment nothing was used, also where the start lies further back
    if item.repeats is Only.ALL:
        first_day, last = (start, end) if item.billed is Billed.START else (before, start)
        whole = Period(first_day, last) if first_day is not None and first_day < last else None
        return [_line(item, price, whole)] if whole and _is_ordinary(item, whole) else []
    after = start if item.own_day or before is None else before
    return _in_window(item, price, _grid(item, schedule), after, start, exact=item.own_day or before is None)


def _between(item: Item, price: Price, schedule: Schedule, day: date) -> list[Line]:
    if isinstance(item.repeats, Only):
        return []
    return _in_window(item, price, _grid(item, schedule), day, day, exact=True)


def _in_window(item: Item, price: Price, grid: Schedule, after: date, until: date, *, exact: bool) -> list[Line]:
    """What is billed after `after` (with `exact` on it) up to `until`: one line for all periods that begin or end."""
    low = calendar.index_on_or_after(grid, after) if exact else calendar.index_after(grid, after)
    high = calendar.index_on_or_before(grid, until)
    if high is None:
        return []
    shift = 1 if item.billed is Billed.END else 0
    periods = [Period(*calendar.period(grid, n - shift)) for n in range(max(low, shift), high + 1)]
    wanted = [period for period in periods if _is_ordinary(item, period)]
    if not wanted:
        return []
    many = replace(item, count=item.count * len(wanted))
    return [_line(many, price, Period(wanted[0].start, wanted[-1].end))]


def _is_ordinary(item: Item, period: Period) -> bool:
    return item.full_from is None or period.start >= item.full_from


def _grid(item: Item, schedule: Schedule) -> Schedule:
    return item.grid or product_grid(schedule, item.repeats, schedule.anchor)


def _line(item: Item, price: Price, period: Period | None) -> Line:
    priced = item.priced(price.currency)
    if period is None:
        return Line.full(item.kind, priced.description, priced.unit_amount, priced.count)
    return ordinary_line(priced, item.kind, period)


def _reckoned(price: Price, owned: Sequence[Owned], carried: Sequence[Line], coupons: Sequence[Coupon]) -> Bill:
    """Coupons come off the ordinary lines. Taxes are reckoned on what is left of these and, by rate, on what a change
    brought (which has its coupons with it); a credit bears none."""
    off = taken(owned, coupons, price.currency, whole=any(owner == BASE for owner, _ in owned))
    lines = [*(line for _, line in owned), *off.lines]
    credited = [line for line in carried if line.kind is LineKind.CREDIT]
    moved = [line for line in carried if line.kind is not LineKind.CREDIT]
    own = totals(lines, _taxes(price, owned), price.currency, off.shares)
    other = totals(moved, _rates(price, moved), price.currency)
    together = (*(line for line in own.lines if not _is_empty_base(line)), *other.lines, *credited)
    tax, due = (own.taxes + other.taxes).minor, total(together, price.currency).minor
    if due >= 0:
        return Bill(together, due, tax)
    rest = Money(-due, price.currency)
    kept = Line.full(LineKind.CREDIT, "Credit kept for the next invoice", rest)
    left = Line.full(LineKind.CREDIT, "Credit from before", -rest)
    return Bill((*together, kept), 0, tax, (left,))


def _is_empty_base(line: Line) -> bool:
    """Where items are all there is to pay, the base is no line of its own."""
    return line.kind is LineKind.BASE and not line.unit_amount.minor


def _taxes(price: Price, owned: Sequence[Owned]) -> list[Tax]:
    """Each rule on the place it names; one that names what this invoice does not have rests.

    A fixed amount on the whole invoice comes with the base: an invoice between two dates bears rates alone.
    """
    found = []
    has_base = any(owner == BASE for owner, _ in owned)
    for rule in price.taxes:
        if rule.on is not None:
            places = [n for n, (owner, _) in enumerate(owned) if owner == rule.on]
            found += [_tax(rule, place, price.currency) for place in places]
        elif has_base or (owned and rule.rate is not None):
            found.append(_tax(rule, None, price.currency))
    return found


def _rates(price: Price, moved: Sequence[Line]) -> list[Tax]:
    """What has waited bears rates alone: those on the whole invoice, and those on the item that a line is of."""
    found = []
    for rule in (rule for rule in price.taxes if rule.rate is not None):
        if rule.on is not None:
            places = [n for n, line in enumerate(moved) if line.of_item == rule.on]
            found += [_tax(rule, place, price.currency) for place in places]
        elif moved:
            found.append(_tax(rule, None, price.currency))
    return found


def _tax(rule: TaxRule, line: int | None, currency: str) -> Tax:
    amount = Money(rule.amount_minor, currency) if rule.amount_minor is not None else None
    return Tax(rule.name, rule.rate, amount, rule.inclusive, line)
