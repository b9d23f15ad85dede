"""The next dates as a calendar file (RFC 5545): merchant and amount, nothing personal, and no link."""

from __future__ import annotations

from datetime import UTC, timedelta

from flask import Response
from icalendar import Calendar, Event
from werkzeug.wrappers import Response as BaseResponse

from portal.checkout.own import door
from portal.checkout.own.frame import amount
from portal.checkout.reading import Facts
from portal.checkout.routes import bp
from portal.core.database import reading
from portal.core.speech import catalog, filled
from portal.subscriptions import agenda, calendar
from portal.subscriptions.words import reason_words

MOST = 12


@bp.get("/<token>/dates.ics")
def dates_file(token: str) -> BaseResponse:
    """Up to a dozen dates; where nothing is to come there is no file, and the page says why."""
    with reading():
        facts = door.opened(token)
    if facts is None or not door.is_live(facts) or facts.subscription.status != "active" or not _coming(facts):
        return door.main_page(facts)
    response = Response(written(facts), content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers.set("Content-Disposition", "attachment", filename="payments.ics")
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def written(facts: Facts) -> bytes:
    """The same dates give the same bytes. Whoever takes the file in again gets moved dates, not second ones."""
    file = Calendar()
    file.add("prodid", "-//Payment link portal//Dates//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", facts.site.name)
    for place, (index, _) in enumerate(_coming(facts)):
        file.add_component(_event(facts, index, facts.subscription.installments + place + 1))
    return bytes(file.to_ical())


def _coming(facts: Facts) -> list[tuple[int, object]]:
    return list(agenda.upcoming(facts.subscription, facts.binding, MOST))


def _event(facts: Facts, index: int, number: int) -> Event:
    """Payment `number` keeps its UID wherever its date moves; the sequence tells which file is newer."""
    subscription, terms, say = facts.subscription, facts.binding, catalog(facts.locale)
    assert subscription.anchor_on is not None
    schedule = terms.schedule(subscription.anchor_on, subscription.billing_day)
    day = calendar.occurrence(schedule, index)
    event = Event()
    event.add("uid", f"{subscription.id.hex}-{number}@payment-link-portal")
    event.add("sequence", subscription.sequence)
    event.add("dtstamp", subscription.updated_at.astimezone(UTC))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", filled(say.gettext("%(merchant)s takes %(amount)s"), facts.locale, **_values(facts)))
    why = reason_words(calendar.reason(schedule, index), facts.locale)
    if why:
        event.add("description", why)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event


def _values(facts: Facts) -> dict[str, str]:
    return {"merchant": facts.site.name, "amount": amount(facts)}
