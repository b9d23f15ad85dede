"""Coupons on an invoice: what they take off, for how long, off which line, before tax, and never below zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.money import Money
from portal.subscriptions import bills
from portal.subscriptions.coupons import Coupon, taken
from portal.subscriptions.lines import Line, LineKind, total
from portal.subscriptions.prices import BASE, Item, Price, TaxRule
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.schedules import Frequency, Schedule
from portal.subscriptions.taxes import InvalidTax

MONTHLY = Schedule(Frequency.MONTHLY, 1, date(2026, 1, 31))
LOCKER = Item("locker", LineKind.ADD_ON, "Locker", 1000)
GYM = Price("Gym", "USD", 3499, items=(LOCKER,))


def with_coupons(*coupons: Coupon, **values: object) -> Price:
    return replace(GYM, coupons=coupons, **values)  # type: ignore[arg-type]


def percent(rate: object, **values: object) -> Coupon:
    return Coupon("c", "SPRING", percent=Decimal(str(rate)), **values)  # type: ignore[arg-type]


def amount(minor: int, **values: object) -> Coupon:
    return Coupon("c", "SPRING", amount_minor=minor, **values)  # type: ignore[arg-type]


def amounts(price: Price, installment: int = 1) -> list[int]:
    return [line.amount.minor for line in bills.bill(price, MONTHLY, installment - 1, installment=installment).lines]


def test_a_percentage_comes_off_the_whole_rounded_once_on_a_line_of_its_own() -> None:
    found = bills.bill(with_coupons(percent("12.5")), MONTHLY, 0, installment=1)
    # 44.99 × 12.5 % is 5.62375
    assert [(line.kind, line.description, line.amount.minor) for line in found.lines] == [
        ("base", "Gym", 3499),
        ("add_on", "Locker", 1000),
        ("coupon", "SPRING", -562),
    ]
    assert found.total_minor == 3499 + 1000 - 562


def test_an_amount_may_be_off_one_line_and_never_takes_more_than_there_is() -> None:
    assert amounts(with_coupons(amount(300, on="locker"))) == [3499, 1000, -300]
    assert amounts(with_coupons(amount(3000, on="locker"))) == [3499, 1000, -1000]
    assert amounts(with_coupons(amount(9900))) == [3499, 1000, -4499]


def test_the_next_coupon_is_off_what_the_one_before_it_left() -> None:
    second = Coupon("d", "MORE", percent=Decimal(50))
    assert amounts(with_coupons(amount(499), second)) == [3499, 1000, -499, -2000]
    assert amounts(with_coupons(amount(9900), second)) == [3499, 1000, -4499]


def test_a_coupon_for_a_number_of_payments_comes_off_these_and_no_others() -> None:
    price = with_coupons(amount(500, payments=2, first=3))
    assert [len(amounts(price, n)) for n in range(1, 7)] == [2, 2, 3, 3, 2, 2]
    assert not price.coupons[0].is_used_up(3)
    assert price.coupons[0].is_used_up(4)


def test_what_each_payment_costs_counts_the_coupons_for_ever_alone() -> None:
    rhythm = Rhythm(Frequency.MONTHLY)
    assert bills.regular(with_coupons(amount(500)), rhythm).total_minor == 3999
    assert bills.regular(with_coupons(amount(500, payments=2)), rhythm).total_minor == 4499
    with pytest.raises(ValueError, match="above zero"):
        bills.regular(with_coupons(percent(100)), rhythm)


def test_tax_is_on_what_the_coupon_left_of_the_whole_or_of_its_line() -> None:
    whole = with_coupons(percent(10), taxes=(TaxRule("Sales tax", rate=Decimal(10)),))
    assert bills.bill(whole, MONTHLY, 0, installment=1).tax_minor == 405  # of 44.99 - 4.50
    on_locker = with_coupons(percent(10), taxes=(TaxRule("Reduced", rate=Decimal(10), on="locker"),))
    assert bills.bill(on_locker, MONTHLY, 0, installment=1).tax_minor == 90
    of_base = with_coupons(amount(1000, on="locker"), taxes=(TaxRule("Normal", rate=Decimal(10), on=BASE),))
    assert bills.bill(of_base, MONTHLY, 0, installment=1).tax_minor == 350
    included = with_coupons(percent(50), items=(), taxes=(TaxRule("VAT", rate=Decimal(25), inclusive=True),))
    found = bills.bill(included, MONTHLY, 0, installment=1)
    assert (found.total_minor, found.tax_minor) == (1749, 350)  # 34.99 - 17.50, a fifth of which is tax


def test_a_coupon_beside_an_included_tax_of_a_fixed_amount_is_refused() -> None:
    with pytest.raises(InvalidTax, match="give its rate"):
        bills.check_taxes(with_coupons(percent(10), taxes=(TaxRule("Deposit", amount_minor=100, inclusive=True),)))


def test_a_percentage_is_off_what_has_its_own_day_too_but_an_amount_off_the_whole_is_not() -> None:
    weekly = Item("class", LineKind.PRODUCT, "Class", 700, repeats=Rhythm(Frequency.WEEKLY), own_day=True)
    day = date(2026, 2, 7)
    off = with_coupons(percent(10), items=(weekly,))
    assert bills.on_own_day(off, MONTHLY, day, 1).total_minor == 630
    assert bills.on_own_day(with_coupons(amount(300), items=(weekly,)), MONTHLY, day, 1).total_minor == 700
    assert bills.on_own_day(with_coupons(amount(300, on="class"), items=(weekly,)), MONTHLY, day, 1).total_minor == 400


coupons = st.builds(
    Coupon,
    id=st.uuids().map(str),
    name=st.just("C"),
    percent=st.decimals("0.01", 100, places=2),
    on=st.sampled_from([None, BASE, "a", "b", "nowhere"]),
    payments=st.none() | st.integers(1, 3),
    first=st.integers(1, 3),
) | st.builds(
    Coupon,
    id=st.uuids().map(str),
    name=st.just("C"),
    amount_minor=st.integers(1, 20_000),
    on=st.sampled_from([None, BASE, "a", "b"]),
)
lines = st.lists(st.integers(-2_000, 10_000), min_size=1, max_size=3)


@settings(deadline=None)
@given(lines, st.lists(coupons, max_size=4), st.booleans())
def test_coupons_add_up_line_by_line_and_no_line_goes_below_zero(
    given_amounts: list[int], given_coupons: list[Coupon], whole: bool
) -> None:
    owned = [
        (owner, Line.full(LineKind.PRODUCT, owner, Money(minor, "USD")))
        for owner, minor in zip([BASE, "a", "b"], given_amounts, strict=False)
    ]
    found = taken(owned, given_coupons, "USD", whole=whole)
    off = -total(found.lines, "USD").minor
    assert sum(share.minor for share in found.shares) == off
    for (_, line), share in zip(owned, found.shares, strict=True):
        assert 0 <= share.minor <= max(line.amount.minor, 0)
    assert off <= max(sum(given_amounts), 0)


@settings(deadline=None)
@given(
    st.integers(1, 10_000), st.lists(coupons, max_size=4), st.lists(st.decimals(0, 30, places=2), max_size=2),
    st.integers(1, 6), st.sampled_from([None, BASE, "a"]),
)  # fmt: skip
def test_an_invoice_with_coupons_and_taxes_adds_up_and_is_never_below_zero(
    minor: int, given_coupons: list[Coupon], rates: list[Decimal], installment: int, on: str | None
) -> None:
    items = (Item("a", LineKind.PRODUCT, "A", 700), Item("b", LineKind.PRODUCT, "B", 1))
    rules = tuple(TaxRule("Tax", rate=rate, on=on) for rate in rates)
    price = Price("Base", "USD", minor, items=items, taxes=rules, coupons=tuple(given_coupons))
    found = bills.bill(price, MONTHLY, installment - 1, installment=installment)
    assert total(found.lines, "USD").minor == found.total_minor >= 0
    assert found.carried == ()
    assert found.tax_minor >= 0
    off = -sum(line.amount.minor for line in found.lines if line.kind is LineKind.COUPON)
    assert 0 <= off <= minor + 701
    without = bills.bill(replace(price, coupons=()), MONTHLY, installment - 1, installment=installment)
    assert found.total_minor <= without.total_minor


@given(coupons)
def test_what_a_column_holds_of_a_coupon_is_read_as_it_was(coupon: Coupon) -> None:
    assert Coupon.from_dict(coupon.as_dict()) == coupon
