"""What an invoice says: items beside the base, on whose dates, in advance or arrears, with taxes, never below zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.money import Money
from portal.subscriptions import bills, calendar
from portal.subscriptions.lines import Line, LineKind, Period, total
from portal.subscriptions.prices import BASE, Item, Price, TaxRule
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.rhythms import Only, Rhythm
from portal.subscriptions.schedules import Frequency, Schedule
from portal.subscriptions.taxes import InvalidTax

MONTHLY = Schedule(Frequency.MONTHLY, 1, date(2026, 1, 31))
GYM = Price("Gym", "USD", 3499)


def item(minor: int, **values: object) -> Item:
    given_values = {"id": "locker", "kind": LineKind.ADD_ON, "description": "Locker"} | values
    return Item(unit_amount_minor=minor, **given_values)  # type: ignore[arg-type]


def with_items(*items: Item, **values: object) -> Price:
    return replace(GYM, items=items, **values)  # type: ignore[arg-type]


def amounts(found: bills.Bill) -> list[int]:
    return [line.amount.minor for line in found.lines]


def test_without_items_the_invoice_is_the_base_for_its_period() -> None:
    found = bills.bill(GYM, MONTHLY, 1, installment=2)
    assert [(line.description, line.period) for line in found.lines] == [
        ("Gym", Period(date(2026, 2, 28), date(2026, 3, 31)))
    ]
    assert (found.total_minor, found.tax_minor, found.carried) == (3499, 0, ())


def test_quantity_multiplies_the_base_alone() -> None:
    found = bills.bill(with_items(item(500), quantity=3), MONTHLY, 0, installment=1)
    assert amounts(found) == [3 * 3499, 500]


def test_an_item_without_a_rhythm_comes_with_every_invoice_and_a_one_off_with_the_first_alone() -> None:
    price = with_items(item(500), item(2000, id="join", kind=LineKind.ONE_OFF, repeats=Only.ONCE))
    assert amounts(bills.bill(price, MONTHLY, 0, installment=1)) == [3499, 500, 2000]
    assert amounts(bills.bill(price, MONTHLY, 1, installment=2)) == [3499, 500]


def test_a_quarterly_item_falls_on_every_third_date_of_a_monthly_subscription() -> None:
    price = with_items(item(9000, repeats=Rhythm(Frequency.QUARTERLY)))
    found = [bills.bill(price, MONTHLY, n, installment=n + 1) for n in range(7)]
    assert [bill.total_minor for bill in found] == [12499, 3499, 3499, 12499, 3499, 3499, 12499]
    assert found[3].lines[1].period == Period(date(2026, 4, 30), date(2026, 7, 31))


def test_in_arrears_an_item_is_billed_when_its_period_has_ended() -> None:
    price = with_items(item(500, billed=Billed.END))
    assert amounts(bills.bill(price, MONTHLY, 0, installment=1)) == [3499]
    assert bills.bill(price, MONTHLY, 1, installment=2).lines[1].period == Period(date(2026, 1, 31), date(2026, 2, 28))


def test_dates_of_an_item_between_two_invoices_wait_for_the_next_as_one_line() -> None:
    price = with_items(item(100, repeats=Rhythm(Frequency.WEEKLY)))
    found = bills.bill(price, MONTHLY, 1, installment=2).lines[1]
    assert (found.quantity, found.amount.minor) == (4, 400)
    assert found.period == Period(date(2026, 2, 7), date(2026, 3, 7))


def test_or_have_an_invoice_of_their_own_day() -> None:
    price = with_items(item(100, repeats=Rhythm(Frequency.WEEKLY), own_day=True))
    days, after = [], date(2026, 1, 31)
    while (day := bills.next_extra(price, MONTHLY, after, date(2026, 2, 28))) is not None:
        assert amounts(bills.on_own_day(price, MONTHLY, day, 1)) == [100]
        days, after = [*days, day], day
    assert days == [date(2026, 2, 7), date(2026, 2, 14), date(2026, 2, 21)]
    # 28 February is a date of both: one invoice for the two.
    assert amounts(bills.bill(price, MONTHLY, 1, installment=2)) == [3499, 100]


def test_what_a_change_billed_already_is_not_billed_again() -> None:
    price = with_items(item(500, full_from=date(2026, 3, 31)))
    assert amounts(bills.bill(price, MONTHLY, 1, installment=2)) == [3499]
    assert amounts(bills.bill(price, MONTHLY, 2, installment=3)) == [3499, 500]


def test_a_tax_on_top_is_a_line_and_an_included_one_is_not() -> None:
    on_top = replace(GYM, taxes=(TaxRule("Sales tax", rate=Decimal("8.25")),))
    found = bills.bill(on_top, MONTHLY, 0, installment=1)
    assert (found.total_minor, found.tax_minor, amounts(found)) == (3788, 289, [3499, 289])
    included = replace(GYM, taxes=(TaxRule("VAT", rate=Decimal(25), inclusive=True),))
    found = bills.bill(included, MONTHLY, 0, installment=1)
    assert (found.total_minor, found.tax_minor, amounts(found)) == (3499, 700, [3499])


def test_a_tax_may_name_the_line_it_is_on() -> None:
    price = with_items(item(1000), taxes=(TaxRule("Reduced", rate=Decimal(10), on="locker"),))
    assert bills.bill(price, MONTHLY, 0, installment=1).tax_minor == 100
    base = replace(price, taxes=(TaxRule("Normal", rate=Decimal(10), on=BASE),))
    assert bills.bill(base, MONTHLY, 0, installment=1).tax_minor == 350


def test_a_tax_that_could_not_be_reckoned_on_some_invoice_is_refused_before_it_is_agreed() -> None:
    with pytest.raises(InvalidTax, match="no line"):
        bills.check_taxes(replace(GYM, taxes=(TaxRule("VAT", rate=Decimal(5), on="nothing"),)))
    mixed = (TaxRule("A", rate=Decimal(5), inclusive=True), TaxRule("B", rate=Decimal(5), inclusive=True, on=BASE))
    with pytest.raises(InvalidTax, match="not on both"):
        bills.check_taxes(replace(GYM, taxes=mixed))
    with pytest.raises(InvalidTax, match="cannot be more"):
        bills.check_taxes(replace(GYM, taxes=(TaxRule("Deposit", amount_minor=9900, inclusive=True),)))


def test_a_credit_larger_than_the_invoice_is_carried_to_the_next() -> None:
    credit = Line.full(LineKind.PRORATION, "Locker returned", Money(-5000, "USD"))
    found = bills.bill(GYM, MONTHLY, 1, installment=2, carried=[credit])
    assert (found.total_minor, amounts(found)) == (0, [3499, -5000, 1501])
    after = bills.bill(GYM, MONTHLY, 2, installment=3, carried=found.carried)
    assert (after.total_minor, after.carried) == (3499 - 1501, ())


def test_a_credit_that_is_carried_bears_no_tax_twice() -> None:
    taxed = replace(GYM, taxes=(TaxRule("Sales tax", rate=Decimal(10)),))
    credit = Line.full(LineKind.PRORATION, "Returned", Money(-10000, "USD"))
    found = bills.bill(taxed, MONTHLY, 1, installment=2, carried=[credit])
    assert (found.total_minor, found.tax_minor) == (0, 350 - 1000)
    assert found.carried[0].amount.minor == (3499 - 10000) + (350 - 1000)
    after = bills.bill(taxed, MONTHLY, 2, installment=3, carried=found.carried)
    assert after.tax_minor == 350


repeats = st.one_of(
    st.sampled_from([Only.ALL, Only.ONCE]),
    st.builds(Rhythm, st.sampled_from(list(Frequency)), st.integers(1, 4)),
)
items = st.builds(
    Item,
    id=st.uuids().map(str),
    kind=st.just(LineKind.PRODUCT),
    description=st.just("Product"),
    unit_amount_minor=st.integers(0, 10_000),
    count=st.integers(1, 5),
    repeats=repeats,
    billed=st.sampled_from(list(Billed)),
    own_day=st.booleans(),
)
schedules = st.builds(
    Schedule, st.sampled_from(list(Frequency)), st.integers(1, 3), st.dates(date(2024, 1, 1), date(2027, 12, 31))
)
taxes = st.lists(st.builds(TaxRule, st.just("Tax"), st.decimals(0, 30, places=2)), max_size=2).map(tuple)


@settings(deadline=None)  # other processes share the machine
@given(schedules, st.lists(items, max_size=3, unique_by=lambda one: one.id), taxes)
def test_lines_add_up_and_every_period_of_an_item_is_billed_exactly_once(
    schedule: Schedule, with_these: list[Item], rules: tuple[TaxRule, ...]
) -> None:
    price = Price("Base", "USD", 1000, items=tuple(with_these), taxes=rules)
    days: list[tuple[date, bills.Bill]] = []
    for n in range(6):
        start, end = calendar.period(schedule, n)
        days.append((start, bills.bill(price, schedule, n, installment=n + 1)))
        after = start
        while (day := bills.next_extra(price, schedule, after, end)) is not None:
            days.append((day, bills.on_own_day(price, schedule, day, 1)))
            after = day
    for _, found in days:
        assert total(found.lines, "USD").minor == found.total_minor
    for one in with_these:
        if not isinstance(one.repeats, Rhythm):
            continue
        grid = bills.product_grid(schedule, one.repeats, schedule.anchor)
        own = replace(price, items=(one,), taxes=())
        billed = sum(
            line.quantity
            for n in range(6)
            for line in bills.bill(own, schedule, n, installment=n + 1).lines
            if line.kind is LineKind.PRODUCT
        )
        after = schedule.anchor
        while (day := bills.next_extra(own, schedule, after, calendar.occurrence(schedule, 5))) is not None:
            if calendar.date_on_or_after(schedule, day) != day:
                billed += sum(line.quantity for line in bills.on_own_day(own, schedule, day, 1).lines)
            after = day
        due = calendar.index_on_or_before(grid, calendar.occurrence(schedule, 5))
        assert due is not None
        assert billed == one.count * (due + (one.billed is Billed.START))
