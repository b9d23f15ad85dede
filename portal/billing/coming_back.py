"""A subscription goes on after a rest: of what is billed in arrears, the days of the rest are not billed.

The billing run knows nothing of rests: it bills whole periods of the dates it comes to, and none of those that were
skipped. What was used before the rest and would be lost so waits for the next invoice; what the run will bill of the
time before today is given back on it.
"""

from __future__ import annotations

from datetime import date

from portal.billing.billed_until import done, newest_instalment
from portal.sites.models import Site
from portal.subscriptions import agenda, arrears, item_updates, lifecycle
from portal.subscriptions.lines import Line, Period
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.previews import carried


def recover(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Nothing is overdue any more: active again, as after any other rest."""
    lifecycle.recover(site, subscription, terms)
    carry_over(site, subscription, terms)


def carry_over(site: Site, subscription: Subscription, terms: Terms, *, is_new_start: bool = False) -> None:
    """Call when it is active again and its next date is set, by the dates it had before. `is_new_start`: it will be
    counted anew, so that the run bills nothing of the time before. Raises DateOutOfRange."""
    until, subscription.used_until = subscription.used_until, None
    today = agenda.today(site, terms)
    waiting = carried(subscription, terms)
    if until is not None and until < today:
        rest = Period(until, today)
        waiting = arrears.without(waiting, rest)
        for row in item_updates.with_later(subscription.id):
            later = [Line.from_dict(one, terms.currency) for one in row.lines["later"]]
            row.lines = row.lines | {"later": [line.as_dict() for line in arrears.without(later, rest)]}
    if arrears.is_used(terms.price) and newest_instalment(subscription) is not None:
        runs_on = subscription.next_due_on is not None and not is_new_start
        waiting += _moved(subscription, terms, until, today if runs_on else None)
    subscription.carried = [line.as_dict() for line in waiting] or None


def _moved(subscription: Subscription, terms: Terms, until: date | None, today: date | None) -> list[Line]:
    """What was used before `until`, less what the run will bill of the time before `today`; None: nothing."""
    used, billed = _open_on(subscription, terms, until), _open_on(subscription, terms, today)
    items = {item.id: item for item in terms.price.items}
    lines: list[Line] = []
    for item_id, whole in dict.fromkeys([*used, *billed]):
        ends = used.get((item_id, whole), whole.start), billed.get((item_id, whole), whole.start)
        if ends[0] == ends[1]:
            continue
        line = arrears.part_line(items[item_id], terms.price, whole, Period(min(ends), max(ends)))
        more = arrears.waiting(terms.price, (item_id, line), whole, subscription.installments + 1)
        lines += more if ends[0] > ends[1] else map(arrears.mirrored, more)
    return lines


def _open_on(subscription: Subscription, terms: Terms, day: date | None) -> dict[tuple[str, Period], date]:
    """Of each item the periods that were not billed by then, and until when they had run."""
    if day is None:
        return {}
    schedule, last = agenda.schedule_of(subscription, terms), done(subscription, day)
    found = arrears.unbilled(terms.price, schedule, done=last, through=day)
    return {(item.id, whole): min(whole.end, day) for item, whole, _ in found}
