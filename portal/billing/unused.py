"""What of a paid invoice was not used up by a day: its lines by their days, with its taxes in proportion."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from portal.billing import line_shapes
from portal.billing.models import Invoice
from portal.core.database import session
from portal.core.money import Money
from portal.subscriptions.lines import Line, LineKind
from portal.subscriptions.models import Terms

_NOT_USED_BY_DAYS = (LineKind.TAX, LineKind.CREDIT, LineKind.COUPON)


def of(invoice: Invoice, on: date) -> Money:
    """The part of the invoice that stands for the day `on` and later ones, rounded once, HALF_UP.

    What is billed once is used up. A credit or a coupon that paid a part of it makes the rest smaller in the same
    proportion.
    """
    lines = [
        line
        for line in line_shapes.lines_of(invoice, session().get_one(Terms, invoice.terms_id))
        if line.kind not in _NOT_USED_BY_DAYS
    ]
    whole = sum(line.amount.minor for line in lines)
    left = sum((_left(line, on) for line in lines), Fraction(0))
    if whole <= 0 or left <= 0:
        return Money(0, invoice.currency)
    part = min(left / whole, Fraction(1))
    return invoice.amount.prorate(part.numerator, part.denominator)


def _left(line: Line, on: date) -> Fraction:
    if line.period is None or line.period.end <= on:
        return Fraction(0)
    days = (line.period.end - max(on, line.period.start)).days
    return Fraction(line.amount.minor * days, line.period.days)
