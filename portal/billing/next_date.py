"""Where a subscription stands after an instalment of the billing run: its next date, and when the run looks again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from portal.billing import reckoning
from portal.core.clock import real_now
from portal.core.instants import local_day
from portal.sites import clock
from portal.subscriptions import agenda

# What is due together is due on a day or two: most rows of a batch share a date and a zone.
_run_instant = lru_cache(1024)(agenda.run_instant)


def after(row: Any, found: reckoning.Reckoned, installments: int, *, is_settled: bool) -> dict[str, Any]:
    """Where the subscription stands after so many instalments, and when the run looks at it again.

    `is_settled`: no payment will come to say that the last of them is settled.
    """
    left = row.number_of_payments is None or installments < row.number_of_payments
    next_on = found.next_on if left else None
    coming = next_on is not None and (row.ends_before is None or next_on < row.ends_before)
    day = (found.extra_on or next_on) if coming else None
    at = _run_instant(row.timezone, row.charge_hour, day, row.ends_before, row.send_on_hour)
    if coming and at is not None and row.collection != "link":
        at = _one_a_day(row, at)
    if not coming and is_settled:
        at = row.clock_at or real_now()
    times = clock.due_by(row.clock_at, at) if at else clock.NEVER
    return {
        "next_index": row.next_index + 1 if coming else None,
        "next_due_on": next_on if coming else None,
        "extra_on": found.extra_on if coming else None,
        "due_at": times.due_at,
        "site_due_at": times.site_due_at,
    }


def _one_a_day(row: Any, at: datetime) -> datetime:
    """An instalment that is late as well is made and taken tomorrow (semantics.md section 5, case 52).

    Not where the zone itself has made two dates one: a date that it left out falls on the next one's instant.
    """
    now, hours = row.clock_at or real_now(), (row.timezone, row.charge_hour)
    if at > now or at == _run_instant(*hours, row.next_due_on, None, row.send_on_hour):
        return at
    return _run_instant(*hours, today(row) + timedelta(days=1), None, row.send_on_hour) or at


def today(row: Any) -> date:
    """The day that its dates are compared with, as `agenda.today` says it."""
    return local_day(row.clock_at or real_now(), row.timezone if row.send_on_hour is None else "UTC")
