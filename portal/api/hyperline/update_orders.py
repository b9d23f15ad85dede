"""From the dialect's updates to orders of the domain: what is changed, on which day, how reckoned, when paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from portal.api.hyperline import orders, values
from portal.api.hyperline.update_bodies import (
    AddCoupon,
    AddProduct,
    CouponLine,
    RemoveCoupon,
    RemoveProduct,
    Settings,
    UpdateCount,
    UpdatePrice,
    check_settings,
)
from portal.core.errors import InvalidFields, Problem
from portal.core.money import Money
from portal.sites.models import Site
from portal.subscriptions.coupon_orders import LONGEST_NAME, CouponOrder
from portal.subscriptions.grids import Pay
from portal.subscriptions.item_updates import UpdateKind, UpdateOrder
from portal.subscriptions.models import Subscription
from portal.subscriptions.proration import Method


def checked(bodies: Sequence[Any], places: Sequence[str]) -> list[Settings]:
    """Raises InvalidFields with everything that is missing or contradicts itself."""
    problems = [
        Problem(field, kind, words)
        for one, place in zip(bodies, places, strict=True)
        for field, kind, words in check_settings(one, place)
    ]
    if problems:
        raise InvalidFields(problems)
    return list(bodies)


def order(
    site: Site, subscription: Subscription, body: Settings, place: str, currency: str, today: date
) -> UpdateOrder:
    """A product that only this subscription has is written here. Raises InvalidFields."""
    apply_on = values.day_of(body.apply_at, site.timezone)
    pay_on = values.day_of(body.charge_at, site.timezone)
    if apply_on is not None and apply_on < today:
        raise InvalidFields([Problem(f"{place}apply_at", "invalid", "Give today or a later day.")])
    if pay_on is not None and pay_on <= max(apply_on or today, today):
        words = "The charge date must lie in the future, after the day of the change."
        raise InvalidFields([Problem(f"{place}charge_at", "invalid", words)])
    return UpdateOrder(
        method=Method(body.calculation_method or ""),
        pay=Pay(body.payment_schedule or ""),
        pay_on=pay_on,
        apply_on=apply_on,
        **_what(site, subscription, body, f"{place}payload", currency),
    )


def _what(site: Site, subscription: Subscription, body: Settings, place: str, currency: str) -> dict[str, Any]:
    if isinstance(body, AddProduct):
        goods = orders.held(site, [body.payload], currency, place, numbered=False)
        goods.keep_own(site, subscription.id)
        return {"kind": UpdateKind.ADD, "item": goods.items[0]}
    if isinstance(body, RemoveProduct):
        return {"kind": UpdateKind.REMOVE, "item_id": body.payload.product_id}
    if isinstance(body, AddCoupon):
        return {"kind": UpdateKind.ADD_COUPON, "coupon": _coupon(body.payload, currency)}
    if isinstance(body, RemoveCoupon):
        return {"kind": UpdateKind.REMOVE_COUPON, "coupon_id": body.payload.coupon_id}
    if isinstance(body, UpdateCount):
        return {"kind": UpdateKind.COUNT, "item_id": body.payload.product_id, "count": body.payload.count}
    assert isinstance(body, UpdatePrice)
    assert body.payload.prices is not None
    amount = Money(body.payload.prices[0].amount or 0, currency).decimal
    return {"kind": UpdateKind.PRICE, "item_id": body.payload.product_id, "amount": amount}


def _coupon(body: CouponLine, currency: str) -> CouponOrder:
    return CouponOrder(
        name=(body.name or body.coupon_id or "")[:LONGEST_NAME],
        percent=body.discount_percent,
        amount=Money(body.discount_amount, currency).decimal if body.discount_amount is not None else None,
        payments=body.duration_count,
        on=body.product_id,
        id=body.coupon_id,
    )
