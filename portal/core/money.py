"""Money as whole minor units of one currency: exact, never a float, rounded once and only where said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from portal.core.currencies import digits
from portal.core.errors import PortalError

MAX_WHOLE_DIGITS = 12

# Decimal() itself would also take "1_000", " 1", "1e3", "NaN" and the digits of other scripts.
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


class InvalidAmount(PortalError, ValueError):
    """What was given is not an amount of that currency; `reason` says in plain words what is wrong with it."""

    status, code = 422, "invalid_amount"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MixedCurrencies(ValueError):
    """Two currencies met in one sum or comparison: a mistake in the program, never of the caller outside."""


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units (cents, fils, yen) of `currency` (ISO 4217); may be negative.

    Equality with another currency is simply False; order and sums raise MixedCurrencies.
    Raises UnknownCurrency.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        digits(self.currency)
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("minor units are whole numbers")

    @classmethod
    def parse(cls, amount: str | Decimal | int, currency: str) -> Money:
        """Read a decimal amount in major units: "34.99", Decimal("34.99"), 35.

        Zeros beyond the currency's digits do no harm ("1000.00" JPY); any other digit there is refused, not rounded.
        Raises InvalidAmount, UnknownCurrency.
        """
        places = digits(currency)
        return cls(_minor(_plain(amount), places, currency), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units with exactly the currency's digits: 34.99, 1000 (JPY), 10.000 (KWD)."""
        return Decimal(f"{self.minor}E-{digits(self.currency)}")

    def share(self, weights: int | Sequence[int]) -> tuple[Money, ...]:
        """Divide into parts that always add up: `weights` is a number of equal parts, or one whole weight a part.

        Largest remainder: what is left over goes unit by unit to the parts that lost most, the earlier first.
        A negative amount is shared as the mirror of the positive. Raises ValueError for no parts, a negative
        weight, or weights that are all zero.
        """
        given = [1] * weights if isinstance(weights, int) else list(weights)
        total = sum(given)
        if total <= 0 or min(given) < 0:
            raise ValueError("weights must be whole numbers of 0 or more, at least one above 0")
        sign = -1 if self.minor < 0 else 1
        parts = [divmod(abs(self.minor) * weight, total) for weight in given]
        left_over = abs(self.minor) - sum(whole for whole, _ in parts)
        favored = set(sorted(range(len(parts)), key=lambda i: -parts[i][1])[:left_over])
        return tuple(Money(sign * (whole + (i in favored)), self.currency) for i, (whole, _) in enumerate(parts))

    def prorate(self, numerator: int, denominator: int) -> Money:
        """The exact fraction numerator/denominator, rounded once, HALF_UP on the absolute value.

        So a refund is the mirror of what it takes back. Raises ValueError unless numerator >= 0 < denominator.
        """
        if numerator < 0 or denominator <= 0:
            raise ValueError("a fraction needs a numerator of 0 or more and a denominator above 0")
        rounded = (2 * abs(self.minor) * numerator + denominator) // (2 * denominator)
        return Money(-rounded if self.minor < 0 else rounded, self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: Money) -> int:
        """The other's minor units, if it is money of this currency."""
        if not isinstance(other, Money):
            raise TypeError(f"money and {type(other).__name__} do not go together")
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency} do not go together")
        return other.minor


def _plain(amount: object) -> Decimal:
    """The number that was written, if it is one; floats are refused because they were never exact."""
    if isinstance(amount, Decimal):
        if not amount.is_finite():
            raise InvalidAmount("The amount must be a number, not NaN or infinity.")
        return amount
    if isinstance(amount, str) and _PLAIN_NUMBER.fullmatch(amount):
        return Decimal(amount)
    if isinstance(amount, int) and not isinstance(amount, bool):
        return Decimal(amount)
    raise InvalidAmount("The amount must be a plain decimal number such as 34.99.")


def _minor(value: Decimal, places: int, currency: str) -> int:
    """Minor units of an exact value. Its size is looked at first: 1E+999999 must not become an integer."""
    if value and value.adjusted() >= MAX_WHOLE_DIGITS:
        raise InvalidAmount(f"The amount may have at most {MAX_WHOLE_DIGITS} digits before the point.")
    exact = Context(prec=MAX_WHOLE_DIGITS + places + 1)
    quantized = value.quantize(Decimal(f"1E-{places}"), context=exact)
    if quantized != value:
        raise InvalidAmount(_too_fine(places, currency))
    return int(quantized.scaleb(places, context=exact))


def _too_fine(places: int, currency: str) -> str:
    if places == 0:
        return f"The amount must be whole; {currency} has no digits after the point."
    return f"The amount may have at most {places} digits after the point in {currency}."
