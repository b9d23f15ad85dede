"""Any changes of a period, with coupons and what is free: charged and given back is what was had, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from portal.subscriptions import bills, item_changes
from portal.subscriptions.coupons import Coupon
from portal.subscriptions.grids import Pay
from portal.subscriptions.item_updates import UpdateKind
from portal.subscriptions.lines import LineKind
from portal.subscriptions.prices import BASE, Item, Price
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.proration import Method
from portal.subscriptions.schedules import Frequency, Schedule
from portal.subscriptions.standing import Payment, Standing

START, END, DAYS = date(2026, 4, 1), date(2026, 5, 1), 30
APRIL = Schedule(Frequency.MONTHLY, 1, START)
NAMES = ("a", "b", "c")
GOES = (UpdateKind.REMOVE, UpdateKind.REMOVE_COUPON)  # these by their days only


@dataclass
class Had:
    """What the period has cost by the rules, exactly: the price of each day, counted by somebody who prorates nothing.

    `paid` is the price of each line for a whole period, and `free` how much of what it costs is a gift: that much of a
    dearer price is one too.
    """

    paid: dict[str, int]
    free: dict[str, int]
    coupons: list[Coupon] = field(default_factory=list)
    total: Fraction = Fraction(0)
    day: int = 0

    def until(self, day: int) -> None:
        self.total += Fraction(day - self.day, DAYS) * self._price()
        self.day = day

    def _price(self) -> Fraction:
        left = {name: Fraction(amount) for name, amount in self.paid.items()}
        for coupon in self.coupons:
            mine = [name for name in left if coupon.on in (None, name)]
            rest = sum((left[name] for name in mine), Fraction(0))
            if coupon.amount_minor is not None:
                with_base = coupon.on is not None or BASE in left
                off = min(Fraction(coupon.amount_minor), rest) if with_base else Fraction(0)
            else:
                off = rest * Fraction(coupon.percent or 0) / 100
            for name in mine:
                left[name] -= off * left[name] / rest if rest else 0
        return sum(left.values(), Fraction(0))


@dataclass(frozen=True)
class Step:
    """A change on a day of the period, 0 the first."""

    day: int
    kind: str
    line: str
    minor: int
    free: bool
    coupon: Coupon


def coupons(name: str) -> st.SearchStrategy[Coupon]:
    on = st.sampled_from([None, BASE, *NAMES])
    percent = st.integers(1, 9_999).map(lambda n: Decimal(n) / 100)
    by_percent = st.builds(lambda p, where: Coupon(name, name, percent=p, on=where), percent, on)
    by_amount = st.builds(lambda m, where: Coupon(name, name, amount_minor=m, on=where), st.integers(1, 5_000), on)
    return by_percent | by_amount


KINDS = ("add", "remove", "price", "count", "add_coupon", "remove_coupon")
AMOUNTS = st.integers(1, 9_999)


def steps(kinds: Sequence[str]) -> st.SearchStrategy[list[Step]]:
    one = st.builds(
        Step,
        st.integers(0, DAYS - 1),
        st.sampled_from(kinds),
        st.sampled_from(NAMES),
        AMOUNTS,
        st.booleans(),
        st.sampled_from(("x", "y")).flatmap(coupons),
    )
    return st.lists(one, max_size=8).map(lambda found: sorted(found, key=lambda step: step.day))


def item(name: str, minor: int, billed: Billed = Billed.START) -> Item:
    return Item(name, LineKind.PRODUCT, name, minor, billed=billed)


def change_of(step: Step, price: Price, billed: Billed) -> tuple[UpdateKind, dict[str, Any]] | None:
    """The change as a row holds it; None where there is nothing to change."""
    there = {one.id for one in price.items}
    held = {one.id for one in price.coupons}
    if step.kind == "add" and step.line not in there:
        return UpdateKind.ADD, {"item": item(step.line, step.minor, billed).as_dict()}
    if step.kind == "remove" and step.line in there:
        return UpdateKind.REMOVE, {"item_id": step.line}
    if step.kind == "price" and step.line in there:
        return UpdateKind.PRICE, {"item_id": step.line, "unit_amount_minor": step.minor}
    if step.kind == "count" and step.line in there:
        return UpdateKind.COUNT, {"item_id": step.line, "count": step.minor % 5 + 1}
    if step.kind == "add_coupon" and step.coupon.id not in held and step.coupon.on in {None, BASE, *there}:
        return UpdateKind.ADD_COUPON, {"coupon": step.coupon.as_dict()}
    if step.kind == "remove_coupon" and step.coupon.id in held:
        return UpdateKind.REMOVE_COUPON, {"coupon_id": step.coupon.id}
    return None


def note(had: Had, step: Step, kind: UpdateKind, price: Price, *, free: bool) -> None:
    """What the change makes of the days from it on, by its method; `price` is the one after it."""
    if kind is UpdateKind.ADD_COUPON and not free:
        had.coupons.append(step.coupon)
    elif kind is UpdateKind.REMOVE_COUPON:
        had.coupons = [one for one in had.coupons if one.id != step.coupon.id]
    elif kind is UpdateKind.REMOVE:
        had.paid.pop(step.line)
        had.free.pop(step.line, None)
        had.coupons = [one for one in had.coupons if one.on != step.line]
    elif kind in (UpdateKind.ADD, UpdateKind.PRICE, UpdateKind.COUNT):
        full = item_changes.find(price, step.line).full_minor
        if free:
            had.paid.setdefault(step.line, 0)
            had.free[step.line] = max(full - had.paid[step.line], 0)
        else:
            had.paid[step.line] = max(full - had.free.get(step.line, 0), 0)


def walk(
    price: Price, had: Had, wanted: Sequence[Step], billed: Billed, unbilled_until: date | None = None
) -> tuple[Price, int, int]:
    """Make all these changes: the price after them, what they cost, and how often something was rounded at the most."""
    moved, roundings = 0, 0
    for step in wanted:
        found = change_of(step, price, billed)
        if found is None:
            continue
        kind, change = found
        event(str(kind))
        free = step.free and kind not in GOES
        payment = Payment(Method.DO_NOT_CHARGE if free else Method.PRO_RATA, Pay.NEXT_INVOICE, None)
        standing = Standing(price, APRIL, START + timedelta(days=step.day), True, 1, unbilled_until)
        price, cost = item_changes.make(kind, change, standing, payment)
        had.until(step.day)
        note(had, step, kind, price, free=free)
        moved += sum(line.amount.minor for line in cost.lines)
        roundings += 2 + 4 * (len(price.coupons) + 1)
    had.until(DAYS)
    return price, moved, roundings


@given(
    base=AMOUNTS,
    lines=st.dictionaries(st.sampled_from(NAMES), AMOUNTS, max_size=2),
    held=st.lists(st.sampled_from(("x", "y")).flatmap(coupons), max_size=2, unique_by=lambda coupon: coupon.id),
    wanted=steps(KINDS),
    was_left_out=st.booleans(),
)
@settings(max_examples=400)
def test_in_advance_nothing_is_kept_that_was_not_had_and_nothing_given_back_that_was_not_paid(
    base: int, lines: dict[str, int], held: list[Coupon], wanted: list[Step], was_left_out: bool
) -> None:
    """Also in a period that a pause left unbilled: what is there comes free, what is changed costs its difference."""
    held = [coupon for coupon in held if coupon.on in {None, BASE, *lines}]
    price = Price("Gym", "USD", base, items=tuple(item(name, minor) for name, minor in lines.items()))
    price = replace(price, coupons=tuple(held))
    if was_left_out:
        had = Had(dict.fromkeys(lines, 0), dict(lines), list(held))
        paid = 0
    else:
        had = Had({BASE: base} | lines, {}, list(held))
        paid = bills.bill(price, APRIL, 0, installment=1).total_minor
    _, moved, roundings = walk(price, had, wanted, Billed.START, END if was_left_out else None)
    assert abs(paid + moved - had.total) <= roundings + 1 + 2 * len(held)


@given(lines=st.dictionaries(st.sampled_from(NAMES), AMOUNTS, min_size=1, max_size=2), wanted=steps(KINDS[:4]),
       percent=st.integers(0, 99))  # fmt: skip
@settings(max_examples=300)
def test_in_arrears_each_day_is_billed_once_however_often_it_changes(
    lines: dict[str, int], wanted: list[Step], percent: int
) -> None:
    """What the changes cost, and what the date at the end of the period then still bills."""
    coupons_held = [Coupon("x", "x", percent=Decimal(percent))] if percent else []
    price = Price("Gym", "USD", 1000, coupons=tuple(coupons_held))
    price = replace(price, items=tuple(item(name, minor, Billed.END) for name, minor in lines.items()))
    had = Had(dict(lines), {}, list(coupons_held))
    after, moved, roundings = walk(price, had, wanted, Billed.END)
    last = [line for owner, line in bills.ordinary(after, APRIL, 1) if owner != BASE]
    at_end = sum(line.amount.minor for line in last)
    whole = moved + at_end * (1 - Fraction(percent, 100))
    assert abs(whole - had.total) <= roundings + 1
