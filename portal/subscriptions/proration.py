"""What a change of a product in the middle of its period costs: which lines, on which invoice, exactly once each.

The day of the change belongs to what comes new. A part is its days over the days of the product's own period, rounded
once a line, HALF_UP; a credit is the mirror of what it takes back. `full_from` tells ordinary billing where to go on,
so that a line of a change is never billed a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.core.money import Money
from portal.subscriptions import calendar, grids
from portal.subscriptions.grids import Pay
from portal.subscriptions.lines import Line, LineKind, Period
from portal.subscriptions.product_changes import Billed, InvalidChange, Priced, ProductChange
from portal.subscriptions.rhythms import Only
from portal.subscriptions.schedules import Schedule


class Method(StrEnum):
    """How the period in which the change falls is reckoned.

    PRO_RATA: by its days. PAY_IN_FULL: the dearer of before and after for all of it; nothing is given back.
    DO_NOT_CHARGE: this period has no line for it. What is added comes free, what is removed is neither credited nor
    billed, another count or price waits for the next period.
    """

    PRO_RATA = "pro_rata"
    PAY_IN_FULL = "pay_in_full"
    DO_NOT_CHARGE = "do_not_charge"


@dataclass(frozen=True, slots=True)
class Change:
    """The lines of a change, by invoice: one of today, the subscription's next, or one of its own on `later_on`.

    The period of the change needs no other line of the product than these (and those already billed); its ordinary
    lines go on with the period that starts on `full_from`, None: never.
    """

    now: tuple[Line, ...] = ()
    next_invoice: tuple[Line, ...] = ()
    later: tuple[Line, ...] = ()
    later_on: date | None = None
    full_from: date | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.now + self.next_invoice + self.later

    def with_more(self, other: Change) -> Change:
        """Both together, where several products change at once; what waits for two days waits for the later one."""
        days = [day for day in (self.later_on, other.later_on) if day is not None]
        return Change(
            self.now + other.now,
            self.next_invoice + other.next_invoice,
            self.later + other.later,
            max(days, default=None),
            other.full_from,
        )


def remaining_part(amount: Money, period: Period, on: date) -> Money:
    """What the days from `on` (included) to the end of the period are worth, rounded once HALF_UP."""
    return amount.prorate((period.end - on).days, period.days)


def used_part(amount: Money, period: Period, on: date) -> Money:
    """What the days before `on` are worth, rounded once HALF_UP; after the end of the period more than `amount`."""
    return amount.prorate((on - period.start).days, period.days)


def lines_for_change(
    change: ProductChange,
    schedule: Schedule,
    on: date,
    method: Method,
    pay: Pay = Pay.IMMEDIATELY,
    *,
    pay_on: date | None = None,
    already_billed: bool = True,
    free: Money | None = None,
) -> Change:
    """The lines of a change on the civil day `on`, for a subscription with this schedule.

    `pay_on` is the day after `on` that CUSTOM asks for. `already_billed` matters on the first day of a period only:
    whether its invoice was made before the change. `free`: so much of the whole period costs nothing, and only what
    lies above it is charged or given back; below zero, so much more was paid than it costs before the change. Raises
    InvalidChange, DateOutOfRange.
    """
    if change.repeats is Only.ONCE and method == Method.PRO_RATA:
        raise InvalidChange("A product that is billed once has no period to prorate: choose pay_in_full instead.")
    check_day(on, pay, pay_on)
    grid = change.grid or grids.product_grid(schedule, change.repeats, on)
    found = calendar.period_on(grid, on)
    repeats = change.after is not None and change.repeats is not Only.ONCE
    if found is None and change.repeats is not Only.ONCE:
        return Change(full_from=grid.anchor if repeats else None)
    whole = Period(*(found or calendar.period(grid, 0)))
    billed = change.is_taken_over or (change.billed == Billed.START and (already_billed or on > whole.start))
    reckoned = _on_top_of_billed(change, whole, on, method) if billed else _not_yet_billed(change, whole, on, method)
    if free is not None:
        reckoned = _above(free, change, whole, on, method)
    lines = tuple(line for line in reckoned if line.amount.minor)
    full_from = whole.end if repeats else None
    if not lines:
        return Change(full_from=full_from)
    next_on = grids.next_invoice_on(schedule, on, already_billed=already_billed)
    day = pay_on or _invoice_day(change, schedule, whole, on, next_on, pay)
    if day == on and pay == Pay.IMMEDIATELY:
        return Change(now=lines, full_from=full_from)
    if day == next_on and pay_on is None:
        return Change(next_invoice=lines, full_from=full_from)
    return Change(later=lines, later_on=day, full_from=full_from)


def ordinary_line(priced: Priced, kind: LineKind, period: Period) -> Line:
    """The line of one whole period, as the billing run makes it from `full_from` on."""
    hides = not priced.shows_dates
    return Line.full(kind, priced.description, priced.unit_amount, priced.count, period, hides_dates=hides)


def check_day(on: date, pay: Pay, pay_on: date | None) -> None:
    """Raises InvalidChange where `pay_on` is missing, not wanted, or not after the day of the change."""
    if (pay == Pay.CUSTOM) != (pay_on is not None):
        raise InvalidChange("A charge date is needed with the payment schedule custom, and only with it.")
    if pay_on is not None and pay_on <= on:
        raise InvalidChange("The charge date must lie after the day of the change.")


def _on_top_of_billed(change: ProductChange, whole: Period, on: date, method: Method) -> list[Line]:
    """What is still to be moved when the period was paid in advance at the price before."""
    before, after = change.before, change.after
    part = Period(max(on, whole.start), whole.end)
    if method == Method.PAY_IN_FULL:
        part = whole
    dearer = after is not None and (before is None or after.full > before.full)
    if method == Method.DO_NOT_CHARGE or (method == Method.PAY_IN_FULL and not dearer):
        return []
    credit = [_line(change, before, whole, part, credit=True)] if before else []
    return credit + ([_line(change, after, whole, part)] if after else [])


def _above(free: Money, change: ProductChange, whole: Period, on: date, method: Method) -> list[Line]:
    """The difference in one line, of what each side costs above what is free."""

    def cost(priced: Priced | None, free_minor: int) -> int:
        return max(priced.full.minor - free_minor, 0) if priced else 0

    named = change.after or change.before
    difference = cost(change.after, max(free.minor, 0)) - cost(change.before, free.minor)
    if named is None or method == Method.DO_NOT_CHARGE or (method == Method.PAY_IN_FULL and difference <= 0):
        return []
    part = whole if method == Method.PAY_IN_FULL else Period(max(on, whole.start), whole.end)
    unit = Money(difference, free.currency)
    amount = unit.prorate(part.days, whole.days)
    hides = not named.shows_dates
    return [Line(LineKind.PRORATION, named.description, 1, unit, amount, part, change.waits, hides_dates=hides)]


def _not_yet_billed(change: ProductChange, whole: Period, on: date, method: Method) -> list[Line]:
    """What the whole period costs: it is billed in arrears, or its first invoice is still to be made today."""
    before, after = change.before, change.after
    if after is None and on <= whole.start:
        return []
    if method == Method.DO_NOT_CHARGE:
        return [_line(change, before, whole, whole)] if before and after else []
    if method == Method.PAY_IN_FULL:
        dearer = max((priced for priced in (before, after) if priced), key=lambda priced: priced.full)
        return [_line(change, dearer, whole, whole)]
    used = [_line(change, before, whole, Period(whole.start, on))] if before and on > whole.start else []
    return used + ([_line(change, after, whole, Period(on, whole.end))] if after else [])


def _line(change: ProductChange, priced: Priced, whole: Period, part: Period, *, credit: bool = False) -> Line:
    amount, unit = priced.full.prorate(part.days, whole.days), priced.unit_amount
    once = change.repeats is Only.ONCE
    full = LineKind.ONE_OFF if once else LineKind.PRODUCT
    kind = LineKind.PRORATION if credit or part != whole else full
    amount, unit = (-amount, -unit) if credit else (amount, unit)
    period, hides = None if once else part, not priced.shows_dates
    return Line(kind, priced.description, priced.count, unit, amount, period, change.waits, hides_dates=hides)


def _invoice_day(change: ProductChange, schedule: Schedule, whole: Period, on: date, next_on: date, pay: Pay) -> date:
    """In arrears the end of the period, unless the product ends now; otherwise today or the next invoice."""
    if change.waits:
        return grids.invoice_on(schedule, whole.end, pay)
    return next_on if pay == Pay.NEXT_INVOICE else on
