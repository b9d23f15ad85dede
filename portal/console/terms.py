"""Terms of a subscription compared in words, and why one of its dates falls where it falls."""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass
from datetime import date

from portal.console import times, words
from portal.subscriptions import calendar
from portal.subscriptions.calendar import ReasonKind
from portal.subscriptions.models import Terms
from portal.subscriptions.words import coupon_text


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    was: str
    now: str


def differences(was: Terms, now: Terms) -> list[Difference]:
    """Every term that reads differently, the amount first."""
    before, after = _in_words(was), _in_words(now)
    changed = [label for label, old in before.items() if old != after[label]]
    return [Difference(label, before[label] or "none", after[label] or "none") for label in changed]


def why_that_day(terms: Terms, anchor: date, billing_day: int | None, index: int) -> str:
    """ "February has no 31st, so on its last day", where a date could surprise; else empty."""
    reason = calendar.reason(terms.schedule(anchor, billing_day), index)
    if reason.kind is ReasonKind.CLAMPED:
        return f"{month_name[reason.month]} has no {_ordinal(reason.wanted_day)}, so on its last day"
    return f"Back to the {_ordinal(reason.wanted_day)}" if reason.kind is ReasonKind.BACK else ""


def _in_words(terms: Terms) -> dict[str, str]:
    return {
        "Amount": words.money(terms.amount_minor, terms.currency),
        "How often": words.rhythm(terms),
        "First payment": times.dated(terms.start_on) if terms.start_on else "on the day of the yes",
        "Number of payments": str(terms.number_of_payments or ""),
        "Last payment": times.dated(terms.end_on) if terms.end_on else "",
        "For": terms.description,
        "Includes": ", ".join(f"{item.count} × {item.description}" for item in terms.price.items),
        "Coupons": "; ".join(coupon_text(one, terms.currency, "en") for one in terms.price.coupons),
    }


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
