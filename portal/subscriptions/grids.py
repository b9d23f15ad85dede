"""Which dates a product has: its subscription's where they fit, else its own; and which invoice a date falls on."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from portal.subscriptions.calendar import date_after, date_on_or_after
from portal.subscriptions.rhythms import Only, Repeats, Rhythm
from portal.subscriptions.schedules import Frequency, Schedule, step


class Pay(StrEnum):
    """When the money of a change is asked for: by an invoice of its own, by the next one, or on a day given."""

    IMMEDIATELY = "immediately"
    NEXT_INVOICE = "next_invoice"
    CUSTOM = "custom"


def product_grid(schedule: Schedule, repeats: Repeats, applied_on: date) -> Schedule:
    """The dates on which periods of the product begin, on a subscription with this schedule.

    A product of the same family (days or months) whose step is a whole multiple of the subscription's shares its
    anchor; any other is anchored on the day it is applied (not before the subscription begins), so that its first
    period is full. `once` and `all` follow the subscription. semantics section 7. Raises DateOutOfRange, InvalidUnits.
    """
    if isinstance(repeats, Only):
        return schedule
    multiple = _multiple(schedule, repeats)
    if multiple is None:
        return repeats.starting(max(applied_on, schedule.anchor))
    if Frequency.SEMI_MONTHLY in (schedule.frequency, repeats.frequency):
        # In half months of the subscription: from 30 January its dates go on with the last day, not with the 30th.
        return Schedule(schedule.frequency, schedule.units * multiple, schedule.anchor, schedule.billing_day)
    return Schedule(repeats.frequency, repeats.units, schedule.anchor, schedule.billing_day, schedule.months)


def invoice_on(schedule: Schedule, due_on: date, pay: Pay) -> date:
    """On which day a product's due date is invoiced: that day itself, or held for the subscription's next invoice."""
    return date_on_or_after(schedule, due_on) if pay == Pay.NEXT_INVOICE else due_on


def next_invoice_on(schedule: Schedule, today: date, *, already_billed: bool = True) -> date:
    """The subscription's next invoice; on a due date before its invoice is made that is today's."""
    return date_after(schedule, today) if already_billed else date_on_or_after(schedule, today)


def _multiple(schedule: Schedule, rhythm: Rhythm) -> int | None:
    """How many steps of the subscription one step of the product is; None if that is no whole number."""
    if rhythm.fixed_day is not None:
        return None
    if schedule.months or rhythm.months:
        same = (rhythm.frequency, rhythm.units, rhythm.months) == (schedule.frequency, schedule.units, schedule.months)
        return 1 if same else None
    own, other = rhythm.step, step(schedule.frequency, schedule.units)
    assert own is not None
    assert other is not None
    if own.in_days != other.in_days or own.size % other.size:
        return None
    return own.size // other.size
