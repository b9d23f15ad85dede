"""Which dates a product of a subscription has, and which invoice they fall on."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.subscriptions.calendar import Frequency, Schedule, index_on_or_before, occurrence, period_on, upcoming
from portal.subscriptions.grids import Pay, invoice_on, next_invoice_on, product_grid
from portal.subscriptions.rhythms import Only, Rhythm

DAILY, WEEKLY, BI_WEEKLY, SEMI_MONTHLY, MONTHLY, QUARTERLY, SEMI_ANNUALLY, YEARLY = Frequency
BASE = Schedule(MONTHLY, 1, date(2026, 1, 31))
APPLIED = date(2026, 3, 10)


def test_a_whole_multiple_shares_the_anchor() -> None:
    grid = product_grid(BASE, Rhythm(QUARTERLY), APPLIED)
    assert period_on(grid, APPLIED) == (date(2026, 1, 31), date(2026, 4, 30))


@pytest.mark.parametrize("rhythm", [Rhythm(DAILY, 30), Rhythm(WEEKLY), Rhythm(SEMI_MONTHLY), Rhythm(MONTHLY, 1, 5)])
def test_another_family_a_smaller_step_or_a_fixed_day_is_a_grid_of_its_own(rhythm: Rhythm) -> None:
    assert product_grid(BASE, rhythm, APPLIED) == rhythm.starting(APPLIED)


def test_a_step_that_is_no_multiple_is_anchored_on_the_day_it_is_applied() -> None:
    quarterly = Schedule(QUARTERLY, 1, date(2026, 1, 31))
    grid = product_grid(quarterly, Rhythm(MONTHLY, 4), APPLIED)
    assert grid == Schedule(MONTHLY, 4, APPLIED)
    assert period_on(grid, APPLIED) == (APPLIED, date(2026, 7, 10))


def test_a_product_does_not_begin_before_its_subscription() -> None:
    assert product_grid(BASE, Rhythm(WEEKLY), date(2025, 12, 1)).anchor == BASE.anchor


def test_the_remembered_billing_day_is_the_products_too() -> None:
    moved = Schedule(MONTHLY, 1, date(2027, 2, 28), billing_day=31)
    assert upcoming(product_grid(moved, Rhythm(QUARTERLY), APPLIED), 0, 2) == [date(2027, 2, 28), date(2027, 5, 31)]


def test_a_monthly_product_of_a_subscription_twice_a_month_has_every_second_of_its_dates() -> None:
    twice = Schedule(SEMI_MONTHLY, 1, date(2027, 1, 30))
    grid = product_grid(twice, Rhythm(MONTHLY), date(2027, 2, 1))
    assert upcoming(grid, 0, 3) == [date(2027, 1, 30), date(2027, 2, 28), date(2027, 3, 31)]


def test_selected_months_are_shared_only_by_the_same_rhythm() -> None:
    selected = Rhythm(MONTHLY, months=(1, 6))
    base = selected.starting(date(2026, 1, 31))
    assert product_grid(base, selected, APPLIED) == base
    assert product_grid(base, Rhythm(MONTHLY), APPLIED) == Schedule(MONTHLY, 1, APPLIED)


@pytest.mark.parametrize("only", Only)
def test_once_and_all_follow_the_subscription(only: Only) -> None:
    assert product_grid(BASE, only, APPLIED) == BASE


def test_a_due_date_between_two_invoices_has_its_own_or_is_held_for_the_next() -> None:
    due = date(2026, 3, 10)
    assert invoice_on(BASE, due, Pay.IMMEDIATELY) == due
    assert invoice_on(BASE, due, Pay.NEXT_INVOICE) == date(2026, 3, 31)
    assert invoice_on(BASE, date(2026, 3, 31), Pay.NEXT_INVOICE) == date(2026, 3, 31)


def test_the_next_invoice_is_todays_as_long_as_it_is_not_made() -> None:
    assert next_invoice_on(BASE, date(2026, 3, 31)) == date(2026, 4, 30)
    assert next_invoice_on(BASE, date(2026, 3, 31), already_billed=False) == date(2026, 3, 31)


FREQUENCIES = st.sampled_from(Frequency)
SMALL = st.integers(1, 6)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(FREQUENCIES, SMALL, st.integers(1, 6), DAYS, st.integers(0, 60))
def test_a_multiple_of_the_same_frequency_falls_on_dates_of_the_subscription(
    frequency: Frequency, units: int, multiple: int, anchor: date, n: int
) -> None:
    base = Schedule(frequency, units, anchor)
    grid = product_grid(base, Rhythm(frequency, units * multiple), anchor)
    assert occurrence(grid, n) == occurrence(base, n * multiple)


@given(FREQUENCIES, SMALL, FREQUENCIES, SMALL, DAYS, st.integers(0, 1000))
def test_a_grid_shares_all_its_dates_or_begins_with_a_full_period(
    base_frequency: Frequency, base_units: int, frequency: Frequency, units: int, anchor: date, days: int
) -> None:
    base, applied = Schedule(base_frequency, base_units, anchor), date.fromordinal(anchor.toordinal() + days)
    grid = product_grid(base, Rhythm(frequency, units), applied)
    if grid.anchor == base.anchor:
        at = [index_on_or_before(base, day) for day in upcoming(grid, 0, 6)]
        shared = [occurrence(base, n) for n in at if n is not None] == upcoming(grid, 0, 6)
        assert shared or applied == anchor
    else:
        assert grid.anchor == applied
