"""Prorated amounts that other billing systems publish in their tests and documents, held against ours."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from portal.core.currencies import digits
from portal.core.money import Money
from portal.subscriptions.calendar import Frequency, Schedule
from portal.subscriptions.lines import Period
from portal.subscriptions.product_changes import Priced, remove_product, update_price
from portal.subscriptions.proration import Method, lines_for_change, remaining_part, used_part
from portal.subscriptions.rhythms import Rhythm

Row = dict[str, str]


def rows() -> list[Row]:
    path = Path(__file__).resolve().parents[1] / "data" / "oracle" / "proration.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def label(row: Row) -> str:
    return " ".join([row["source"], *list(row.values())[2:6]])


AGREED = [row for row in rows() if row["agrees"] == "yes"]
OTHER_CONVENTIONS = [row for row in rows() if row["agrees"].startswith("no")]
CREDITS = [row for row in AGREED if row["expected_amount"].startswith("-")]


def places(row: Row) -> int:
    """Digits after the point: the currency's, or those the source gives (a fraction of one, or minor units)."""
    if row["currency"]:
        return digits(row["currency"])
    return max(0, -int(Decimal(row["expected_amount"]).as_tuple().exponent))


def ours(row: Row) -> Decimal:
    """Reckoned in units of the last of these digits, as if they were those of a currency."""
    exponent = places(row)
    amount = Money(int(Decimal(row["amount"]).scaleb(exponent)), "JPY")
    amount = -amount if row["expected_amount"].startswith("-") else amount
    period = Period(date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"]))
    part = {"remaining": remaining_part, "used": used_part}[row["kind"]]
    return Decimal(part(amount, period, date.fromisoformat(row["change_date"])).minor).scaleb(-exponent)


@pytest.mark.parametrize("row", AGREED, ids=label)
def test_an_amount_other_systems_agree_on_is_ours_too(row: Row) -> None:
    assert ours(row) == Decimal(row["expected_amount"])


@pytest.mark.parametrize("row", OTHER_CONVENTIONS, ids=label)
def test_an_amount_of_another_convention_is_not_ours(row: Row) -> None:
    noted = re.fullmatch(r"no \(ours ([0-9.]+)\)", row["agrees"])
    assert noted is not None
    assert abs(ours(row)).quantize(Decimal(noted[1]), ROUND_HALF_UP) == Decimal(noted[1])
    assert ours(row) != Decimal(row["expected_amount"])


@pytest.mark.parametrize("row", CREDITS, ids=label)
def test_a_product_that_is_removed_is_credited_as_other_systems_do(row: Row) -> None:
    """The same rows through a whole change, on a subscription whose period is the row's."""
    currency = row["currency"] or "EUR"
    exponent = digits(currency) if row["currency"] else 0
    price = Money(int(Decimal(row["amount"]).scaleb(exponent)), currency)
    schedule = Schedule(Frequency.MONTHLY, 1, date.fromisoformat(row["period_start"]))
    change = remove_product(Priced("Basic", price), Rhythm(Frequency.MONTHLY), schedule)
    made = lines_for_change(change, schedule, date.fromisoformat(row["change_date"]), Method.PRO_RATA)
    (line,) = made.now
    assert Decimal(line.amount.minor).scaleb(-exponent) == Decimal(row["expected_amount"])


def test_a_net_amount_is_two_lines_each_rounded() -> None:
    (row,) = [row for row in rows() if row["kind"] == "net"]
    before, after = Money(1500, "EUR"), Money(int(row["amount"]), "EUR")
    schedule = Schedule(Frequency.MONTHLY, 1, date.fromisoformat(row["period_start"]))
    change = update_price(Priced("Add-on", before), after, Rhythm(Frequency.MONTHLY), schedule)
    made = lines_for_change(change, schedule, date.fromisoformat(row["change_date"]), Method.PRO_RATA)
    assert [line.amount.minor for line in made.now] == [-532, 3548]
    assert sum(line.amount.minor for line in made.now) == int(row["expected_amount"])


def test_a_full_amount_is_the_whole_price_now_and_again_at_the_renewal() -> None:
    (row,) = [row for row in rows() if row["kind"] == "full"]
    price = Money(int(row["amount"]) * 100, row["currency"])
    schedule = Schedule(Frequency.MONTHLY, 1, date.fromisoformat(row["period_start"]))
    before = Priced("Plan", Money(0, row["currency"]))
    change = update_price(before, price, Rhythm(Frequency.MONTHLY), schedule)
    made = lines_for_change(change, schedule, date.fromisoformat(row["change_date"]), Method.PAY_IN_FULL)
    assert [line.amount for line in made.now] == [price]
    assert made.full_from == date.fromisoformat(row["period_end"])


def test_every_row_is_collected() -> None:
    assert (len(AGREED), len(OTHER_CONVENTIONS), len(CREDITS)) == (72, 17, 7)
    assert {row["kind"] for row in rows()} == {"remaining", "used", "net", "full", "other"}
