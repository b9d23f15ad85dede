"""What a change of one item makes of a subscription: the items after it, and the lines it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.core.errors import NotFound, invalid
from portal.core.money import InvalidAmount, Money
from portal.subscriptions import coupon_changes, coupon_orders, grids
from portal.subscriptions.grids import Pay
from portal.subscriptions.item_orders import held_items
from portal.subscriptions.item_updates import UpdateKind, UpdateOrder
from portal.subscriptions.prices import Item, Price, items_of
from portal.subscriptions.product_changes import (
    ProductChange,
    add_product,
    remove_product,
    update_count,
    update_price,
)
from portal.subscriptions.proration import Change, Method, lines_for_change
from portal.subscriptions.rhythms import Only
from portal.subscriptions.schedules import Schedule
from portal.subscriptions.standing import Payment, Standing

COUPONS = (UpdateKind.ADD_COUPON, UpdateKind.REMOVE_COUPON)


def read(order: UpdateOrder, price: Price) -> dict[str, Any]:
    """The change as a row holds it. Raises InvalidFields, NotFound."""
    if order.kind is UpdateKind.ADD:
        if order.item is None:
            raise invalid("product", "Say which product to add.")
        (held,), problems = held_items([order.item], price.currency, None)
        if problems:
            raise invalid("amount", problems[0].message)
        held["id"] = order.item.id or _free_id(price)
        if any(item.id == held["id"] for item in price.items):
            raise invalid("id", f"There is a line with the id {held['id']} already.")
        return {"item": held}
    if order.kind is UpdateKind.ADD_COUPON:
        return {"coupon": coupon_orders.read(order.coupon, price).as_dict()}
    if order.kind is UpdateKind.REMOVE_COUPON:
        return {"coupon_id": coupon_orders.find(price, order.coupon_id).id}
    item = find(price, order.item_id)
    if order.kind is UpdateKind.COUNT:
        if order.count is None or order.count < 1:
            raise invalid("count", "Give a whole number of 1 or more.")
        return {"item_id": item.id, "count": order.count}
    if order.kind is UpdateKind.PRICE:
        return {"item_id": item.id, "unit_amount_minor": _minor(order, price.currency)}
    return {"item_id": item.id}


def merged(kind: UpdateKind, change: Mapping[str, Any], price: Price) -> Price:
    """The price after a change before anything was billed. Raises NotFound."""
    if kind is UpdateKind.PHASE:
        return replace(price, items=items_of(change["items"]))
    if kind is UpdateKind.ADD:
        return replace(price, items=(*price.items, Item.from_dict(change["item"])))
    if kind in COUPONS:
        return coupon_changes.with_coupon(change, price, 0)
    item = find(price, change["item_id"])
    return _with(price, item, _after(kind, item, change))


def make(kind: UpdateKind, change: Mapping[str, Any], standing: Standing, payment: Payment) -> tuple[Price, Change]:
    """The price after the change, and its lines. Raises InvalidChange, NotFound, DateOutOfRange.

    What is billed once stays in the price of this one version, so that the customer is told of it like of the rest.
    """
    if kind is UpdateKind.PHASE:
        return _swapped(items_of(change["items"]), standing, payment)
    schedule, past = standing.schedule, [item for item in standing.price.items if item.repeats is Only.ONCE]
    price = replace(standing.price, items=tuple(item for item in standing.price.items if item not in past))
    if kind in COUPONS:
        return coupon_changes.make(change, price, standing, payment)
    if kind is UpdateKind.ADD:
        item = Item.from_dict(change["item"])
        product = add_product(item.priced(price.currency), item.repeats, item.billed)
        found = _lines(product, standing, payment)
        grid = None if isinstance(item.repeats, Only) else grids.product_grid(schedule, item.repeats, standing.on)
        own_day = payment.pay is not Pay.NEXT_INVOICE
        item = replace(item, grid=grid, full_from=found.full_from, own_day=own_day)
        if payment.method is Method.DO_NOT_CHARGE:
            item = replace(item, free_until=found.full_from, free_minor=item.full_minor)
        new = replace(price, items=(*price.items, item))
        return new, coupon_changes.with_lines(found, item, (price, new), standing, payment)
    item = find(price, change["item_id"])
    now = standing.with_free(item)
    after = _after(kind, now, change)
    product = replace(
        _change(kind, item, after, price.currency, schedule), is_taken_over=standing.is_taken_over(item)
    )  # fmt: skip
    found = _lines(product, standing, payment, _free(now, standing))
    if after is not None:
        after = _placed(after, now, found, standing, payment)
    new = _with(price, item, after)
    return new, coupon_changes.with_lines(found, item, (price, new), standing, payment)


def _swapped(wanted: Sequence[Item], standing: Standing, payment: Payment) -> tuple[Price, Change]:
    """The items of a phase in the place of those before it: each goes, comes or changes as it would by itself.

    What stays as it is has no line, and keeps its dates.
    """
    price, cost = standing.price, Change()
    kept: list[Item] = []
    added: list[Item] = []
    pairs = {item.id: next((one for one in wanted if _is_same(one, item)), None) for item in price.items}
    for item_id, then in pairs.items():
        steps: list[tuple[UpdateKind, dict[str, Any]]] = [(UpdateKind.REMOVE, {})]
        if then is not None and then not in kept:
            kept.append(then)
            steps = [
                (UpdateKind.COUNT, {"count": then.count}),
                (UpdateKind.PRICE, {"unit_amount_minor": then.unit_amount_minor}),
            ]
        for kind, change in steps:
            if any(item.id == item_id and not _has(item, change) for item in price.items):
                price, more = make(kind, {"item_id": item_id} | change, replace(standing, price=price), payment)
                cost = cost.with_more(more)
    for item in (one for one in wanted if one not in kept):
        so_far = replace(price, items=(*price.items, *added))
        held = replace(item, id=_free_id(so_far)).as_dict()
        after, more = make(UpdateKind.ADD, {"item": held}, replace(standing, price=so_far), payment)
        added.append(after.items[-1])
        cost = cost.with_more(more)
    return replace(price, items=(*price.items, *added)), cost


def _is_same(one: Item, other: Item) -> bool:
    """The same product on the same rhythm; what is billed once is always another."""
    same_dates = (one.repeats, one.billed) == (other.repeats, other.billed)
    return (
        one.product_id is not None
        and one.product_id == other.product_id
        and same_dates
        and (one.repeats is not Only.ONCE)
    )


def _has(item: Item, change: Mapping[str, Any]) -> bool:
    """It says so already; a removal has nothing to say."""
    return bool(change) and all(getattr(item, name) == value for name, value in change.items())


def find(price: Price, item_id: str | None) -> Item:
    """By its own id or its product's. Raises NotFound."""
    for item in price.items:
        if item_id is not None and item_id in (item.id, item.product_id):
            return item
    raise NotFound("This subscription has no such line.")


