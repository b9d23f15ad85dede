"""What a product that is added in the middle of a period costs, one story a test."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.core.money import Money
from portal.subscriptions.calendar import Frequency, Schedule
from portal.subscriptions.grids import Pay
from portal.subscriptions.lines import Line, LineKind, Period
from portal.subscriptions.product_changes import (
    Billed,
    InvalidChange,
    Priced,
    add_product,
)
from portal.subscriptions.proration import Change, Method, lines_for_change, ordinary_line
from portal.subscriptions.rhythms import Only, Rhythm

MONTHLY = Rhythm(Frequency.MONTHLY)
APRIL = Schedule(Frequency.MONTHLY, 1, date(2026, 4, 1))
BY_THE_31ST = Schedule(Frequency.MONTHLY, 1, date(2027, 1, 31))
ELEVENTH, MAY, JUNE = date(2026, 4, 11), date(2026, 5, 1), date(2026, 6, 1)


def priced(amount: str, currency: str = "EUR", count: int = 1) -> Priced:
    return Priced("Seats", Money.parse(amount, currency), count)


def amounts(lines: tuple[Line, ...]) -> list[str]:
    return [str(line.amount.decimal) for line in lines]


def added(method: Method, pay: Pay = Pay.IMMEDIATELY, billed: Billed = Billed.START) -> Change:
    return lines_for_change(add_product(priced("30.00"), MONTHLY, billed), APRIL, ELEVENTH, method, pay)


def test_a_product_added_pro_rata_is_billed_today_for_the_days_left_and_then_in_full() -> None:
    made = added(Method.PRO_RATA)
    assert amounts(made.now) == ["20.00"]
    assert made.now[0] == Line(
        LineKind.PRORATION, "Seats", 1, Money(3000, "EUR"), Money(2000, "EUR"), Period(ELEVENTH, MAY)
    )
    assert (made.next_invoice, made.later, made.full_from) == ((), (), MAY)
    assert ordinary_line(priced("30.00"), LineKind.PRODUCT, Period(MAY, JUNE)).amount == Money(3000, "EUR")


def test_a_product_added_in_full_is_billed_today_in_full_and_again_at_the_next_period() -> None:
    made = added(Method.PAY_IN_FULL)
    assert amounts(made.now) == ["30.00"]
    assert (made.now[0].kind, made.now[0].period) == (LineKind.PRODUCT, Period(date(2026, 4, 1), MAY))
    assert made.full_from == MAY


@pytest.mark.parametrize("pay", [Pay.IMMEDIATELY, Pay.NEXT_INVOICE])
@pytest.mark.parametrize("billed", Billed)
def test_a_product_added_without_charge_makes_no_line_until_the_next_period(pay: Pay, billed: Billed) -> None:
    assert added(Method.DO_NOT_CHARGE, pay, billed) == Change(full_from=MAY)


@pytest.mark.parametrize(("method", "amount"), [(Method.PRO_RATA, "20.00"), (Method.PAY_IN_FULL, "30.00")])
def test_with_the_next_invoice_the_line_stands_beside_the_full_one_of_the_next_period(
    method: Method, amount: str
) -> None:
    made = added(method, Pay.NEXT_INVOICE)
    beside = ordinary_line(priced("30.00"), LineKind.PRODUCT, Period(MAY, JUNE))
    assert (made.now, made.full_from) == ((), MAY)
    assert amounts((*made.next_invoice, beside)) == [amount, "30.00"]


def test_on_a_charge_date_of_the_merchants_the_lines_wait_for_it() -> None:
    change = add_product(priced("30.00"), MONTHLY)
    made = lines_for_change(change, APRIL, ELEVENTH, Method.PRO_RATA, Pay.CUSTOM, pay_on=date(2026, 4, 20))
    assert (made.now, made.next_invoice) == ((), ())
    assert (amounts(made.later), made.later_on) == (["20.00"], date(2026, 4, 20))


@pytest.mark.parametrize(
    ("pay", "pay_on"),
    [(Pay.CUSTOM, None), (Pay.CUSTOM, ELEVENTH), (Pay.IMMEDIATELY, MAY), (Pay.NEXT_INVOICE, MAY)],
)
def test_a_charge_date_is_given_with_custom_only_and_lies_ahead(pay: Pay, pay_on: date | None) -> None:
    with pytest.raises(InvalidChange):
        lines_for_change(add_product(priced("30.00"), MONTHLY), APRIL, ELEVENTH, Method.PRO_RATA, pay, pay_on=pay_on)


@pytest.mark.parametrize(("on", "amount"), [(date(2027, 2, 10), "19.93"), (date(2027, 3, 10), "21.00")])
def test_a_clamped_period_has_its_own_number_of_days(on: date, amount: str) -> None:
    made = lines_for_change(add_product(priced("31.00"), MONTHLY), BY_THE_31ST, on, Method.PRO_RATA)
    assert amounts(made.now) == [amount]


@pytest.mark.parametrize(
    ("amount", "currency", "left", "days", "expected"),
    [
        ("1000", "JPY", 10, 31, "323"),
        ("10.000", "KWD", 10, 31, "3.226"),
        ("9.99", "EUR", 15, 30, "5.00"),
        ("0.01", "EUR", 15, 30, "0.01"),
        ("0.05", "EUR", 15, 30, "0.03"),
    ],
)
def test_each_currency_is_rounded_half_up_to_its_own_digits(
    amount: str, currency: str, left: int, days: int, expected: str
) -> None:
    start = date(2026, 5, 1) if days == 31 else date(2026, 4, 1)
    schedule = Schedule(Frequency.MONTHLY, 1, start)
    on = start + timedelta(days=days - left)
    made = lines_for_change(add_product(priced(amount, currency), MONTHLY), schedule, on, Method.PRO_RATA)
    assert amounts(made.now) == [expected]


def test_a_quarterly_product_of_a_monthly_subscription_is_prorated_over_its_quarter() -> None:
    base = Schedule(Frequency.MONTHLY, 1, date(2026, 1, 31))
    quarterly = add_product(priced("90.00"), Rhythm(Frequency.QUARTERLY))
    made = lines_for_change(quarterly, base, date(2026, 3, 10), Method.PRO_RATA)
    assert amounts(made.now) == ["51.57"]
    assert made.now[0].period == Period(date(2026, 3, 10), date(2026, 4, 30))
    assert made.full_from == date(2026, 4, 30)


@pytest.mark.parametrize("already_billed", [True, False])
@pytest.mark.parametrize("method", [Method.PRO_RATA, Method.PAY_IN_FULL])
def test_a_product_added_on_the_renewal_date_is_one_full_line(method: Method, already_billed: bool) -> None:
    made = lines_for_change(add_product(priced("30.00"), MONTHLY), APRIL, MAY, method, already_billed=already_billed)
    (line,) = made.now
    assert (line.kind, line.amount) == (LineKind.PRODUCT, Money(3000, "EUR"))
    assert (made.next_invoice, made.full_from) == ((), JUNE)


def test_on_the_renewal_date_the_next_invoice_is_todays_until_it_is_made() -> None:
    change = add_product(priced("30.00"), MONTHLY)
    for already_billed in (True, False):
        made = lines_for_change(change, APRIL, MAY, Method.PRO_RATA, Pay.NEXT_INVOICE, already_billed=already_billed)
        assert amounts(made.next_invoice) == ["30.00"]


def test_on_the_last_day_of_a_period_one_day_is_billed_or_nothing() -> None:
    may = Schedule(Frequency.MONTHLY, 1, MAY)
    last_day = date(2026, 5, 31)
    change = add_product(priced("31.00"), MONTHLY)
    assert amounts(lines_for_change(change, may, last_day, Method.PRO_RATA).now) == ["1.00"]
    assert lines_for_change(change, may, last_day, Method.DO_NOT_CHARGE) == Change(full_from=JUNE)


def test_a_product_with_a_grid_of_its_own_begins_with_a_full_period() -> None:
    weekly = add_product(priced("7.00"), Rhythm(Frequency.WEEKLY))
    made = lines_for_change(weekly, APRIL, ELEVENTH, Method.PRO_RATA)
    assert (amounts(made.now), made.now[0].kind) == (["7.00"], LineKind.PRODUCT)
    assert made.full_from == date(2026, 4, 18)


def test_a_product_that_follows_every_invoice_is_prorated_over_the_subscriptions_period() -> None:
    made = lines_for_change(add_product(priced("30.00"), Only.ALL), APRIL, ELEVENTH, Method.PRO_RATA)
    assert (amounts(made.now), made.full_from) == (["20.00"], MAY)


def test_a_product_that_is_billed_once_is_one_line_that_never_comes_again() -> None:
    change = add_product(priced("30.00", count=2), Only.ONCE)
    made = lines_for_change(change, APRIL, ELEVENTH, Method.PAY_IN_FULL)
    (line,) = made.now
    assert (line.kind, line.quantity, line.amount, line.period) == (LineKind.ONE_OFF, 2, Money(6000, "EUR"), None)
    assert made.full_from is None
    assert lines_for_change(change, APRIL, ELEVENTH, Method.DO_NOT_CHARGE) == Change()
    next_invoice = lines_for_change(change, APRIL, ELEVENTH, Method.PAY_IN_FULL, Pay.NEXT_INVOICE).next_invoice
    assert amounts(next_invoice) == ["60.00"]


def test_a_product_that_is_billed_once_has_nothing_to_prorate() -> None:
    with pytest.raises(InvalidChange, match="pay_in_full"):
        lines_for_change(add_product(priced("30.00"), Only.ONCE), APRIL, ELEVENTH, Method.PRO_RATA)


def test_before_the_subscription_begins_a_product_waits_for_it_but_one_off_does_not() -> None:
    early = date(2026, 3, 1)
    repeated = lines_for_change(add_product(priced("30.00"), MONTHLY), APRIL, early, Method.PRO_RATA)
    assert repeated == Change(full_from=date(2026, 4, 1))
    once = lines_for_change(add_product(priced("30.00"), Only.ONCE), APRIL, early, Method.PAY_IN_FULL)
    assert amounts(once.now) == ["30.00"]
