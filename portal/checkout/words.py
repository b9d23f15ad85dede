"""Plain words for terms and dates: how often, from when, how many, why that day, what changed, why it was declined."""

from __future__ import annotations

from datetime import date

from portal.core.formats import long_day, short_day
from portal.core.speech import catalog, filled


def offer_rhythm(rhythm_text: str, locale: str, *, first: date | None, today: date, count: int | None = None) -> str:
    """What stands under the amount: "today, then every month", or "every month, from March 1".

    `first` None, today or earlier: the first payment is taken on the day of the yes. `count` 1: only once.
    """
    say = catalog(locale)
    if first is None or first <= today:
        return (
            say.gettext("today, once")
            if count == 1
            else filled(say.gettext("today, then %(rhythm)s"), locale, rhythm=rhythm_text)
        )
    if count == 1:
        return filled(say.gettext("on %(day)s, once"), locale, day=long_day(first, locale, today=today))
    words = say.gettext("%(rhythm)s, from %(day)s")
    return filled(words, locale, rhythm=rhythm_text, day=long_day(first, locale, today=today))


def and_so_on(
    rhythm_text: str, locale: str, *, today: date, more: int | None, last: date | None = None, cancel: bool = True
) -> str:
    """The rail's last line: "and so on, every month, until you cancel", or "and 9 more, the last on Dec 31".

    `more` is how many payments follow those shown (None: without end), `last` the day of the last. 0 gives "".
    """
    say = catalog(locale)
    if more is None:
        words = (
            say.gettext("and so on, %(rhythm)s, until you cancel") if cancel else say.gettext("and so on, %(rhythm)s")
        )
        return filled(words, locale, rhythm=rhythm_text)
    if more <= 0:
        return ""
    if last is None:
        return filled(say.ngettext("and %(count)s more", "and %(count)s more", more), locale, count=more)
    words = say.ngettext("and %(count)s more, on %(day)s", "and %(count)s more, the last on %(day)s", more)
    return filled(words, locale, count=more, day=short_day(last, locale, today=today))


def count_line(count: int, total_text: str, locale: str) -> str:
    """ "12 payments, $419.88 in all"."""
    words = catalog(locale).ngettext("%(count)s payment, %(total)s", "%(count)s payments, %(total)s in all", count)
    return filled(words, locale, count=count, total=total_text)


def taken(amount_text: str, locale: str, *, on: date, today: date) -> str:
    """What was taken and when: "$34.99 was taken today.", "$34.99 was taken on Saturday, February 28."."""
    say = catalog(locale)
    if on == today:
        return filled(say.gettext("%(amount)s was taken today."), locale, amount=amount_text)
    words = say.gettext("%(amount)s was taken on %(day)s.")
    return filled(words, locale, amount=amount_text, day=long_day(on, locale, today=today))
