"""How the dialect writes subscriptions and the products that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.api.hyperline import names
from portal.api.hyperline.reading import Whole
from portal.catalog.product_models import Product
from portal.core.instants import DateOutOfRange, due_instant
from portal.customers.models import Customer
from portal.links import requests
from portal.sites.models import Site
from portal.subscriptions import agenda, bills, calendar, grids, previews
from portal.subscriptions.coupons import Coupon
from portal.subscriptions.lines import LineKind
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.prices import BASE, Item, Price, items_of
from portal.subscriptions.rhythms import Only
from portal.subscriptions.schedules import Schedule

Shape = dict[str, Any]


def subscription_shape(one: Whole) -> Shape:
    subscription, terms = one.subscription, one.terms
    period = _present_period(one)
    payment_at, payment_minor = _next_payment(one)
    start = terms.start_on or subscription.anchor_on
    return {
        "id": str(subscription.id),
        "name": terms.description,
        "status": names.status_of(subscription, one.today),
        "customer_id": str(subscription.customer_id),
        "currency": terms.currency,
        "activation_strategy": "checkout",
        "checkout_session_id": str(one.request.id) if one.request else None,
        "checkout_url": one.address if one.request and one.request.status in requests.LIVE else None,
        "billing_interval": names.interval_of(terms.rhythm),
        "starts_at": midnight(one.site, start),
        "initial_billing_at": midnight(one.site, subscription.anchor_on),
        "current_period_started_at": midnight(one.site, period[0]),
        "current_period_ends_at": midnight(one.site, period[1]),
        "next_payment_at": payment_at,
        "next_payment_amount": payment_minor,
        "paused_at": one.paused_at,
        "reactivate_at": midnight(one.site, subscription.resume_on),
        "current_phase_id": str(one.phase_id),
        "custom_properties": subscription.custom_properties or {},
        "products": products_shape(one, terms),
        "coupons": [_coupon_shape(coupon, terms.price) for coupon in terms.price.coupons],
        "created_at": subscription.created_at,
        "updated_at": subscription.updated_at,
    } | _cancellation(one)


def products_shape(one: Whole, terms: Terms) -> list[Shape]:
    """Every product of these terms; what another dialect has as the base is the first of them."""
    schedule = _schedule(one)
    items = [*_base_item(terms), *terms.price.items]
    return [_held_shape(item, terms.currency, one, schedule) for item in items]


def planned_products_shape(one: Whole, items: Sequence[Any]) -> list[Shape]:
    """Products of a phase that has not come: they have no periods yet."""
    return [_held_shape(item, one.terms.currency, one, None) for item in items_of(items)]


def product_shape(product: Product) -> Shape:
    return {
        "id": str(product.id),
        "name": product.name,
        "description": product.description,
        "type": product.kind,
        "currency": product.currency,
        "prices": [{"type": "fee", "amount": product.amount_minor}],
        "description_display_interval_dates": product.shows_dates,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def customer_shape(customer: Customer, site: Site) -> Shape:
    return {
        "id": str(customer.id),
        "name": customer.name,
        "type": "corporate" if customer.account_name else "person",
        "status": "active",
        "external_id": customer.external_id,
        "billing_email": customer.email,
        "phone": customer.mobile_phone,
        "language": customer.locale,
        "currency": site.currency,
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
    }


def midnight(site: Site, day: date | None) -> datetime | None:
    """When a day begins at the site, with the site's offset: read back, it names the same day."""
    with suppress(DateOutOfRange):
        return due_instant(day, site.timezone, 0).astimezone(ZoneInfo(site.timezone)) if day is not None else None
    return None


def _cancellation(one: Whole) -> Shape:
    """What was asked for last, as long as it is to come or has come; an end that was agreed counts as one to come."""
    subscription, asked = one.subscription, one.cancellation
    on = subscription.cancel_on or subscription.ends_before
    is_canceled = subscription.status == "closed" and asked is not None and asked.status != "withdrawn"
    holds = asked is not None and (is_canceled or asked.cancel_on == subscription.cancel_on)
    if is_canceled and asked is not None:
        on = asked.cancel_on
    return {
        "cancel_at": midnight(one.site, on),
        "cancellation_strategy": asked.strategy if holds and asked else None,
        "cancellation_amount": asked.amount_minor if holds and asked else None,
        "cancellation_reason": asked.reason if holds and asked else None,
    }


def _schedule(one: Whole) -> Schedule | None:
    return agenda.schedule_of(one.subscription, one.binding) if one.subscription.anchor_on is not None else None


def _present_period(one: Whole) -> tuple[date | None, date | None]:
    schedule = _schedule(one)
    if schedule is None or one.subscription.status == "closed":
        return None, None
    return _period_on(schedule, one.today)


def _period_on(schedule: Schedule, day: date) -> tuple[date | None, date | None]:
    """Nothing before the first day, and none that would end after the last day there is."""
    with suppress(DateOutOfRange):
        return calendar.period_on(schedule, day) or (None, None)
    return None, None


def _next_payment(one: Whole) -> tuple[datetime | None, int | None]:
    """The next day on which something is charged; a product may have days between the subscription's."""
    subscription, terms = one.subscription, one.binding
    due_on = subscription.next_due_on
    if subscription.status != "active" or due_on is None:
        return None, None
    if subscription.extra_on is not None:
        on, schedule = subscription.extra_on, agenda.schedule_of(subscription, terms)
        minor = bills.on_own_day(terms.price, schedule, on, subscription.installments).total_minor
    else:
        on, minor = due_on, previews.next_bill(subscription, terms).total_minor
    at = due_instant(on, one.site.timezone, one.site.charge_hour, terms.send_on_hour)
    return at.astimezone(ZoneInfo(one.site.timezone)), minor


def _base_item(terms: Terms) -> list[Item]:
    price: Price = terms.price
    if not price.unit_amount_minor:
        return []
    return [Item(BASE, LineKind.BASE, price.description, price.unit_amount_minor, price.quantity)]


def _held_shape(item: Item, currency: str, one: Whole, schedule: Schedule | None) -> Shape:
    known = one.products.get(item.product_id or "")
    period = _own_period(item, one.subscription, schedule, one.today)
    return {
        "id": item.product_id or item.id,
        "line_id": item.id,
        "name": item.description,
        "description": known.description if known else None,
        "type": "fee",
        "count": item.count,
        "prices": [{"type": "fee", "amount": item.unit_amount_minor}],
        "payment_interval": names.interval_of(item.repeats),
        "payment_schedule": str(item.billed),
        "description_display_interval_dates": known.shows_dates if known else True,
        "current_period_started_at": period[0],
        "current_period_ends_at": period[1],
    }


def _own_period(
    item: Item, subscription: Subscription, schedule: Schedule | None, today: date
) -> tuple[date | None, date | None]:
    if schedule is None or item.repeats is Only.ONCE or subscription.status == "closed":
        return None, None
    return _period_on(item.grid or grids.product_grid(schedule, item.repeats, schedule.anchor), today)


def _coupon_shape(coupon: Coupon, price: Price) -> Shape:
    on = next((item.product_id or item.id for item in price.items if item.id == coupon.on), coupon.on)
    return {
        "id": coupon.id,
        "name": coupon.name,
        "type": "amount" if coupon.percent is None else "percent",
        "discount_percent": coupon.percent,
        "discount_amount": coupon.amount_minor,
        "duration_count": coupon.payments,
        "product_id": on,
    }
