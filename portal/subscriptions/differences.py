"""What differs between two versions of the terms, in words: for the page, the notice and the papers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.core.speech import catalog, filled
from portal.subscriptions.models import Terms
from portal.subscriptions.prices import Item
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.words import coupon_text, day_text, money_text, rhythm_words


@dataclass(frozen=True, slots=True)
class TermsText:
    """One version of the terms in words, for comparing two; an empty value is a term that is not set."""

    amount: str
    rhythm: str
    first: str
    count: str = ""
    last: str = ""
    description: str = ""
    items: str = ""
    coupons: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One term that reads differently, with its old and its new value in words."""

    label: str
    was: str
    now: str


def between(was: Terms, now: Terms, locale: str, today: date) -> tuple[Difference, ...]:
    """Every term that reads differently to a customer, the amount first."""
    return compared(in_words(was, locale, today), in_words(now, locale, today), locale)


def in_words(terms: Terms, locale: str, today: date) -> TermsText:
    return TermsText(
        amount=money_text(terms.amount_minor, terms.currency, locale),
        rhythm=rhythm_words(terms.rhythm, locale),
        first=day_text(terms.start_on, locale, today=today) if terms.start_on else "",
        count=str(terms.number_of_payments or ""),
        last=day_text(terms.end_on, locale, today=today) if terms.end_on else "",
        description=terms.description,
        items=", ".join(_item(item, terms.currency, locale) for item in terms.price.items),
        coupons="; ".join(coupon_text(one, terms.currency, locale) for one in terms.price.coupons),
    )


def compared(was: TermsText, now: TermsText, locale: str) -> tuple[Difference, ...]:
    say = catalog(locale)
    amount = say.gettext("Amount")
    if was.rhythm == now.rhythm:
        amount = filled(say.gettext("Amount %(rhythm)s"), locale, rhythm=now.rhythm)
    terms = (
        (amount, was.amount, now.amount),
        (say.gettext("How often"), was.rhythm, now.rhythm),
        (say.gettext("First payment"), was.first, now.first),
        (say.gettext("Number of payments"), was.count, now.count),
        (say.gettext("Last payment"), was.last, now.last),
        (say.gettext("What it is for"), was.description, now.description),
        (say.gettext("Includes"), was.items, now.items),
        (say.gettext("Coupons"), was.coupons, now.coupons),
    )
    none = {
        say.gettext("Number of payments"): say.gettext("no limit"),
        say.gettext("Last payment"): say.gettext("no end"),
    }
    unset = say.gettext("none")
    return tuple(
        Difference(label=label, was=old or none.get(label, unset), now=new or none.get(label, unset))
        for label, old, new in terms
        if old != new
    )


def _item(item: Item, currency: str, locale: str) -> str:
    """ "2 × Towels $62.00", with its own rhythm where it has one."""
    name = f"{item.count} × {item.description}" if item.count > 1 else item.description
    amount = money_text(item.count * item.unit_amount_minor, currency, locale)
    rhythm = f" {rhythm_words(item.repeats, locale)}" if isinstance(item.repeats, Rhythm) else ""
    return f"{name} {amount}{rhythm}"
