"""Lines of an invoice: they add up, they are stored and come back, and amounts are spread over them exactly."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import MixedCurrencies, Money
from portal.subscriptions.lines import Line, LineKind, Period, spread, total

APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def line(minor: int, quantity: int = 1, currency: str = "EUR") -> Line:
    return Line.full(LineKind.PRODUCT, "Seats", Money(minor, currency), quantity)


def test_a_full_line_is_quantity_times_unit_amount() -> None:
    assert line(1999, 3).amount == euros(5997)


@pytest.mark.parametrize("kind", [LineKind.BASE, LineKind.ADD_ON, LineKind.PRODUCT, LineKind.ONE_OFF])
def test_another_amount_is_refused(kind: LineKind) -> None:
    with pytest.raises(ValueError, match="quantity times"):
        Line(kind, "Seats", 2, euros(100), euros(199))


def test_a_prorated_line_has_an_amount_of_its_own() -> None:
    assert Line(LineKind.PRORATION, "Seats", 2, euros(3000), euros(2000), APRIL).amount == euros(2000)


@pytest.mark.parametrize("quantity", [0, -1, 1.5, True])
def test_a_quantity_that_is_no_whole_number_above_zero_is_refused(quantity: int) -> None:
    with pytest.raises(ValueError, match="quantity"):
        Line(LineKind.BASE, "Seats", quantity, euros(100), euros(100))


def test_unit_amount_and_amount_are_of_one_currency() -> None:
    with pytest.raises(MixedCurrencies):
        Line(LineKind.PRORATION, "Seats", 1, euros(100), Money(100, "USD"))


def test_an_empty_period_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after"):
        Period(date(2026, 4, 1), date(2026, 4, 1))


def test_the_total_is_the_exact_sum_credits_included() -> None:
    credit = Line(LineKind.PRORATION, "Basic", 1, euros(-1999), euros(-64), APRIL)
    assert total([line(1999, 3), credit], "EUR") == euros(5933)
    assert total([], "JPY") == Money(0, "JPY")


def test_lines_of_two_currencies_have_no_total() -> None:
    with pytest.raises(MixedCurrencies):
        total([line(100), line(100, currency="USD")], "EUR")


@pytest.mark.parametrize("period", [None, APRIL])
def test_a_line_comes_back_from_json_as_it_was(period: Period | None) -> None:
    kept = Line(LineKind.PRORATION, "Plätze", 2, euros(-3000), euros(-2000), period)
    assert Line.from_dict(json.loads(json.dumps(kept.as_dict())), "EUR") == kept


def test_a_discount_is_spread_by_amount_and_its_rest_goes_to_the_greatest_loss() -> None:
    assert spread(euros(100), [line(1000), line(1000), line(1000)]) == (euros(34), euros(33), euros(33))
    assert spread(euros(-100), [line(3000), line(1000)]) == (euros(-75), euros(-25))


def test_credits_take_no_share_of_a_discount() -> None:
    assert spread(euros(100), [line(1000), line(-500), line(1000)]) == (euros(50), euros(0), euros(50))
    assert spread(euros(-30), [line(-100), line(-200)]) == (euros(-10), euros(-20))
    assert spread(euros(5), [line(0), line(0)]) == (euros(3), euros(2))


@given(
    st.sampled_from(["JPY", "EUR", "KWD"]),
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
)
def test_shares_always_add_up(currency: str, amount: int, amounts: list[int]) -> None:
    lines = [line(minor, currency=currency) for minor in amounts]
    shares = spread(Money(amount, currency), lines)
    assert len(shares) == len(lines)
    assert sum(share.minor for share in shares) == amount
