"""Money is exact: what goes in comes out, parts add up, and nothing is rounded but where it is said."""

from __future__ import annotations

import csv
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.currencies import UnknownCurrency, digits
from portal.core.money import InvalidAmount, MixedCurrencies, Money

ORACLE = Path(__file__).resolve().parents[1] / "data" / "oracle"
CODES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "CLF", "DKK"])
SUMS = st.builds(Money, st.integers(-(10**13), 10**13), CODES)


def currency_rows() -> list[dict[str, str]]:
    with (ORACLE / "currencies.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", [row for row in currency_rows() if row["minor_units"]], ids=lambda row: row["code"])
def test_a_currency_has_the_digits_of_iso_4217(row: dict[str, str]) -> None:
    assert digits(row["code"]) == int(row["minor_units"])


@pytest.mark.parametrize(
    "code", [row["code"] for row in currency_rows() if not row["minor_units"]] + ["usd", "BGN", "US", "", "ZZZ"]
)
def test_what_is_no_currency_to_pay_in_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        digits(code)
    with pytest.raises(UnknownCurrency):
        Money(1, code)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("34.99", "USD", 3499),
        (Decimal("34.99"), "USD", 3499),
        (35, "USD", 3500),
        ("35", "USD", 3500),
        ("-5.5", "USD", -550),
        ("-0.00", "USD", 0),
        (Decimal("1E+2"), "USD", 10000),
        (Decimal("0E+999999"), "USD", 0),
        ("34.9900", "USD", 3499),
        ("1000", "JPY", 1000),
        ("1000.00", "JPY", 1000),
        ("10.000", "KWD", 10000),
        ("000000000000000001.00", "USD", 100),
        ("999999999999.99", "USD", 99999999999999),
        (Decimal("-999999999999.9999"), "CLF", -9999999999999999),
    ],
    ids=str,
)
def test_an_amount_is_read_exactly(amount: str | Decimal | int, currency: str, minor: int) -> None:
    assert Money.parse(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "amount",
    [
        *(34.99, math.nan, math.inf, True, None, [], b"1"),
        *(
            "",
            " 1",
            "1 ",
            "1\n",
            "1,000",
            "1_000",
            "1e3",
            "NaN",
            "Infinity",
            "+1",
            ".5",
            "5.",
            "0x10",
            "٣٤",
            "--1",
            "1.2.3",
        ),
        "9" * 500,
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")),
    ],
    ids=repr,
)
def test_what_is_not_a_plain_number_is_refused_in_words(amount: object) -> None:
    with pytest.raises(InvalidAmount) as refused:
        Money.parse(amount, "USD")  # type: ignore[arg-type]
    assert refused.value.reason.startswith("The amount must be")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("34.999", "USD"),
        (Decimal("0.30000000000000004"), "USD"),
        (Decimal("1E-9"), "USD"),
        (Decimal("1E-999999"), "USD"),
        ("0.5", "JPY"),
        ("1.0005", "KWD"),
        ("999999999999.999", "USD"),
    ],
)
def test_more_digits_than_the_currency_has_are_refused_not_rounded(amount: str | Decimal, currency: str) -> None:
    with pytest.raises(InvalidAmount, match=rf"digits after the point.*{currency}|{currency} has no digits"):
        Money.parse(amount, currency)


@pytest.mark.parametrize("amount", ["1000000000000", 10**12, -(10**12), Decimal("1E+12"), Decimal("1E+999999")])
def test_more_than_twelve_digits_before_the_point_are_refused(amount: str | Decimal | int) -> None:
    with pytest.raises(InvalidAmount, match="at most 12 digits before the point"):
        Money.parse(amount, "JPY")


def test_a_number_of_thousands_of_digits_is_refused_without_being_written_out() -> None:
    with pytest.raises(InvalidAmount, match="at most 12 digits before the point"):
        Money.parse(10**5000, "USD")


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(3499, "USD"), "34.99"),
        (Money(1000, "JPY"), "1000"),
        (Money(10000, "KWD"), "10.000"),
        (Money(0, "USD"), "0.00"),
        (Money(-5, "USD"), "-0.05"),
    ],
)
def test_a_decimal_has_exactly_the_digits_of_its_currency(money: Money, written: str) -> None:
    assert f"{money.decimal:f}" == written


