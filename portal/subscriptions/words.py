"""Terms in plain words, for messages, pages and gateways: the amount, the rhythm, a day."""

from __future__ import annotations

from datetime import date

from babel.dates import get_month_names

from portal.core import formats
from portal.core.speech import catalog, filled
from portal.subscriptions.calendar import Frequency, Reason, ReasonKind

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
