"""What coupons make of a change in the middle of a period: of a coupon itself, and of a line that bears some.

A coupon for ever changes the price from its day on, like a product: by its days, for the whole period, or from the
next one. A coupon for a number of payments comes off whole payments from the next one on: there is nothing to prorate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.core.money import Money
from portal.subscriptions import calendar, coupon_orders, grids
from portal.subscriptions.coupons import Coupon, line_of, taken
from portal.subscriptions.grids import Pay
from portal.subscriptions.lines import Line, LineKind, Period
from portal.subscriptions.prices import BASE, Item, Price
from portal.subscriptions.product_changes import Billed, InvalidChange
from portal.subscriptions.proration import Change, Method, check_day
from portal.subscriptions.rhythms import Only
from portal.subscriptions.schedules import Schedule
from portal.subscriptions.standing import Payment, Standing

Owned = tuple[str, Line]


def make(change: Mapping[str, Any], price: Price, standing: Standing, payment: Payment) -> tuple[Price, Change]:
    """The price with or without a coupon, and what that moves in this period. Raises InvalidChange, NotFound."""
    check_day(standing.on, payment.pay, payment.on)
    new = with_coupon(change, price, standing.installments)
    (coupon,) = {*price.coupons} ^ {*new.coupons}
    if coupon.payments is not None:
        return new, Change()
    at_once = _from_now_on(new, coupon, standing)
    lines = _differences(price, at_once, standing, payment.method)
    gives_back = sum(line.amount.minor for line in lines) < 0
    if payment.method == Method.DO_NOT_CHARGE or (payment.method == Method.PAY_IN_FULL and gives_back):
        return new, Change()
    return at_once, _placed(tuple(lines), payment)


def _from_now_on(price: Price, coupon: Coupon, standing: Standing) -> Price:
    """The same, where a coupon that is added comes off the period that runs as well."""
    early = replace(coupon, first=max(standing.installments, 1))
    return replace(price, coupons=tuple(early if one == coupon else one for one in price.coupons))


def with_coupon(change: Mapping[str, Any], price: Price, installments: int) -> Price:
    """The price with the coupon that is added, or without the one that is taken off. Raises InvalidChange, NotFound."""
    if "coupon_id" in change:
        gone = coupon_orders.find(price, change["coupon_id"])
        return replace(price, coupons=tuple(coupon for coupon in price.coupons if coupon is not gone))
    coupon = replace(Coupon.from_dict(change["coupon"]), first=installments + 1)
    if any(one.id == coupon.id for one in price.coupons):
        raise InvalidChange(f"There is a coupon with the id {coupon.id} already.")
    if coupon.on not in {None, BASE, *(item.id for item in price.items)}:
        raise InvalidChange("The line that the coupon is for is not there any more.")
    return replace(price, coupons=(*price.coupons, coupon))


def with_lines(found: Change, item: Item, prices: tuple[Price, Price], standing: Standing, payment: Payment) -> Change:
    """The lines of a change of an item, and what coupons take off them; `prices` are those before and after it."""
    if not found.lines or not prices[0].coupons:
        return found
    grid = item.grid or grids.product_grid(standing.schedule, item.repeats, standing.on)
    days = calendar.period_on(grid, standing.on)
    whole = Period(*days) if days else None
    is_paid = whole is not None and (standing.already_billed or standing.on > whole.start)
    if is_paid and item.billed is Billed.START and item.repeats is not Only.ONCE:
        more = _differences(*prices, standing, payment.method)
    else:
        more = _beside(found.lines, item, prices[0], standing.installments, whole)
    lines = (*found.lines, *more)
    if found.now:
        return replace(found, now=lines)
    return replace(found, next_invoice=lines) if found.next_invoice else replace(found, later=lines)


def _placed(lines: tuple[Line, ...], payment: Payment) -> Change:
    if not lines or payment.pay is Pay.NEXT_INVOICE:
        return Change(next_invoice=lines)
    return Change(now=lines) if payment.on is None else Change(later=lines, later_on=payment.on)


def _differences(before: Price, after: Price, standing: Standing, method: Method) -> list[Line]:
    """What coupons took off that was billed in advance for the day, and what they would take off after the change.

    One line a coupon and period, for its days from the change on, or for all of it by PAY_IN_FULL; what is given back
    is negative.
    """
    if method == Method.DO_NOT_CHARGE:
        return []
    old, new = _in_advance(before, standing), _in_advance(after, standing)
    found = []
    for period in sorted({*old, *new}, key=lambda one: (one.start, one.end)):
        was = _taken(before, old.get(period, []), standing.installments)
        now = _taken(after, new.get(period, []), standing.installments)
        part = period if method == Method.PAY_IN_FULL else Period(standing.on, period.end)
        for coupon in dict.fromkeys([*was, *now]):
            nothing = Money(0, before.currency)
            off = (now.get(coupon, nothing) - was.get(coupon, nothing)).prorate(part.days, period.days)
            if off.minor:
                found.append(replace(line_of(coupon, off), period=part))
    return found


def _beside(lines: Sequence[Line], item: Item, price: Price, installments: int, whole: Period | None) -> list[Line]:
    """What coupons take off lines of an item that were never billed before: added once, or billed in arrears.

    An amount off that item is prorated like the line, whose full period is `whole`.
    """
    mine = [coupon for coupon in price.coupons_off(installments) if _is_on(coupon, item)]
    found = []
    for line in lines:
        gives_back = line.amount.minor < 0  # what is given back had its coupons too
        left = -line.amount if gives_back else line.amount
        for coupon in mine:
            part = coupon
            if coupon.amount_minor is not None and whole is not None and line.period is not None:
                full = Money(coupon.amount_minor, price.currency)
                part = replace(coupon, amount_minor=full.prorate(line.period.days, whole.days).minor)
            off = part.off(left)
            if off.minor:
                left -= off
                made = line_of(coupon, -off if gives_back else off)
                found.append(replace(made, period=line.period, in_arrears=line.in_arrears))
    return found


def _is_on(coupon: Coupon, item: Item) -> bool:
    return coupon.on == item.id or (coupon.on is None and coupon.percent is not None)


def _taken(price: Price, owned: Sequence[Owned], installments: int) -> dict[Coupon, Money]:
    whole = any(owner == BASE for owner, _ in owned)
    return dict(taken(owned, price.coupons_off(installments), price.currency, whole=whole).by_coupon)


def _in_advance(price: Price, standing: Standing) -> dict[Period, list[Owned]]:
    """Whole lines of what was billed in advance for a period in which the day lies, by that period: less what is free
    of it, and without what a pause left unbilled."""
    found: dict[Period, list[Owned]] = defaultdict(list)
    schedule = standing.schedule
    period = _period(schedule, standing)
    if period is not None and standing.unbilled_until is None:
        base = Money(price.unit_amount_minor, price.currency)
        found[period].append((BASE, Line.full(LineKind.BASE, price.description, base, price.quantity, period)))
    for item in price.items:
        if item.repeats is Only.ONCE or item.billed is Billed.END:
            continue
        period = _period(item.grid or grids.product_grid(schedule, item.repeats, schedule.anchor), standing)
        if period is not None:
            paid = Money(standing.paid_minor(item), price.currency)
            found[period].append((item.id, Line.full(item.kind, item.description, paid, period=period)))
    return found


def _period(grid: Schedule, standing: Standing) -> Period | None:
    days = calendar.period_on(grid, standing.on)
    return Period(*days) if days and (standing.already_billed or standing.on > days[0]) else None
