"""Versions of terms: which fields make a new one, what differs between two, and which version charges may follow."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from portal.core.database import session
from portal.core.errors import Problem
from portal.core.keep import Keep
from portal.core.money import InvalidAmount, Money
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import bills, calendar
from portal.subscriptions.coupons import coupons_of
from portal.subscriptions.item_orders import held_items, held_taxes
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import SubscriptionOrder
from portal.subscriptions.prices import BASE, Price, TaxRule, items_of
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.schedules import Frequency, InvalidSchedule, InvalidUnits, from_column, to_column
from portal.subscriptions.taxes import InvalidTax

# Contract section 12 "Update": these raise the version; webhook_url, attachments and contact data do not.
FIELDS = (
    "description",
    "amount_minor",
    "tax_minor",
    "unit_amount_minor",
    "quantity",
    "items",
    "taxes",
    "coupons",
    "currency",
    "frequency",
    "frequency_units",
    "fixed_day",
    "months",
    "send_on_hour",
    "start_on",
    "number_of_payments",
    "end_on",
    "bill_to_customer",
    "bill_to",
    "sold_to",
)
GIVEN = (
    "description",
    "quantity",
    "frequency",
    "frequency_units",
    "send_on_hour",
    "start_on",
    "number_of_payments",
    "end_on",
    "bill_to_customer",
    "bill_to",
    "sold_to",
)
RHYTHM = ("frequency", "frequency_units", "fixed_day", "months")
MATERIAL = (
    "amount_minor",
    "currency",
    "items",
    "coupons",
    *RHYTHM,
    "send_on_hour",
    "start_on",
    "number_of_payments",
    "end_on",
)
EMPTY: dict[str, Any] = {"items": [], "taxes": [], "coupons": [], "quantity": 1, "tax_minor": 0}


def wanted(order: SubscriptionOrder, currency: str, present: Terms | None) -> tuple[dict[str, Any], list[Problem]]:
    """The field values the order asks for on top of the present terms, and what is wrong with them."""
    values = {name: getattr(present, name) for name in FIELDS} if present else dict(EMPTY)
    for name in GIVEN:
        value = getattr(order, name)
        if not isinstance(value, Keep):
            values[name] = value
    values["currency"] = currency
    held, problems = _held(order, values)
    values |= held
    if not isinstance(order.amount, Keep):
        amount, problem = _amount(order.amount, currency, lowest=0 if values["items"] else 1)
        values["unit_amount_minor"] = amount
        problems += [problem] if problem else []
    problems += _date_problems(values)
    return values, problems or reckon(values)


def _held(order: SubscriptionOrder, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """What a column holds in another form than an order, and what is wrong with it."""
    held: dict[str, Any] = {}
    problems: list[Problem] = []
    if not isinstance(order.items, Keep):
        held["items"], wrong = held_items(order.items, values["currency"], values["items"])
        problems += wrong
        there = {None, BASE, *(item["id"] for item in held["items"])}
        held["coupons"] = [one for one in values["coupons"] if one.get("on") in there]
    if not isinstance(order.taxes, Keep):
        held["taxes"], wrong = held_taxes(order.taxes, values["currency"])
        problems += wrong
    if not isinstance(order.fixed_day, Keep):
        held["fixed_day"] = to_column(order.fixed_day)
    if not isinstance(order.months, Keep):
        held["months"] = list(order.months) or None
    return held, problems


def with_price(terms: Terms, price: Price) -> tuple[dict[str, Any], list[Problem]]:
    """The field values of these terms at another price, and what is wrong with them."""
    values = {name: getattr(terms, name) for name in FIELDS}
    values |= {"items": [item.as_dict() for item in price.items], "taxes": [rule.as_dict() for rule in price.taxes]}
    values |= {"coupons": [coupon.as_dict() for coupon in price.coupons]}
    return values, reckon(values)


def reckon(values: dict[str, Any]) -> list[Problem]:
    """Put in what an ordinary date costs; or what is wrong with the schedule, the items or the taxes."""
    if values.get("unit_amount_minor") is None or not values.get("frequency") or "frequency_units" not in values:
        return []  # what is missing is said elsewhere
    try:
        rhythm = Rhythm(
            Frequency(values["frequency"]),
            values["frequency_units"],
            from_column(values.get("fixed_day")),
            tuple(values.get("months") or ()),
        )
    except (InvalidSchedule, InvalidUnits) as error:
        return [Problem("frequency", "invalid", _sentence(error))]
    if not _price(values).is_payable:
        return [Problem("amount", "invalid", "All of it together is more than can be charged.")]
    try:
        found = bills.regular(_price(values), rhythm)
        bills.check_taxes(_price(values))
    except InvalidTax as error:
        return [Problem("taxes", "invalid", _sentence(error))]
    except ValueError as error:
        return [Problem("amount", "invalid", _sentence(error))]
    values["amount_minor"], values["tax_minor"] = found.total_minor, found.tax_minor
    return []


def _price(values: dict[str, Any]) -> Price:
    return Price(
        values.get("description") or "",
        values["currency"],
        values["unit_amount_minor"],
        values["quantity"],
        items_of(values["items"]),
        tuple(TaxRule.from_dict(one) for one in values["taxes"]),
        coupons_of(values["coupons"]),
    )


def _sentence(error: Exception) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _amount(value: Decimal, currency: str, *, lowest: int) -> tuple[int | None, Problem | None]:
    """Whole minor units above zero, or what is wrong with it; nothing where items are all there is to pay."""
    try:
        money = Money.parse(value, currency)
    except InvalidAmount as error:
        return None, Problem("amount", "invalid", error.reason)
    if money.minor < lowest:
        return None, Problem("amount", "invalid", "The amount must be above zero.")
    return money.minor, None


def _date_problems(values: dict[str, Any]) -> list[Problem]:
    start, end = values.get("start_on"), values.get("end_on")
    if start and end and end < start:
        return [Problem("end_date", "invalid", "The end date lies before the start date.")]
    return []


def differences(old: Terms, values: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (old, new) for what would change, in the log's plain values."""
    found = {
        name: (plain(getattr(old, name)), plain(values.get(name)))
        for name in FIELDS
        if getattr(old, name) != values.get(name)
    }
    if found.get("unit_amount_minor") == found.get("amount_minor"):
        found.pop("unit_amount_minor", None)  # the price of one, where one is all there is
    return found


