"""Taxes on lines and invoices, included or on top: every sum adds up in currencies of 0, 2 and 3 digits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.core.money import MixedCurrencies, Money
from portal.subscriptions.lines import Line, LineKind, total
from portal.subscriptions.taxes import InvalidTax, Tax, totals


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def line(minor: int, currency: str = "EUR") -> Line:
    return Line.full(LineKind.PRODUCT, "Membership", Money(minor, currency))


def vat(rate: str, *, inclusive: bool = False, on: int | None = None) -> Tax:
    return Tax("VAT", Decimal(rate), inclusive=inclusive, line=on)


def test_without_taxes_the_total_is_the_sum_of_the_lines() -> None:
    found = totals([line(1000), line(999)], [], "EUR")
    assert (found.subtotal, found.taxes, found.total) == (euros(1999), euros(0), euros(1999))
    assert totals([], [], "JPY").total == Money(0, "JPY")


def test_a_tax_on_top_has_a_line_of_its_own() -> None:
    found = totals([line(1000), line(999)], [vat("25")], "EUR")
    assert (found.subtotal, found.taxes, found.total) == (euros(1999), euros(500), euros(2499))
    assert found.lines[2] == Line(LineKind.TAX, "VAT", 1, euros(500), euros(500))
    assert total(found.lines, "EUR") == found.total


def test_an_included_tax_changes_neither_lines_nor_total() -> None:
    lines = (line(1000), line(999))
    found = totals(lines, [vat("25", inclusive=True)], "EUR")
    assert (found.subtotal, found.taxes, found.total) == (euros(1599), euros(400), euros(1999))
    assert found.lines == lines
    assert found.tax_amounts[0].shares == (euros(200), euros(200))


def test_a_tax_by_line_is_rounded_on_each_line_and_one_by_invoice_once() -> None:
    lines = [line(10), line(10), line(10)]
    assert totals(lines, [vat("5", on=n) for n in range(3)], "EUR").taxes == euros(3)
    assert totals(lines, [vat("5")], "EUR").taxes == euros(2)


def test_half_a_minor_unit_is_rounded_up_and_on_a_credit_as_its_mirror() -> None:
    assert totals([line(50)], [vat("5")], "EUR").taxes == euros(3)
    assert totals([line(-50)], [vat("5")], "EUR").taxes == euros(-3)


def test_a_tax_of_one_line_leaves_the_others_alone() -> None:
    found = totals([line(1000), line(500)], [vat("10", on=1)], "EUR")
    assert found.taxes == euros(50)
    assert found.tax_amounts[0].shares == (euros(0), euros(50))


def test_two_included_taxes_share_one_net() -> None:
    found = totals([line(11500)], [vat("5", inclusive=True), vat("10", inclusive=True)], "EUR")
    assert found.subtotal == euros(10000)
    assert [one.amount for one in found.tax_amounts] == [euros(500), euros(1000)]


def test_taxes_are_not_taken_on_taxes() -> None:
    found = totals([line(10000)], [vat("5"), vat("10")], "EUR")
    assert [one.amount for one in found.tax_amounts] == [euros(500), euros(1000)]


def test_fixed_amounts_are_taken_as_given() -> None:
    on_top, included = Tax("Levy", amount=euros(250)), Tax("Deposit", amount=euros(500), inclusive=True)
    found = totals([line(1500)], [on_top, included], "EUR")
    assert (found.subtotal, found.taxes, found.total) == (euros(1000), euros(750), euros(1750))
    assert [one.tax for one in found.tax_amounts] == [on_top, included]


def test_an_included_rate_is_reckoned_on_what_a_fixed_amount_leaves() -> None:
    taxes = [Tax("Deposit", amount=euros(500), inclusive=True), vat("25", inclusive=True)]
    assert [one.amount for one in totals([line(1500)], taxes, "EUR").tax_amounts] == [euros(500), euros(200)]


@pytest.mark.parametrize(
    ("currency", "minor", "rate", "expected"),
    [("JPY", 1005, "10", 101), ("KWD", 10001, "5", 500), ("USD", 1999, "8.875", 177)],
)
def test_a_tax_has_the_digits_of_its_currency(currency: str, minor: int, rate: str, expected: int) -> None:
    assert totals([line(minor, currency)], [vat(rate)], currency).taxes == Money(expected, currency)


def test_a_tax_of_zero_percent_is_still_shown() -> None:
    assert totals([line(1000)], [vat("0")], "EUR").lines[1].amount == euros(0)


@pytest.mark.parametrize("rate", ["-1", "1001", "NaN", "Infinity", "1E-999999", "7.1234567"])
def test_a_rate_that_is_no_percentage_is_refused(rate: str) -> None:
    with pytest.raises(InvalidTax):
        vat(rate)


def test_a_tax_needs_a_rate_or_an_amount_and_not_both() -> None:
    with pytest.raises(InvalidTax):
        Tax("VAT")
    with pytest.raises(InvalidTax):
        Tax("VAT", Decimal(5), euros(5))


@pytest.mark.parametrize(
    ("lines", "taxes"),
    [
        ([], [vat("5")]),
        ([line(100)], [vat("5", on=1)]),
        ([line(100)], [vat("5", on=-1)]),
        ([line(100)], [vat("5", inclusive=True), vat("5", inclusive=True, on=0)]),
        ([line(100)], [Tax("Levy", amount=euros(101), inclusive=True)]),
        ([line(100)], [Tax("Levy", amount=euros(-1), inclusive=True)]),
        ([line(0)], [Tax("Levy", amount=euros(1), inclusive=True)]),
    ],
)
def test_taxes_that_cannot_be_are_refused(lines: list[Line], taxes: list[Tax]) -> None:
    with pytest.raises(InvalidTax):
        totals(lines, taxes, "EUR")


def test_tax_lines_are_made_here_and_not_given() -> None:
    with pytest.raises(ValueError, match="beside the lines"):
        totals([Line.full(LineKind.TAX, "VAT", euros(5))], [], "EUR")


def test_a_tax_in_another_currency_is_refused() -> None:
    with pytest.raises(MixedCurrencies):
        totals([line(100)], [Tax("Levy", amount=Money(5, "USD"))], "EUR")


CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD"])
AMOUNTS = st.lists(st.integers(-(10**8), 10**8), min_size=1, max_size=8)
RATES = st.decimals(0, 100, places=3)


@st.composite
def taxed(draw: st.DrawFn, *, inclusive: bool | None = None) -> tuple[list[Line], list[Tax], str]:
    currency, lines = draw(CURRENCIES), [line(minor) for minor in draw(AMOUNTS)]
    lines = [line(one.amount.minor, currency) for one in lines]
    by_line = draw(st.booleans())
    places = st.integers(0, len(lines) - 1) if by_line else st.none()
    taxes = []
    for _ in range(draw(st.integers(0, 4))):
        included = draw(st.booleans()) if inclusive is None else inclusive
        fixed = not included and draw(st.booleans())
        taxes.append(
            Tax("T", amount=Money(draw(st.integers(0, 10**6)), currency), line=draw(places))
            if fixed
            else Tax("T", draw(RATES), inclusive=included, line=draw(places))
        )
    return lines, taxes, currency


@given(taxed())
def test_sums_always_add_up(case: tuple[list[Line], list[Tax], str]) -> None:
    lines, taxes, currency = case
    found = totals(lines, taxes, currency)
    assert found.subtotal + found.taxes == found.total == total(found.lines, currency)
    assert sum(one.amount.minor for one in found.tax_amounts) == found.taxes.minor
    assert [one.tax for one in found.tax_amounts] == taxes
    for one in found.tax_amounts:
        assert sum(share.minor for share in one.shares) == one.amount.minor


@given(taxed(inclusive=True))
def test_included_taxes_never_change_the_total(case: tuple[list[Line], list[Tax], str]) -> None:
    lines, taxes, currency = case
    found = totals(lines, taxes, currency)
    assert found.total == total(lines, currency)
    assert found.lines == tuple(lines)


@given(CURRENCIES, st.integers(0, 10**9), RATES)
def test_a_tax_taken_out_and_put_on_again_differs_by_one_minor_unit_at_most(
    currency: str, minor: int, rate: Decimal
) -> None:
    inside = totals([line(minor, currency)], [vat(str(rate), inclusive=True)], currency)
    again = totals([line(inside.subtotal.minor, currency)], [vat(str(rate))], currency)
    assert abs(again.total.minor - minor) <= 1


@given(taxed(), st.data())
def test_an_included_tax_more_never_changes_what_is_due(
    case: tuple[list[Line], list[Tax], str], data: st.DataObject
) -> None:
    lines, taxes, currency = case
    assume(all(tax.line is None for tax in taxes))
    more = Tax("More", data.draw(RATES), inclusive=True)
    assert totals(lines, [*taxes, more], currency).total == totals(lines, taxes, currency).total
