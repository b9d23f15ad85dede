"""What is billed in arrears and was not billed yet when a subscription ends: periods that are over, or cut short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from portal.subscriptions import calendar, grids
from portal.subscriptions.lines import Line, LineKind, Period
from portal.subscriptions.prices import Item, Price
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.proration import ordinary_line
from portal.subscriptions.rhythms import Only
from portal.subscriptions.schedules import Schedule

Owned = tuple[str, Line]


def unbilled(price: Price, schedule: Schedule, *, done: date, through: date) -> list[tuple[Item, Period, Line]]:
    """Each item's periods that were not billed by the end of day `done`, with their lines, up to `through` (excluded).

    A period that runs on then is billed by its days, rounded once, HALF_UP; the others whole. Raises DateOutOfRange.
    """
    found = []
    for item in price.items:
        if item.billed is not Billed.END or item.repeats is Only.ONCE:
            continue
        last = done if item.own_day else _last_date(schedule, done)
        grid = item.grid or grids.product_grid(schedule, item.repeats, schedule.anchor)
        index = max(calendar.index_after(grid, last), 1) if last is not None else 1
        while (whole := Period(*calendar.period(grid, index - 1))).start < through:
            if item.full_from is None or whole.start >= item.full_from:
                found.append((item, whole, _line(item, price, whole, through)))
            index += 1
    return found


def cut(lines: Sequence[Line], through: date) -> list[Line]:
    """Lines that wait for the end of a period, less the days of it from `through` on; all others as they are."""
    found = []
    for line in lines:
        period = line.period
        if not line.in_arrears or period is None or period.end <= through:
            found.append(line)
        elif period.start < through:
            part = Period(period.start, through)
            amount = line.amount.prorate(part.days, period.days)
            unit = amount if line.kind is LineKind.COUPON else line.unit_amount
            kind = line.kind if line.kind is LineKind.COUPON else LineKind.PRORATION
            found.append(replace(line, kind=kind, unit_amount=unit, amount=amount, period=part))
    return found


def is_used(price: Price) -> bool:
    """Whether anything is billed in arrears at all."""
    return any(item.billed is Billed.END and item.repeats is not Only.ONCE for item in price.items)


def _last_date(schedule: Schedule, day: date) -> date | None:
    """The subscription's last date up to the day, with which all was billed that had ended by then."""
    index = calendar.index_on_or_before(schedule, day)
    return None if index is None else calendar.occurrence(schedule, index)


def _line(item: Item, price: Price, whole: Period, through: date) -> Line:
    priced = item.priced(price.currency)
    if whole.end <= through:
        return ordinary_line(priced, item.kind, whole)
    part = Period(whole.start, through)
    amount = priced.full.prorate(part.days, whole.days)
    hides, unit = not priced.shows_dates, priced.unit_amount
    return Line(LineKind.PRORATION, priced.description, priced.count, unit, amount, part, hides_dates=hides)