def as_new(terms: Terms) -> dict[str, tuple[Any, Any]]:
    """The same for the first version: what it says beyond the defaults."""
    filled = {name: plain(getattr(terms, name)) for name in FIELDS}
    if terms.unit_amount_minor == terms.amount_minor:
        del filled["unit_amount_minor"]
    return {
        name: (None, value) for name, value in filled.items() if value not in (None, []) and value != EMPTY.get(name)
    }


def plain(value: Any) -> Any:
    """A value as the log's JSON holds it."""
    return value if value is None or isinstance(value, (str, int, bool, list, dict)) else str(value)


def add_version(site: Site, subscription: Subscription, values: dict[str, Any]) -> Terms:
    """Write the next immutable version and point the subscription at it."""
    terms = Terms(
        site_id=site.id,
        subscription_id=subscription.id,
        version=subscription.version + 1,
        created_at=clock.now(site),
        **{name: values.get(name) for name in FIELDS},
    )
    session().add(terms)
    subscription.version = terms.version
    subscription.terms_id = terms.id
    return terms


def binds_at_once(subscription: Subscription, agreed: Terms, new: Terms) -> bool:
    """Policy `notify`: an amount not above the agreed one and dates not earlier need no notice first."""
    if new.amount_minor > agreed.amount_minor or new.currency != agreed.currency or _has_dearer_item(agreed, new):
        return False
    if _has_lost_coupon(subscription, agreed, new):
        return False
    if (new.rhythm, new.send_on_hour) == (agreed.rhythm, agreed.send_on_hour):
        return True
    if subscription.next_due_on is None:
        return True
    return _following(subscription, new, agreed) >= _following(subscription, agreed, agreed)


def _has_dearer_item(agreed: Terms, new: Terms) -> bool:
    """An item that was not agreed, or costs more than it did, though an ordinary date may cost the same."""
    before = {item.id: item.unit_amount_minor * item.count for item in agreed.price.items}
    return any(item.unit_amount_minor * item.count > before.get(item.id, 0) for item in new.price.items)


def _has_lost_coupon(subscription: Subscription, agreed: Terms, new: Terms) -> bool:
    """A coupon of which something was left is gone, though an ordinary date may cost the same."""
    kept = new.price.coupons
    return any(one not in kept and not one.is_used_up(subscription.installments) for one in agreed.price.coupons)


def _following(subscription: Subscription, terms: Terms, agreed: Terms) -> date:
    """The due date after the next one, were these terms in force from the next due date or their own later start on."""
    assert subscription.next_due_on is not None
    schedule = terms.schedule(subscription.next_due_on, subscription.billing_day)
    if terms.start_on is not None and terms.start_on != agreed.start_on:
        schedule = terms.rhythm.starting(max(terms.start_on, subscription.next_due_on))
    return calendar.occurrence_if_any(schedule, 1) or date.max


def terms_of(terms_id: uuid.UUID) -> Terms:
    return session().get_one(Terms, terms_id)