@given(SUMS.filter(lambda money: abs(money.decimal) < 10**12))
def test_a_decimal_reads_back_as_the_same_money(money: Money) -> None:
    assert Money.parse(money.decimal, money.currency) == money
    assert Money.parse(f"{money.decimal:f}", money.currency) == money


def test_money_is_added_subtracted_negated_and_compared_in_one_currency() -> None:
    ten, three = Money(1000, "USD"), Money(300, "USD")
    assert (ten + three, ten - three, -ten) == (Money(1300, "USD"), Money(700, "USD"), Money(-1000, "USD"))
    assert three < ten
    assert ten > three
    assert three <= three <= ten >= ten
    assert not ten < three


def test_mixed_currencies_are_refused_everywhere_but_in_equality() -> None:
    dollars, euros = Money(1, "USD"), Money(1, "EUR")
    for refused in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__, Money.__gt__, Money.__ge__):
        with pytest.raises(MixedCurrencies):
            refused(dollars, euros)
    assert dollars != euros
    assert len({dollars, euros, Money(1, "USD")}) == 2


def test_money_and_a_bare_number_do_not_go_together() -> None:
    with pytest.raises(TypeError):
        Money(1, "USD") + 1  # type: ignore[operator]


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_minor_units_are_whole_numbers(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minor", "weights", "expected"),
    [
        (100, 3, (34, 33, 33)),
        (-100, 3, (-34, -33, -33)),
        (5, [1, 1, 0], (3, 2, 0)),
        (10, [1, 2, 4], (1, 3, 6)),
        (1, [0, 0, 7], (0, 0, 1)),
        (0, 2, (0, 0)),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainders(
    minor: int, weights: int | list[int], expected: tuple[int, ...]
) -> None:
    assert tuple(part.minor for part in Money(minor, "USD").share(weights)) == expected


@pytest.mark.parametrize("weights", [0, -1, [], [0, 0], [2, -1]])
def test_there_is_no_sharing_among_nobody_or_by_less_than_nothing(weights: int | list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "USD").share(weights)


@given(SUMS, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_shares_add_up_and_each_is_within_one_unit_of_its_exact_part(money: Money, weights: list[int]) -> None:
    parts = money.share(weights)
    assert sum((part.minor for part in parts), 0) == money.minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Fraction(money.minor * weight, sum(weights))) < 1
    assert (-money).share(weights) == tuple(-part for part in parts)


@pytest.mark.parametrize(
    ("amount", "currency", "left", "total", "expected"),
    [
        ("1000", "JPY", 10, 31, "323"),
        ("10.000", "KWD", 10, 31, "3.226"),
        ("9.99", "USD", 15, 30, "5.00"),
        ("0.01", "USD", 15, 30, "0.01"),
        ("0.05", "USD", 15, 30, "0.03"),
        ("30.00", "USD", 20, 30, "20.00"),
        ("31.00", "USD", 18, 28, "19.93"),
        ("31.00", "USD", 21, 31, "21.00"),
        ("90.00", "USD", 51, 89, "51.57"),
        ("-19.99", "USD", 1, 31, "-0.64"),
        ("34.99", "USD", 1, 31, "1.13"),
    ],
)
def test_a_part_of_a_period_is_rounded_once_half_up(
    amount: str, currency: str, left: int, total: int, expected: str
) -> None:
    assert Money.parse(amount, currency).prorate(left, total) == Money.parse(expected, currency)


@given(SUMS, st.integers(0, 400), st.integers(1, 400))
def test_a_negative_amount_is_the_mirror_of_the_positive_and_never_off_by_more_than_half(
    money: Money, numerator: int, denominator: int
) -> None:
    part = money.prorate(numerator, denominator)
    assert (-money).prorate(numerator, denominator) == -part
    exact = Fraction(money.minor * numerator, denominator)
    assert abs(part.minor - exact) <= Fraction(1, 2)
    assert abs(part.minor) >= abs(exact) or abs(part.minor - exact) < Fraction(1, 2)


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 2), (1, 0), (1, -2)])
def test_a_fraction_that_is_none_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="fraction"):
        Money(100, "USD").prorate(numerator, denominator)
