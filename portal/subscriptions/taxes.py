"""Taxes as the merchant gives them, by rate or amount, included or on top, on a line or a whole invoice: the totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.core.errors import PortalError
from portal.core.money import Money
from portal.subscriptions.lines import Line, LineKind, spread, total

MAX_RATE = 1000
_RATE_DIGITS = 6


class InvalidTax(PortalError, ValueError):
    """The tax cannot be reckoned; the message says why."""

    status, code = 422, "invalid_tax"


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax: a `rate` in percent or a fixed `amount`, `inclusive` when the lines already contain it.

    `line` is the index of the line it is on; None is the whole invoice. Raises InvalidTax.
    """

    name: str
    rate: Decimal | None = None
    amount: Money | None = None
    inclusive: bool = False
    line: int | None = None

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.amount is None):
            raise InvalidTax("a tax has either a rate or an amount")
        if self.rate is not None:
            _check_rate(self.rate)


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """What one tax comes to, and how much of it lies on each line (they add up to it)."""

    tax: Tax
    amount: Money
    shares: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """subtotal + taxes = total = the sum of `lines`, which are those given and one TAX line for each tax on top.

    `subtotal` is without any tax; a tax that the lines contain has no line of its own and never changes the total.
    """

    subtotal: Money
    taxes: Money
    total: Money
    lines: tuple[Line, ...]
    tax_amounts: tuple[TaxAmount, ...]


def totals(lines: Sequence[Line], taxes: Sequence[Tax], currency: str, off: Sequence[Money] = ()) -> Totals:
    """Reckon all taxes on the lines as given: each is rounded once, HALF_UP, on its line or on the whole invoice.

    Taxes are never taken on taxes. `off` is what coupons, which are lines too, took off each of the first lines: a tax
    on a line is on what is left of it. Raises InvalidTax; MixedCurrencies; ValueError for lines of kind TAX.
    """
    if any(line.kind == LineKind.TAX for line in lines):
        raise ValueError("taxes are given beside the lines, not as lines")
    _check(lines, taxes)
    bases = [_base(lines, tax, currency, off) for tax in taxes]
    amounts = _included(taxes, bases)
    amounts |= {n: _on_top(tax, bases[n]) for n, tax in enumerate(taxes) if not tax.inclusive}
    found = tuple(TaxAmount(tax, amounts[n], _shares(lines, tax, amounts[n])) for n, tax in enumerate(taxes))
    on_top = [Line.full(LineKind.TAX, one.tax.name, one.amount) for one in found if not one.tax.inclusive]
    due, taxed = total([*lines, *on_top], currency), sum((one.amount for one in found), Money(0, currency))
    return Totals(due - taxed, taxed, due, (*lines, *on_top), found)


def _check_rate(rate: Decimal) -> None:
    if not rate.is_finite() or not 0 <= rate <= MAX_RATE:
        raise InvalidTax(f"a tax rate is a percentage from 0 to {MAX_RATE}")
    # Looked at before the number is made whole: 1E-999999 must not become a fraction of a million digits.
    if rate and rate.normalize().as_tuple().exponent < -_RATE_DIGITS:  # type: ignore[operator]
        raise InvalidTax(f"a tax rate has at most {_RATE_DIGITS} digits after the point")


def _check(lines: Sequence[Line], taxes: Sequence[Tax]) -> None:
    if taxes and not lines:
        raise InvalidTax("there is nothing to tax")
    for tax in taxes:
        if tax.line is not None and not 0 <= tax.line < len(lines):
            raise InvalidTax("a tax names a line that is not there")
    if {tax.line is None for tax in taxes if tax.inclusive} == {True, False}:
        raise InvalidTax("taxes that are included stand either on the lines or on the invoice, not on both")


def _included(taxes: Sequence[Tax], bases: Sequence[Money]) -> dict[int, Money]:
    """By place among `taxes`: what each base contains, of one base all together, so that its net is one number."""
    found: dict[int, Money] = {}
    for line in {tax.line: None for tax in taxes if tax.inclusive}:
        places = [n for n, tax in enumerate(taxes) if tax.inclusive and tax.line == line]
        found |= zip(places, _contained([taxes[n] for n in places], bases[places[0]]), strict=True)
    return found


def _contained(taxes: Sequence[Tax], base: Money) -> list[Money]:
    """The fixed amounts as given; of the rest of the base, net plus all rates of that net is the rest."""
    nothing = Money(0, base.currency)
    fixed = sum((tax.amount for tax in taxes if tax.amount is not None), nothing)
    if fixed.minor and not 0 < fixed.minor * (1 if base.minor > 0 else -1) <= abs(base.minor):
        raise InvalidTax("a tax that is included cannot be more than what includes it")
    numerators, denominator = _fractions([tax.rate or Decimal(0) for tax in taxes])
    rated = (base - fixed).prorate(sum(numerators), 100 * denominator + sum(numerators))
    shares = rated.share(numerators) if any(numerators) else [nothing] * len(taxes)
    return [share if tax.amount is None else tax.amount for tax, share in zip(taxes, shares, strict=True)]


def _on_top(tax: Tax, base: Money) -> Money:
    if tax.amount is not None:
        return tax.amount
    assert tax.rate is not None
    (numerator,), denominator = _fractions([tax.rate])
    return base.prorate(numerator, 100 * denominator)


def _fractions(rates: Sequence[Decimal]) -> tuple[list[int], int]:
    """The rates over one common denominator, exactly."""
    denominator = 10**_RATE_DIGITS
    return [int(rate * denominator) for rate in rates], denominator


def _base(lines: Sequence[Line], tax: Tax, currency: str, off: Sequence[Money]) -> Money:
    if tax.line is None:
        return total(lines, currency)
    amount = lines[tax.line].amount
    return amount - off[tax.line] if tax.line < len(off) else amount


def _shares(lines: Sequence[Line], tax: Tax, amount: Money) -> tuple[Money, ...]:
    if tax.line is None:
        return spread(amount, lines)
    nothing = Money(0, amount.currency)
    return tuple(amount if index == tax.line else nothing for index in range(len(lines)))
