"""Terms in plain words, for messages, pages and gateways: the amount, the rhythm, a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from babel.dates import get_day_names, get_month_names
from babel.lists import format_list

from portal.core import formats
from portal.core.speech import catalog, filled
from portal.subscriptions.calendar import Frequency, Reason, ReasonKind
from portal.subscriptions.coupons import Coupon
from portal.subscriptions.lines import Line, LineKind
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.schedules import DAYS, LAST

_WEEKS = {Frequency.WEEKLY: 1, Frequency.BI_WEEKLY: 2}
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SEMI_ANNUALLY: 6, Frequency.YEARLY: 12}


def money_text(minor: int, currency: str, locale: str) -> str:
    return formats.amount(minor, currency, locale)


def day_text(day: date, locale: str, *, today: date | None = None) -> str:
    return formats.long_day(day, locale, today=today)


def rhythm_text(frequency: str, units: int, locale: str) -> str:
    """ "every month", "every 2 weeks", "twice a month": one of the eight names of the native API, times `units`."""
    named = Frequency(frequency)
    say = catalog(locale)
    if named is Frequency.DAILY:
        words = say.ngettext("every day", "every %(count)s days", units)
        return filled(words, locale, count=units)
    if named in _WEEKS:
        weeks = _WEEKS[named] * units
        return filled(say.ngettext("every week", "every %(count)s weeks", weeks), locale, count=weeks)
    if named is Frequency.SEMI_MONTHLY:
        if units == 1:
            return say.gettext("twice a month")
        if units % 2:
            return filled(say.gettext("every %(count)s half months"), locale, count=units)
        return _every_months(units // 2, locale)
    return _every_months(_MONTHS[named] * units, locale)


def rhythm_words(rhythm: Rhythm, locale: str) -> str:
    """The same with what an agreement adds: "every month on the 15th", "every week on Monday", "in March and June"."""
    say = catalog(locale)
    text = rhythm_text(rhythm.frequency, rhythm.units, locale)
    if rhythm.fixed_day == LAST:
        text = filled(say.gettext("%(rhythm)s on the last day"), locale, rhythm=text)
    elif rhythm.fixed_day is not None:
        day = _weekday(rhythm.fixed_day, locale) if rhythm.frequency in DAYS else _the_day(rhythm.fixed_day, locale)
        text = filled(say.gettext("%(rhythm)s on %(day)s"), locale, rhythm=text, day=day)
    if not rhythm.months:
        return text
    names = get_month_names("wide", "stand-alone", locale)
    months = format_list([names[month] for month in rhythm.months], locale=locale)
    return filled(say.gettext("%(rhythm)s in %(months)s"), locale, rhythm=text, months=months)


def line_text(line: Line, locale: str) -> str:
    """What an invoice calls a line: "Coupon SPRING", or the merchant's own words."""
    if line.kind is not LineKind.COUPON:
        return line.description
    return filled(catalog(locale).gettext("Coupon %(name)s"), locale, name=line.description)


def coupon_text(coupon: Coupon, currency: str, locale: str) -> str:
    """ "SPRING: 20% off each payment", "SPRING: $5.00 off the next 3 payments"."""
    say = catalog(locale)
    if coupon.amount_minor is not None:
        off = money_text(coupon.amount_minor, currency, locale)
    else:
        off = formats.percent(coupon.percent or Decimal(0), locale)
    if coupon.payments is None:
        words = say.gettext("%(name)s: %(off)s off each payment")
        return filled(words, locale, name=coupon.name, off=off)
    words = say.ngettext(
        "%(name)s: %(off)s off %(count)s payment", "%(name)s: %(off)s off %(count)s payments", coupon.payments
    )
    return filled(words, locale, name=coupon.name, off=off, count=coupon.payments)


def _weekday(day: int, locale: str) -> str:
    return str(get_day_names("wide", "format", locale)[day - 1])


def _the_day(day: int, locale: str) -> str:
    return filled(catalog(locale).gettext("the %(day)s"), locale, day=_day_number(day, locale))


def _every_months(months: int, locale: str) -> str:
    say = catalog(locale)
    if months % 12 == 0:
        years = months // 12
        return filled(say.ngettext("every year", "every %(count)s years", years), locale, count=years)
    return filled(say.ngettext("every month", "every %(count)s months", months), locale, count=months)


def reason_words(reason: Reason, locale: str) -> str:
    """Why a date falls there, where that could surprise; else ""."""
    say = catalog(locale)
    if reason.kind is ReasonKind.CLAMPED:
        month = get_month_names("wide", "stand-alone", locale)[reason.month]
        words = say.gettext("%(month)s has no %(day)s, so on its last day")
        return filled(words, locale, month=month[:1].upper() + month[1:], day=_day_number(reason.wanted_day, locale))
    if reason.kind is ReasonKind.BACK:
        return filled(say.gettext("Back to the %(day)s"), locale, day=_day_number(reason.wanted_day, locale))
    return ""


def _day_number(day: int, locale: str) -> str:
    """ "31st" in English, where a bare number would not be read as a day; the number elsewhere."""
    if not locale.startswith("en"):
        return str(day)
    ending = "th" if 10 < day % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