def _with(price: Price, item: Item, after: Item | None) -> Price:
    """`after` in the place of the item; without one the taxes and coupons on it go too."""
    if after is None:
        items = tuple(one for one in price.items if one is not item)
        taxes = tuple(rule for rule in price.taxes if rule.on != item.id)
        return replace(price, items=items, taxes=taxes, coupons=tuple(c for c in price.coupons if c.on != item.id))
    return replace(price, items=tuple(after if one is item else one for one in price.items))


def _placed(after: Item, before: Item, found: Change, standing: Standing, payment: Payment) -> Item:
    """The item after a change: what its period is paid at, where that is not what it costs now."""
    waits = payment.method is Method.DO_NOT_CHARGE and min(after.full_minor, before.full_minor) >= 0
    free = after.full_minor - standing.billed_minor(before) if waits else max(after.free_minor, 0)
    until = (found.full_from if waits else after.free_until) if free else None
    return replace(after, full_from=found.full_from, free_until=until, free_minor=free if until else 0)


def _free(item: Item, standing: Standing) -> Money | None:
    """What of the whole period costs nothing: free from the start, or billed and sent back since."""
    is_free = item.free_until is not None and standing.on < item.free_until
    free, sent_back = item.free_minor if is_free else 0, standing.sent_back.get(item.id, 0)
    return Money(free + sent_back, standing.price.currency) if is_free or sent_back else None


def _lines(product: ProductChange, standing: Standing, payment: Payment, free: Money | None = None) -> Change:
    return lines_for_change(
        product,
        standing.schedule,
        standing.on,
        payment.method,
        payment.pay,
        pay_on=payment.on,
        already_billed=standing.already_billed,
        free=free,
    )


def _after(kind: UpdateKind, item: Item, change: Mapping[str, Any]) -> Item | None:
    if kind is UpdateKind.COUNT:
        return replace(item, count=change["count"])
    return replace(item, unit_amount_minor=change["unit_amount_minor"]) if kind is UpdateKind.PRICE else None


def _change(kind: UpdateKind, item: Item, after: Item | None, currency: str, schedule: Schedule) -> ProductChange:
    priced, repeats, billed = item.priced(currency), item.repeats, item.billed
    grid = item.grid or grids.product_grid(schedule, repeats, schedule.anchor)
    if after is None:
        return remove_product(priced, repeats, grid, billed)
    if kind is UpdateKind.COUNT:
        return update_count(priced, after.count, repeats, grid, billed)
    return update_price(priced, after.priced(currency).unit_amount, repeats, grid, billed)


def _minor(order: UpdateOrder, currency: str) -> int:
    if order.amount is None:
        raise invalid("amount", "Give the new amount.")
    try:
        return Money.parse(order.amount, currency).minor
    except InvalidAmount as error:
        raise invalid("amount", error.reason) from None


def _free_id(price: Price) -> str:
    taken = {item.id for item in price.items}
    return next(name for n in range(1, len(taken) + 2) if (name := f"line-{n}") not in taken)
