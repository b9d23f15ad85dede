"""What a door may ask of a coupon, and how the terms hold it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portal.core.errors import NotFound, invalid
from portal.core.money import InvalidAmount, Money
from portal.subscriptions.coupons import PERCENT_DIGITS, Coupon
from portal.subscriptions.prices import BASE, Price

MOST_COUPONS = 10
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class CouponOrder:
    """Either `percent` or `amount` (in decimal) off the whole, or `on` one line by its id, its product's, or "base".

    For the next `payments` payments, whole ones whatever the day; None: for ever. Without an id it gets one.
    """

    name: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    payments: int | None = None
    on: str | None = None
    id: str | None = None


def read(order: CouponOrder | None, price: Price) -> Coupon:
    """The coupon as the terms will hold it. Raises InvalidFields, NotFound for a line that is not there."""
    if order is None:
        raise invalid("coupon", "Say which coupon to add.")
    if not order.name.strip() or len(order.name) > LONGEST_NAME:
        raise invalid("coupon.name", f"Give the coupon a name of at most {LONGEST_NAME} characters.")
    if (order.percent is None) == (order.amount is None):
        raise invalid("coupon", "Give either a percentage or an amount.")
    if order.payments is not None and order.payments < 1:
        raise invalid("coupon.payments", "Give a whole number of payments, at least 1, or none for every payment.")
    if len(price.coupons) >= MOST_COUPONS:
        raise invalid("coupon", f"A subscription has at most {MOST_COUPONS} coupons.")
    coupon_id = order.id or _free_id(price)
    if any(coupon.id == coupon_id for coupon in price.coupons):
        raise invalid("coupon.id", f"There is a coupon with the id {coupon_id} already.")
    name, on = order.name.strip(), _line_id(order.on, price)
    return Coupon(coupon_id, name, _percent(order), _minor(order, price.currency), on, order.payments)


def find(price: Price, coupon_id: str | None) -> Coupon:
    """By its id. Raises NotFound."""
    for coupon in price.coupons:
        if coupon.id == coupon_id:
            return coupon
    raise NotFound("This subscription has no such coupon.")


def _percent(order: CouponOrder) -> Decimal | None:
    percent = order.percent
    if percent is None:
        return None
    if not percent.is_finite() or not 0 < percent <= 100:
        raise invalid("coupon.percent", "Give a percentage above 0, at most 100.")
    # Looked at before the number is made whole: 1E-999999 must not become a fraction of a million digits.
    if percent.normalize().as_tuple().exponent < -PERCENT_DIGITS:  # type: ignore[operator]
        raise invalid("coupon.percent", f"A percentage has at most {PERCENT_DIGITS} digits after the point.")
    return percent


def _minor(order: CouponOrder, currency: str) -> int | None:
    if order.amount is None:
        return None
    try:
        minor = Money.parse(order.amount, currency).minor
    except InvalidAmount as error:
        raise invalid("coupon.amount", error.reason) from None
    if minor <= 0:
        raise invalid("coupon.amount", "Give an amount above zero.")
    return minor


def _line_id(on: str | None, price: Price) -> str | None:
    if on is None or on == BASE:
        return on
    for item in price.items:
        if on in (item.id, item.product_id):
            return item.id
    raise NotFound("This subscription has no such line.")


def _free_id(price: Price) -> str:
    taken = {coupon.id for coupon in price.coupons}
    return next(name for n in range(1, len(taken) + 2) if (name := f"coupon-{n}") not in taken)
