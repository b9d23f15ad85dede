"""What the amount of an offer or of an instalment is made of, line by line, and what all payments come to."""

from __future__ import annotations

from portal.billing import line_shapes
from portal.billing.models import Invoice
from portal.checkout import words
from portal.checkout.parts import ItemLine
from portal.checkout.reading import Facts
from portal.core import formats
from portal.core.speech import catalog, filled
from portal.subscriptions import agenda, previews
from portal.subscriptions.coupons import Coupon
from portal.subscriptions.models import Terms
from portal.subscriptions.prices import Item, TaxRule
from portal.subscriptions.rhythms import Only, Rhythm
from portal.subscriptions.words import line_text, rhythm_words

MOST_ADDED_UP = 60  # invoices that differ from each other: beyond these their sum is not said


def of_terms(terms: Terms, locale: str) -> tuple[ItemLine, ...]:
    """The base, what comes beside it, the coupons and the taxes, as they are agreed; nothing for one line alone."""
    price = terms.price
    if not _differ(terms):
        return ()
    base = formats.amount(price.quantity * price.unit_amount_minor, price.currency, locale)
    lines = (
        *(
            [ItemLine(label=_many(price.quantity, price.description), amount_text=base)]
            if price.unit_amount_minor
            else []
        ),
        *(_item(item, price.currency, locale) for item in price.items),
        *(_coupon(coupon, price.currency, locale) for coupon in price.coupons),
        *(_tax(rule, price.currency, locale) for rule in price.taxes),
    )
    return lines if len(lines) > 1 else ()


def of_invoice(invoice: Invoice, terms: Terms, locale: str) -> tuple[ItemLine, ...]:
    """The lines of an invoice, which add up to what is asked for."""
    lines = line_shapes.lines_of(invoice, terms)
    if len(lines) < 2:
        return ()
    return tuple(
        ItemLine(
            label=_many(line.quantity, line_text(line, locale)),
            amount_text=formats.amount(line.amount.minor, invoice.currency, locale),
        )
        for line in lines
    )


def count_text(facts: Facts) -> str:
    """ "12 payments, $419.88 in all"; empty without end, and where too many different ones had to be added up."""
    terms, count = facts.terms, facts.terms.number_of_payments
    if count is None or count < 2 or (_differ(terms) and count > MOST_ADDED_UP):
        return ""
    total = count * terms.amount_minor
    if _differ(terms):
        coming = previews.if_confirmed(terms, agenda.today(facts.site, terms), count)
        total = sum(one.bill.total_minor for one in coming)
    return words.count_line(count, formats.amount(total, terms.currency, facts.locale), facts.locale)


def _differ(terms: Terms) -> bool:
    return bool(terms.items or terms.coupons)


def _item(item: Item, currency: str, locale: str) -> ItemLine:
    note = rhythm_words(item.repeats, locale) if isinstance(item.repeats, Rhythm) else ""
    note = catalog(locale).gettext("once") if item.repeats is Only.ONCE else note
    amount = formats.amount(item.count * item.unit_amount_minor, currency, locale)
    return ItemLine(label=_many(item.count, item.description), amount_text=amount, note=note)


def _coupon(coupon: Coupon, currency: str, locale: str) -> ItemLine:
    say, note = catalog(locale), ""
    if coupon.payments is not None:
        words = say.ngettext("for %(count)s payment", "for %(count)s payments", coupon.payments)
        note = filled(words, locale, count=coupon.payments)
    label = filled(say.gettext("Coupon %(name)s"), locale, name=coupon.name)
    if coupon.percent is not None:
        return ItemLine(label=label, amount_text=formats.percent(-coupon.percent, locale), note=note)
    return ItemLine(label=label, amount_text=formats.amount(-(coupon.amount_minor or 0), currency, locale), note=note)


def _tax(rule: TaxRule, currency: str, locale: str) -> ItemLine:
    if rule.rate is not None:
        return ItemLine(label=rule.name, amount_text=formats.percent(rule.rate, locale))
    return ItemLine(label=rule.name, amount_text=formats.amount(rule.amount_minor or 0, currency, locale))


def _many(count: int, words: str) -> str:
    return f"{count} × {words}" if count > 1 else words
