"""Lines and totals as merchants read them: of the terms, of an invoice, and of one that is to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.billing.models import Invoice
from portal.core.money import Money
from portal.subscriptions import bills
from portal.subscriptions.coupons import Coupon
from portal.subscriptions.lines import Line, Period
from portal.subscriptions.models import Terms
from portal.subscriptions.prices import Item, TaxRule
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.words import line_text

Shape = dict[str, Any]


def lines_of(invoice: Invoice, terms: Terms) -> Sequence[Line]:
    """The lines of an invoice, which add up to its amount; those of its terms where it has none of its own."""
    if invoice.lines:
        return [Line.from_dict(one, invoice.currency) for one in invoice.lines]
    has_days = invoice.period_start < invoice.period_end
    period = Period(invoice.period_start, invoice.period_end) if has_days else None
    return bills.of_period(terms.price, terms.rhythm, period).lines


def totals_shape(invoice: Invoice) -> Shape:
    """HF30: `subtotal` is without tax, `taxes` in and on top of the lines."""
    tax = Money(invoice.tax_minor, invoice.currency)
    return {"total": invoice.amount.decimal, "taxes": tax.decimal, "subtotal": (invoice.amount - tax).decimal}


def line_shape(line: Line) -> Shape:
    """One line of an invoice; a credit is negative. `period_end` is the first day that is not in it."""
    return {
        "kind": str(line.kind),
        "description": line_text(line, "en"),
        "quantity": line.quantity,
        "unit_amount": line.unit_amount.decimal,
        "amount": line.amount.decimal,
        "period_start": line.period.start if line.period else None,
        "period_end": line.period.end if line.period else None,
    }


def item_shape(item: Item, currency: str) -> Shape:
    """A line of the terms, as it was given."""
    own = item.repeats if isinstance(item.repeats, Rhythm) else None
    return {
        "id": item.id,
        "kind": "one_off" if str(item.repeats) == "once" else str(item.kind),
        "description": item.description,
        "amount": Money(item.unit_amount_minor, currency).decimal,
        "quantity": item.count,
        "frequency": str(own.frequency) if own else None,
        "frequency_units": own.units if own else None,
        "billed": str(item.billed),
    }


def coupon_shape(coupon: Coupon, currency: str) -> Shape:
    """A coupon of the terms."""
    return {
        "id": coupon.id,
        "name": coupon.name,
        "percent": coupon.percent,
        "amount": Money(coupon.amount_minor, currency).decimal if coupon.amount_minor is not None else None,
        "line": coupon.on,
        "payments": coupon.payments,
        "first_payment": coupon.first,
    }


def tax_shape(tax: TaxRule, currency: str) -> Shape:
    """A tax of the terms, as it was given."""
    return {
        "name": tax.name,
        "rate": tax.rate,
        "amount": Money(tax.amount_minor, currency).decimal if tax.amount_minor is not None else None,
        "inclusive": tax.inclusive,
        "line": tax.on,
    }
