"""The rail of a page: what was taken, what is taken today, and what comes, with why each date falls there."""

from __future__ import annotations

from datetime import date

from portal.checkout import words
from portal.checkout.parts import RailLine, RailState
from portal.checkout.reading import Charged, Facts
from portal.core import formats
from portal.core.instants import local_day
from portal.core.speech import catalog
from portal.sites import clock
from portal.subscriptions import agenda, calendar, previews
from portal.subscriptions.calendar import Schedule
from portal.subscriptions.models import Terms
from portal.subscriptions.words import reason_words, rhythm_words

SHOWN = 3


def offer_rail(facts: Facts, changed_from: Terms | None) -> tuple[RailLine, ...]:
    """The first dates of the offer, were it confirmed today (semantics.md section 4), and how it goes on."""
    terms, today = facts.terms, agenda.today(facts.site, facts.terms)
    schedule = terms.rhythm.starting(terms.start_on or today)
    first = calendar.first_due(schedule, today)
    days = previews.if_confirmed(terms, today, SHOWN)
    soonest = 1 if days and days[0].on == today else 0
    changed = changed_from is not None and changed_from.amount_minor != terms.amount_minor
    lines = [
        RailLine(
            state="now" if coming.on == today else "next" if place == soonest else "later",
            label=catalog(facts.locale).gettext("Today") if coming.on == today else "",
            day_text=formats.day(coming.on, facts.locale, today=today),
            day_iso=coming.on.isoformat(),
            amount_text=formats.amount(coming.bill.total_minor, terms.currency, facts.locale),
            why=reason_words(coming.reason, facts.locale),
            marked=changed,
        )
        for place, coming in enumerate(days)
    ]
    return tuple(lines) + _goes_on(facts, terms, schedule, first.index, len(days))


def own_rail(facts: Facts, again_on: date | None = None) -> tuple[RailLine, ...]:
    """The customer's own dates: what happened, newest last, then what comes; `again_on`: a refused one is retried."""
    done = [_past(facts, charged) for charged in reversed(facts.payments[:3])]
    return (*done, *_again(facts, again_on), *coming(facts))


def _again(facts: Facts, on: date | None) -> tuple[RailLine, ...]:
    if on is None or facts.overdue is None:
        return ()
    payment = facts.overdue.charged.payment
    again = RailLine(
        state="next",
        day_text=formats.day(on, facts.locale, today=clock.today(facts.site)),
        day_iso=on.isoformat(),
        amount_text=formats.amount(payment.amount_minor, payment.currency, facts.locale),
        why=catalog(facts.locale).gettext("We try it again"),
    )
    return (again,)


def coming(facts: Facts) -> tuple[RailLine, ...]:
    subscription, terms = facts.subscription, facts.terms
    if subscription.status != "active" or subscription.anchor_on is None:
        return ()
    schedule = agenda.schedule_of(subscription, terms)
    dates = previews.upcoming(subscription, terms, SHOWN)
    lines = tuple(
        RailLine(
            state="next" if place == 0 else "later",
            day_text=formats.day(one.on, facts.locale, today=clock.today(facts.site)),
            day_iso=one.on.isoformat(),
            amount_text=formats.amount(one.bill.total_minor, terms.currency, facts.locale),
            why=reason_words(one.reason, facts.locale),
        )
        for place, one in enumerate(dates)
    )
    if not dates:
        return lines
    first_index = subscription.next_index or 0
    return lines + _goes_on(facts, terms, schedule, first_index, len(dates), made=subscription.installments)


def _past(facts: Facts, charged: Charged) -> RailLine:
    payment, say = charged.payment, catalog(facts.locale)
    state: RailState = "done" if payment.status in {"succeeded", "partially_refunded"} else "bad"
    word = "" if state == "done" else say.gettext("Declined")
    if payment.status in {"pending", "unknown", "requires_action"}:
        state = "now"
        word = say.gettext("Being checked") if payment.status == "unknown" else say.gettext("Being taken")
    elif payment.status in {"voided", "refunded"}:
        state = "off"
        word = say.gettext("Sent back") if payment.paid_at is not None else say.gettext("Called off")
    day = local_day(payment.paid_at or payment.created_at, facts.site.timezone)
    return RailLine(
        state=state,
        day_text=formats.day(day, facts.locale, today=clock.today(facts.site)),
        day_iso=day.isoformat(),
        amount_text="" if word else formats.amount(payment.amount_minor, payment.currency, facts.locale),
        word=word,
    )


def _goes_on(
    facts: Facts, terms: Terms, schedule: Schedule, first_index: int, shown: int, made: int = 0
) -> tuple[RailLine, ...]:
    """The last line: on and on, or how many more and until when."""
    left = _left(terms, schedule, first_index, made)
    more = None if left is None else left - shown
    last = calendar.occurrence_if_any(schedule, first_index + left - 1) if left is not None and more else None
    rhythm = rhythm_words(terms.rhythm, facts.locale)
    text = words.and_so_on(rhythm, facts.locale, today=clock.today(facts.site), more=more, last=last, cancel=False)
    return (RailLine(state="more", label=text),) if text else ()


def _left(terms: Terms, schedule: Schedule, first_index: int, made: int) -> int | None:
    """How many payments there are from `first_index` on; None without end."""
    by_count = None if terms.number_of_payments is None else terms.number_of_payments - made
    if terms.end_on is None:
        return by_count
    by_end = (calendar.index_on_or_before(schedule, terms.end_on) or 0) - first_index + 1
    return by_end if by_count is None else min(by_count, by_end)
