"""What of the present period was billed and went back whole: a change in it gives none of that back once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from sqlalchemy import exists, or_, select

from portal.billing.models import Invoice, Payment
from portal.core.database import session
from portal.subscriptions import calendar, grids
from portal.subscriptions.item_updates import ItemUpdate
from portal.subscriptions.lines import LineKind
from portal.subscriptions.models import Subscription
from portal.subscriptions.prices import Item, Price
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.schedules import Schedule

# Of a part that was sent back nobody says which lines it was for: it is between the merchant and the customer.
_WENT_BACK = or_(
    Invoice.status == "void", exists().where(Payment.invoice_id == Invoice.id, Payment.status == "refunded")
)


def is_unpaid(subscription: Subscription, start: date) -> bool:
    """Whether the period that begins then has no invoice, as a pause went over its date, or its money went back."""
    mine = exists().where(Invoice.subscription_id == subscription.id, Invoice.slot == start.isoformat(), ~_WENT_BACK)
    return not session().scalar(select(mine))


def by_item(subscription: Subscription, price: Price, schedule: Schedule, on: date) -> Mapping[str, int]:
    """Minor units by item: how much of its whole period, in which the day `on` lies, was billed apart and went back.

    That is what changes cost on invoices of their own, and items whose dates are not the subscription's. A change of
    phase names no item of its own and is not in it.
    """
    return _of_changes(subscription, on) + _of_own_dates(subscription, price, schedule, on)


def _of_changes(subscription: Subscription, on: date) -> Counter[str]:
    mine = select(ItemUpdate).join(Invoice, Invoice.id == ItemUpdate.invoice_id)
    found: Counter[str] = Counter()
    for row in session().scalars(mine.where(ItemUpdate.subscription_id == subscription.id, _WENT_BACK)):
        item_id = row.change.get("item_id") or row.change.get("item", {}).get("id")
        for line in (one for which in ("now", "later") for one in row.lines.get(which, ())):
            ends = line.get("period_end")
            if item_id and ends and on < date.fromisoformat(ends) and line["kind"] != LineKind.COUPON:
                found[item_id] += line["unit_amount_minor"] * line["quantity"]
    return found


def _of_own_dates(subscription: Subscription, price: Price, schedule: Schedule, on: date) -> Counter[str]:
    slots = {item: _own_slots(item, schedule, on) for item in price.items if isinstance(item.repeats, Rhythm)}
    wanted = {slot for own in slots.values() for slot in own}
    if not wanted:
        return Counter()
    mine = select(Invoice.slot).where(Invoice.subscription_id == subscription.id, Invoice.slot.in_(wanted), _WENT_BACK)
    gone = set(session().scalars(mine))
    return Counter({item.id: item.full_minor for item, own in slots.items() if not gone.isdisjoint(own)})


def _own_slots(item: Item, schedule: Schedule, on: date) -> tuple[str, ...]:
    """Where an item of its own rhythm is billed for the period of the day, unless a change has billed it."""
    grid = item.grid or grids.product_grid(schedule, item.repeats, schedule.anchor)
    period = calendar.period_on(grid, on)
    if period is None or item.billed is Billed.END or (item.full_from is not None and item.full_from > on):
        return ()
    start = period[0].isoformat()
    return start, f"{start}+items"
