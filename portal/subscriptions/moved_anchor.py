"""Another rhythm or start moves the anchor: what the date it moves to would have billed is not lost with it.

The terms before run up to that date. Their periods in arrears that are over by then, or are cut there, wait for its
invoice at the price they were agreed at; of a period that was paid in advance and is begun anew there, the rest is
given back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from portal.subscriptions import agenda, arrears, calendar, grids
from portal.subscriptions.arrears import DAY
from portal.subscriptions.lines import Line, Period
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.prices import Item, Price
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.rhythms import Only, Rhythm
from portal.subscriptions.schedules import Schedule


def rebase(subscription: Subscription, old: Terms, new: Terms) -> list[Line]:
    """What is to wait for the next invoice when `new` terms take over from `old` ones; call before the agenda changes.

    Nothing before the first instalment, and where the dates stay as they are. Raises DateOutOfRange.
    """
    moves = new.rhythm != old.rhythm or new.start_on not in (None, old.start_on)
    on, index = subscription.next_due_on, subscription.next_index
    if not moves or on is None or index is None or not subscription.installments:
        return []
    schedule = agenda.schedule_of(subscription, old)
    last = calendar.occurrence(schedule, index - 1) if index else schedule.anchor - DAY
    own = subscription.extra_on - DAY if subscription.extra_on is not None else on - DAY
    kept = {item.id for item in new.price.items}
    number, found = subscription.installments, list[Line]()
    for item in old.price.items:
        done = own if item.own_day else last
        for whole, line in _owed(item, old.price, schedule, done, on):
            found += arrears.waiting(old.price, (item.id, line), whole, number + 1)
        for whole, line in _paid(item, old.price, schedule, done, on) if item.id in kept else ():
            found += map(arrears.mirrored, arrears.waiting(old.price, (item.id, line), whole, number))
    return found


def _owed(item: Item, price: Price, schedule: Schedule, done: date, on: date) -> Iterator[tuple[Period, Line]]:
    """What the date would have billed of the time before it. Dates of its own an item keeps: those go on after it."""
    if item.repeats is Only.ONCE or (item.own_day and item.grid is not None):
        return
    at_end = item.billed is Billed.END
    for whole in arrears.periods(item, schedule, after=done, before=on):
        if (item.grid is not None and whole.end >= on and at_end) or (not at_end and whole.start <= done):
            continue
        part = whole if item.grid is not None else Period(whole.start, min(whole.end, on))
        yield whole, replace(arrears.part_line(item, price, whole, part), in_arrears=at_end)


def _paid(item: Item, price: Price, schedule: Schedule, done: date, on: date) -> Iterator[tuple[Period, Line]]:
    """The rest of a period that was billed when it began and is begun anew on the date."""
    if item.grid is not None or item.billed is not Billed.START or not isinstance(item.repeats, Rhythm):
        return
    grid = grids.product_grid(schedule, item.repeats, schedule.anchor)
    days = calendar.period_on(grid, on)
    if days is not None and days[0] <= done and days[0] < on:
        whole = Period(*days)
        yield whole, arrears.part_line(item, price, whole, Period(on, whole.end))
