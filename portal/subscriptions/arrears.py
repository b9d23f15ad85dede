"""What is billed in arrears and was not billed yet: periods that are over, or cut by an end, a rest, a new anchor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from portal.core.money import Money
from portal.subscriptions import calendar, grids
from portal.subscriptions.coupons import Coupon, taken
from portal.subscriptions.lines import Line, LineKind, Period
from portal.subscriptions.prices import Item, Price
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.proration import ordinary_line
from portal.subscriptions.rhythms import Only
from portal.subscriptions.schedules import Schedule

Owned = tuple[str, Line]
DAY = timedelta(days=1)


def unbilled(price: Price, schedule: Schedule, *, done: date, through: date) -> list[tuple[Item, Period, Line]]:
    """Each item's periods that were not billed by the end of day `done`, with their lines, up to `through` (excluded).

    A period that runs on then is billed by its days, rounded once, HALF_UP; the others whole. Raises DateOutOfRange.
    """
    found = []
    for item in price.items:
        if item.billed is not Billed.END or item.repeats is Only.ONCE:
            continue
        last = done if item.own_day else _last_date(schedule, done)
        for whole in periods(item, schedule, after=last, before=through):
            found.append((item, whole, part_line(item, price, whole, Period(whole.start, min(whole.end, through)))))
    return found


def periods(item: Item, schedule: Schedule, *, after: date, before: date) -> Iterator[Period]:
    """The ordinary periods of an item that end after one day and begin before another."""
    grid = item.grid or grids.product_grid(schedule, item.repeats, schedule.anchor)
    index = max(calendar.index_after(grid, after), 1)
    while (whole := Period(*calendar.period(grid, index - 1))).start < before:
        if item.full_from is None or whole.start >= item.full_from:
            yield whole
        index += 1


def part_line(item: Item, price: Price, whole: Period, part: Period) -> Line:
    """The line of an item for a part of one of its periods, rounded once, HALF_UP; of all of it the ordinary one."""
    priced = item.priced(price.currency)
    if part == whole:
        return ordinary_line(priced, item.kind, whole)
    amount = priced.full.prorate(part.days, whole.days)
    unit, hides = priced.unit_amount, not priced.shows_dates
    return Line(LineKind.PRORATION, priced.description, priced.count, unit, amount, part, hides_dates=hides)


def waiting(price: Price, owned: Owned, whole: Period, installment: int) -> list[Line]:
    """A line of an item as it waits for the next invoice, with what coupons take off it; taxes are reckoned there.

    `whole` is the period that an amount off the item is for; of a part of it comes off as much as its days are.
    """
    item_id, line = owned
    coupons = [_in_part(one, line, whole, price.currency) for one in price.coupons_off(installment)]
    off = taken([owned], coupons, price.currency, whole=False)
    return [replace(one, of_item=item_id, period=line.period, in_arrears=line.in_arrears) for one in (line, *off.lines)]


def _in_part(coupon: Coupon, line: Line, whole: Period, currency: str) -> Coupon:
    if coupon.amount_minor is None or line.period is None or line.period == whole:
        return coupon
    part = Money(coupon.amount_minor, currency).prorate(line.period.days, whole.days)
    return replace(coupon, amount_minor=part.minor)


def mirrored(line: Line) -> Line:
    """The same given back."""
    kind = line.kind if line.kind is LineKind.COUPON else LineKind.PRORATION
    return replace(line, kind=kind, unit_amount=-line.unit_amount, amount=-line.amount)


def cut(lines: Sequence[Line], through: date) -> list[Line]:
    """Lines that wait for the end of a period, less the days of it from `through` on; all others as they are."""
    return without(lines, Period(through, date.max)) if through < date.max else list(lines)


def without(lines: Sequence[Line], rest: Period) -> list[Line]:
    """Lines that wait for the end of a period, less the days of a rest in it; all others as they are."""
    found = []
    for line in lines:
        period = line.period
        if not line.in_arrears or period is None or period.end <= rest.start or period.start >= rest.end:
            found.append(line)
            continue
        found += [_part(line, period, part) for part in _around(period, rest)]
    return found


def _around(period: Period, rest: Period) -> list[Period]:
    """What is left of a period on both sides of a rest."""
    sides = (period.start, min(period.end, rest.start)), (max(period.start, rest.end), period.end)
    return [Period(start, end) for start, end in sides if start < end]


def _part(line: Line, period: Period, part: Period) -> Line:
    amount = line.amount.prorate(part.days, period.days)
    unit = amount if line.kind is LineKind.COUPON else line.unit_amount
    kind = line.kind if line.kind is LineKind.COUPON else LineKind.PRORATION
    return replace(line, kind=kind, unit_amount=unit, amount=amount, period=part)


def is_used(price: Price) -> bool:
    """Whether anything is billed in arrears at all."""
    return any(item.billed is Billed.END and item.repeats is not Only.ONCE for item in price.items)


def _last_date(schedule: Schedule, day: date) -> date:
    """The subscription's last date up to the day, with which all was billed that had ended by then.

    Before the anchor it is the day before that: what had ended by then waits for the anchor (moved_anchor.py).
    """
    index = calendar.index_on_or_before(schedule, day)
    return schedule.anchor - DAY if index is None else calendar.occurrence(schedule, index)
