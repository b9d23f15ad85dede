"""What a change of a product in the middle of its period costs, one story a test."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money
from portal.subscriptions.calendar import Frequency, Schedule
from portal.subscriptions.grids import Pay
from portal.subscriptions.lines import Line, LineKind, Period, total
from portal.subscriptions.product_changes import (
    Billed,
    InvalidChange,
    Priced,
    add_product,
    remove_product,
    update_count,
    update_price,
)
from portal.subscriptions.proration import Change, Method, lines_for_change, ordinary_line, remaining_part
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


def test_a_product_removed_pro_rata_is_credited_as_the_mirror_of_its_charge() -> None:
    removal = lines_for_change(remove_product(priced("30.00"), MONTHLY), APRIL, ELEVENTH, Method.PRO_RATA)
    (line,) = removal.now
    assert (line.kind, line.unit_amount, line.amount) == (
        LineKind.PRORATION, Money(-3000, "EUR"), Money(-2000, "EUR"),
    )  # fmt: skip
    assert removal.full_from is None


@pytest.mark.parametrize("method", [Method.PAY_IN_FULL, Method.DO_NOT_CHARGE])
def test_a_product_removed_in_another_way_gives_nothing_back(method: Method) -> None:
    assert lines_for_change(remove_product(priced("30.00"), MONTHLY), APRIL, ELEVENTH, method) == Change()


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("billed", Billed)
def test_a_product_removed_before_its_period_is_billed_costs_nothing(method: Method, billed: Billed) -> None:
    change = remove_product(priced("30.00"), MONTHLY, billed=billed)
    assert lines_for_change(change, APRIL, MAY, method, already_billed=False) == Change()


def test_a_higher_count_is_a_credit_and_a_charge_each_rounded() -> None:
    change = update_count(priced("10.00", count=2), 3, MONTHLY)
    assert amounts(lines_for_change(change, APRIL, ELEVENTH, Method.PRO_RATA).now) == ["-13.33", "20.00"]
    assert amounts(lines_for_change(change, APRIL, ELEVENTH, Method.PAY_IN_FULL).now) == ["-20.00", "30.00"]
    assert lines_for_change(change, APRIL, ELEVENTH, Method.DO_NOT_CHARGE) == Change(full_from=MAY)


def test_a_lower_count_gives_days_back_only_pro_rata() -> None:
    change = update_count(priced("10.00", count=3), 2, MONTHLY)
    assert amounts(lines_for_change(change, APRIL, ELEVENTH, Method.PRO_RATA).now) == ["-20.00", "13.33"]
    assert lines_for_change(change, APRIL, ELEVENTH, Method.PAY_IN_FULL) == Change(full_from=MAY)


def test_a_swap_is_two_lines_whose_net_may_differ_from_the_rounded_difference() -> None:
    change = update_price(priced("19.99"), Money(3499, "EUR"), MONTHLY)
    may = Schedule(Frequency.MONTHLY, 1, MAY)
    made = lines_for_change(change, may, date(2026, 5, 31), Method.PRO_RATA)
    assert amounts(made.now) == ["-0.64", "1.13"]
    assert total(made.now, "EUR") == Money(49, "EUR")


def test_a_price_changed_before_todays_invoice_is_made_is_billed_once() -> None:
    change = update_price(priced("19.99"), Money(3499, "EUR"), MONTHLY)

    def now(method: Method) -> list[str]:
        return amounts(lines_for_change(change, APRIL, MAY, method, already_billed=False).now)

    assert now(Method.PRO_RATA) == now(Method.PAY_IN_FULL) == ["34.99"]
    assert now(Method.DO_NOT_CHARGE) == ["19.99"]


@pytest.mark.parametrize(("method", "amount"), [(Method.PRO_RATA, "20.00"), (Method.PAY_IN_FULL, "30.00")])
@pytest.mark.parametrize("pay", [Pay.IMMEDIATELY, Pay.NEXT_INVOICE])
def test_in_arrears_the_first_amount_falls_on_the_invoice_at_the_end_of_the_period(
    method: Method, amount: str, pay: Pay
) -> None:
    made = added(method, pay, Billed.END)
    assert (made.now, amounts(made.next_invoice), made.full_from) == ((), [amount], MAY)


def test_in_arrears_another_price_splits_the_period_by_its_days() -> None:
    change = update_price(priced("30.00"), Money(6000, "EUR"), MONTHLY, billed=Billed.END)

    def at_the_end(method: Method) -> list[str]:
        made = lines_for_change(change, APRIL, ELEVENTH, method)
        assert (made.now, made.full_from) == ((), MAY)
        return amounts(made.next_invoice)

    assert at_the_end(Method.PRO_RATA) == ["10.00", "40.00"]
    assert at_the_end(Method.PAY_IN_FULL) == ["60.00"]
    assert at_the_end(Method.DO_NOT_CHARGE) == ["30.00"]


def test_in_arrears_a_product_that_is_removed_is_billed_for_the_days_it_was_used() -> None:
    change = remove_product(priced("30.00"), MONTHLY, billed=Billed.END)
    assert amounts(lines_for_change(change, APRIL, ELEVENTH, Method.PRO_RATA).now) == ["10.00"]
    later = lines_for_change(change, APRIL, ELEVENTH, Method.PRO_RATA, Pay.NEXT_INVOICE)
    assert amounts(later.next_invoice) == ["10.00"]
    assert amounts(lines_for_change(change, APRIL, ELEVENTH, Method.PAY_IN_FULL).now) == ["30.00"]
    assert lines_for_change(change, APRIL, ELEVENTH, Method.DO_NOT_CHARGE) == Change()


def test_in_arrears_a_period_that_ends_between_two_invoices_has_its_own_or_is_held() -> None:
    weekly = add_product(priced("7.00"), Rhythm(Frequency.WEEKLY), Billed.END)
    own = lines_for_change(weekly, APRIL, ELEVENTH, Method.PRO_RATA)
    assert (amounts(own.later), own.later_on) == (["7.00"], date(2026, 4, 18))
    held = lines_for_change(weekly, APRIL, ELEVENTH, Method.PRO_RATA, Pay.NEXT_INVOICE)
    assert (amounts(held.next_invoice), held.later) == (["7.00"], ())


def test_in_arrears_a_quarter_falls_on_the_invoice_at_its_end_and_not_on_the_next() -> None:
    base = Schedule(Frequency.MONTHLY, 1, date(2026, 1, 31))
    change = add_product(priced("90.00"), Rhythm(Frequency.QUARTERLY), Billed.END)
    made = lines_for_change(change, base, date(2026, 2, 10), Method.PRO_RATA, Pay.NEXT_INVOICE)
    assert made.next_invoice == ()
    assert (amounts(made.later), made.later_on) == (["79.89"], date(2026, 4, 30))


def test_a_free_product_makes_no_empty_line() -> None:
    assert lines_for_change(add_product(priced("0.00"), MONTHLY), APRIL, ELEVENTH, Method.PRO_RATA) == Change(
        full_from=MAY
    )


SCHEDULES = st.builds(
    Schedule, st.sampled_from(Frequency), st.integers(1, 4), st.dates(date(2020, 1, 1), date(2030, 1, 1))
)
RHYTHMS = st.builds(Rhythm, st.sampled_from(Frequency), st.integers(1, 4))
PRICES = st.builds(
    Priced, st.just("Seats"), st.builds(Money, st.integers(0, 10**7), st.just("EUR")), st.integers(1, 20)
)


@given(SCHEDULES, RHYTHMS, PRICES, st.integers(0, 1000), st.sampled_from(list(Pay)[:2]))
def test_what_is_added_and_removed_on_the_same_day_costs_nothing(
    schedule: Schedule, rhythm: Rhythm, price: Priced, days: int, pay: Pay
) -> None:
    on = schedule.anchor + timedelta(days=days)
    there = lines_for_change(add_product(price, rhythm), schedule, on, Method.PRO_RATA, pay)
    back = lines_for_change(remove_product(price, rhythm), schedule, on, Method.PRO_RATA, pay)
    net = total([*there.now, *there.next_invoice, *back.now, *back.next_invoice], "EUR")
    assert net == Money(0, "EUR")


@given(SCHEDULES, RHYTHMS, PRICES, st.integers(0, 1000), st.sampled_from(Method), st.sampled_from(Billed))
def test_a_change_never_costs_more_than_the_period_and_ordinary_lines_follow_it(
    schedule: Schedule, rhythm: Rhythm, price: Priced, days: int, method: Method, billed: Billed
) -> None:
    on = schedule.anchor + timedelta(days=days)
    made = lines_for_change(add_product(price, rhythm, billed), schedule, on, method)
    lines = [*made.now, *made.next_invoice, *made.later]
    assert Money(0, "EUR") <= total(lines, "EUR") <= price.full
    assert made.full_from is not None
    assert made.full_from > on
    assert all(line.period is not None and line.period.end == made.full_from for line in lines)
    assert not (billed is Billed.END and made.now)


@given(PRICES, st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 366), st.integers(0, 366))
def test_a_credit_is_the_mirror_of_its_charge(price: Priced, start: date, days: int, used: int) -> None:
    period, on = Period(start, start + timedelta(days=days)), start + timedelta(days=min(used, days))
    assert remaining_part(-price.full, period, on) == -remaining_part(price.full, period, on)
