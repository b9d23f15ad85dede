"""Changes of products that are billed at the end of their period, and what holds for every change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money
from portal.subscriptions.calendar import Frequency, Schedule
from portal.subscriptions.grids import Pay, product_grid
from portal.subscriptions.lines import Line, Period, total
from portal.subscriptions.product_changes import (
    Billed,
    Priced,
    add_product,
    remove_product,
    update_price,
)
from portal.subscriptions.proration import Change, Method, lines_for_change, remaining_part
from portal.subscriptions.rhythms import Rhythm

MONTHLY = Rhythm(Frequency.MONTHLY)
APRIL = Schedule(Frequency.MONTHLY, 1, date(2026, 4, 1))
ELEVENTH, MAY = date(2026, 4, 11), date(2026, 5, 1)


def priced(amount: str, currency: str = "EUR", count: int = 1) -> Priced:
    return Priced("Seats", Money.parse(amount, currency), count)


def amounts(lines: tuple[Line, ...]) -> list[str]:
    return [str(line.amount.decimal) for line in lines]


def added(method: Method, pay: Pay = Pay.IMMEDIATELY, billed: Billed = Billed.START) -> Change:
    return lines_for_change(add_product(priced("30.00"), MONTHLY, billed), APRIL, ELEVENTH, method, pay)


@pytest.mark.parametrize(("method", "amount"), [(Method.PRO_RATA, "20.00"), (Method.PAY_IN_FULL, "30.00")])
@pytest.mark.parametrize("pay", [Pay.IMMEDIATELY, Pay.NEXT_INVOICE])
def test_in_arrears_the_first_amount_falls_on_the_invoice_at_the_end_of_the_period(
    method: Method, amount: str, pay: Pay
) -> None:
    made = added(method, pay, Billed.END)
    assert (made.now, amounts(made.next_invoice), made.full_from) == ((), [amount], MAY)


def test_in_arrears_another_price_splits_the_period_by_its_days() -> None:
    change = update_price(priced("30.00"), Money(6000, "EUR"), MONTHLY, APRIL, billed=Billed.END)

    def at_the_end(method: Method) -> list[str]:
        made = lines_for_change(change, APRIL, ELEVENTH, method)
        assert (made.now, made.full_from) == ((), MAY)
        return amounts(made.next_invoice)

    assert at_the_end(Method.PRO_RATA) == ["10.00", "40.00"]
    assert at_the_end(Method.PAY_IN_FULL) == ["60.00"]
    assert at_the_end(Method.DO_NOT_CHARGE) == ["30.00"]


def test_in_arrears_a_product_that_is_removed_is_billed_for_the_days_it_was_used() -> None:
    change = remove_product(priced("30.00"), MONTHLY, APRIL, billed=Billed.END)
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
    back = lines_for_change(
        remove_product(price, rhythm, product_grid(schedule, rhythm, on)), schedule, on, Method.PRO_RATA, pay
    )
    assert total(there.lines + back.lines, "EUR") == Money(0, "EUR")


@given(SCHEDULES, RHYTHMS, PRICES, st.integers(0, 1000), st.sampled_from(Method), st.sampled_from(Billed))
def test_a_change_never_costs_more_than_the_period_and_ordinary_lines_follow_it(
    schedule: Schedule, rhythm: Rhythm, price: Priced, days: int, method: Method, billed: Billed
) -> None:
    on = schedule.anchor + timedelta(days=days)
    made = lines_for_change(add_product(price, rhythm, billed), schedule, on, method)
    assert Money(0, "EUR") <= total(made.lines, "EUR") <= price.full
    assert made.full_from is not None
    assert made.full_from > on
    assert all(line.period is not None and line.period.end == made.full_from for line in made.lines)
    assert not (billed is Billed.END and made.now)


@given(PRICES, st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 366), st.integers(0, 366))
def test_a_credit_is_the_mirror_of_its_charge(price: Priced, start: date, days: int, used: int) -> None:
    period, on = Period(start, start + timedelta(days=days)), start + timedelta(days=min(used, days))
    assert remaining_part(-price.full, period, on) == -remaining_part(price.full, period, on)
