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
from portal.subscriptions import calendar
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import SubscriptionOrder

# Contract section 12 "Update": these raise the version; webhook_url, attachments and contact data do not.
FIELDS = (
    "description",
    "amount_minor",
    "currency",
    "frequency",
    "frequency_units",
    "start_on",
    "number_of_payments",
    "end_on",
    "bill_to_customer",
    "bill_to",
    "sold_to",
    "lines",
)
MATERIAL = ("amount_minor", "currency", "frequency", "frequency_units", "start_on", "number_of_payments", "end_on")


def wanted(order: SubscriptionOrder, currency: str, present: Terms | None) -> tuple[dict[str, Any], list[Problem]]:
    """The field values the order asks for on top of the present terms, and what is wrong with them."""
    values = {name: getattr(present, name) for name in FIELDS} if present else {"lines": []}
    problems: list[Problem] = []
    for name in (
        "description",
        "frequency",
        "frequency_units",
        "start_on",
        "number_of_payments",
        "end_on",
        "bill_to_customer",
        "bill_to",
        "sold_to",
    ):
        value = getattr(order, name)
        if not isinstance(value, Keep):
            values[name] = value
    values["currency"] = currency
    if not isinstance(order.amount, Keep):
        amount, problem = _amount(order.amount, currency)
        values["amount_minor"] = amount
        problems += [problem] if problem else []
    problems += _date_problems(values)
    return values, problems


def _amount(value: Decimal, currency: str) -> tuple[int | None, Problem | None]:
    """Whole minor units above zero, or what is wrong with it."""
    try:
        money = Money.parse(value, currency)
    except InvalidAmount as error:
        return None, Problem("amount", "invalid", error.reason)
    if money.minor <= 0:
        return None, Problem("amount", "invalid", "The amount must be above zero.")
    return money.minor, None


def _date_problems(values: dict[str, Any]) -> list[Problem]:
    start, end = values.get("start_on"), values.get("end_on")
    if start and end and end < start:
        return [Problem("end_date", "invalid", "The end date lies before the start date.")]
    return []


def differences(old: Terms, values: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (old, new) for what would change, in the log's plain values."""
    return {
        name: (plain(getattr(old, name)), plain(values.get(name)))
        for name in FIELDS
        if getattr(old, name) != values.get(name)
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
    if new.amount_minor > agreed.amount_minor or new.currency != agreed.currency:
        return False
    if (new.frequency, new.frequency_units) == (agreed.frequency, agreed.frequency_units):
        return True
    if subscription.next_due_on is None:
        return True
    return _following(subscription, new) >= _following(subscription, agreed)


def _following(subscription: Subscription, terms: Terms) -> date:
    """The due date after the next one, were these terms in force from the next due date on."""
    assert subscription.next_due_on is not None
    schedule = terms.schedule(subscription.next_due_on, subscription.billing_day)
    return calendar.occurrence_if_any(schedule, 1) or date.max


def terms_of(terms_id: uuid.UUID) -> Terms:
    return session().get_one(Terms, terms_id)
