"""What it costs or gives back when a product is removed or its count or price changes."""

from __future__ import annotations

from datetime import date

import pytest

from portal.core.money import Money
from portal.subscriptions.calendar import Frequency, Schedule
from portal.subscriptions.lines import Line, LineKind, total
from portal.subscriptions.product_changes import (
    Billed,
    Priced,
    remove_product,
    update_count,
    update_price,
)
from portal.subscriptions.proration import Change, Method, lines_for_change
from portal.subscriptions.rhythms import Rhythm

MONTHLY = Rhythm(Frequency.MONTHLY)
APRIL = Schedule(Frequency.MONTHLY, 1, date(2026, 4, 1))
ELEVENTH, MAY = date(2026, 4, 11), date(2026, 5, 1)


def priced(amount: str, currency: str = "EUR", count: int = 1) -> Priced:
    return Priced("Seats", Money.parse(amount, currency), count)


def amounts(lines: tuple[Line, ...]) -> list[str]:
    return [str(line.amount.decimal) for line in lines]


def test_a_product_removed_pro_rata_is_credited_as_the_mirror_of_its_charge() -> None:
    removal = lines_for_change(remove_product(priced("30.00"), MONTHLY, APRIL), APRIL, ELEVENTH, Method.PRO_RATA)
    (line,) = removal.now
    assert (line.kind, line.unit_amount, line.amount) == (
        LineKind.PRORATION, Money(-3000, "EUR"), Money(-2000, "EUR"),
    )  # fmt: skip
    assert removal.full_from is None


@pytest.mark.parametrize("method", [Method.PAY_IN_FULL, Method.DO_NOT_CHARGE])
def test_a_product_removed_in_another_way_gives_nothing_back(method: Method) -> None:
    assert lines_for_change(remove_product(priced("30.00"), MONTHLY, APRIL), APRIL, ELEVENTH, method) == Change()


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("billed", Billed)
def test_a_product_removed_before_its_period_is_billed_costs_nothing(method: Method, billed: Billed) -> None:
    change = remove_product(priced("30.00"), MONTHLY, APRIL, billed=billed)
    assert lines_for_change(change, APRIL, MAY, method, already_billed=False) == Change()


def test_a_higher_count_is_a_credit_and_a_charge_each_rounded() -> None:
    change = update_count(priced("10.00", count=2), 3, MONTHLY, APRIL)
    assert amounts(lines_for_change(change, APRIL, ELEVENTH, Method.PRO_RATA).now) == ["-13.33", "20.00"]
    assert amounts(lines_for_change(change, APRIL, ELEVENTH, Method.PAY_IN_FULL).now) == ["-20.00", "30.00"]
    assert lines_for_change(change, APRIL, ELEVENTH, Method.DO_NOT_CHARGE) == Change(full_from=MAY)


def test_a_lower_count_gives_days_back_only_pro_rata() -> None:
    change = update_count(priced("10.00", count=3), 2, MONTHLY, APRIL)
    assert amounts(lines_for_change(change, APRIL, ELEVENTH, Method.PRO_RATA).now) == ["-20.00", "13.33"]
    assert lines_for_change(change, APRIL, ELEVENTH, Method.PAY_IN_FULL) == Change(full_from=MAY)


def test_a_swap_is_two_lines_whose_net_may_differ_from_the_rounded_difference() -> None:
    may = Schedule(Frequency.MONTHLY, 1, MAY)
    change = update_price(priced("19.99"), Money(3499, "EUR"), MONTHLY, may)
    made = lines_for_change(change, may, date(2026, 5, 31), Method.PRO_RATA)
    assert amounts(made.now) == ["-0.64", "1.13"]
    assert total(made.now, "EUR") == Money(49, "EUR")


def test_a_price_changed_before_todays_invoice_is_made_is_billed_once() -> None:
    change = update_price(priced("19.99"), Money(3499, "EUR"), MONTHLY, APRIL)

    def now(method: Method) -> list[str]:
        return amounts(lines_for_change(change, APRIL, MAY, method, already_billed=False).now)

    assert now(Method.PRO_RATA) == now(Method.PAY_IN_FULL) == ["34.99"]
    assert now(Method.DO_NOT_CHARGE) == ["19.99"]
