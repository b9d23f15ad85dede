"""What comes next for a payment that was refused, in plain words: the next try, a pause, or a limit."""

from __future__ import annotations

from datetime import date

from portal.billing import slots
from portal.checkout.reading import Charged, Facts
from portal.core import formats
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.sites import clock


def what_next(facts: Facts, charged: Charged) -> str:
    """The sentences after "Nothing was taken."; empty where there is nothing to add."""
    return " ".join(sentence for sentence in (_plan(facts, charged), _limit(facts)) if sentence)


def next_try(facts: Facts, charged: Charged) -> date | None:
    """The day on which it is tried again by itself; None where it is not."""
    at = charged.payment.site_due_at or charged.payment.due_at
    last = facts.overdue.last if facts.overdue else None
    goes_on = facts.subscription.status == "active" or slots.is_closing(charged.invoice)
    if at is None or not goes_on or last is None or last.decline != "soft":
        return None
    return local_day(at, facts.site.timezone)


def _plan(facts: Facts, charged: Charged) -> str:
    say = catalog(facts.locale)
    if facts.subscription.status == "paused":
        return say.gettext("Your payments are paused: nothing is tried by itself.")
    again = next_try(facts, charged)
    if again is None:
        return say.gettext("We do not try again by ourselves.") if facts.overdue else ""
    day = formats.long_day(again, facts.locale, today=clock.today(facts.site))
    return filled(say.gettext("We try again on %(day)s."), facts.locale, day=day)


def _limit(facts: Facts) -> str:
    limit = facts.overdue.limit if facts.overdue else None
    if limit is None:
        return ""
    say = catalog(facts.locale)
    if limit.code == "too_many_today":
        return say.gettext(
            "This card was tried too often today. It can be tried again tomorrow; another card works at once."
        )
    return say.gettext("This card was tried too often this month. Another card works at once.")
