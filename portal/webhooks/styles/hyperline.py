"""Webhooks for receivers of Hyperline: `event_type` and `data`, with amounts in minor units."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from portal.core.instants import DateOutOfRange, due_instant
from portal.core.money import Money
from portal.webhooks.styles.base import Happened, Shape, Style, Told

_SUBSCRIPTION = {
    "created": "created",
    "activated": "activated",
    "updated": "updated",
    "paused": "paused",
    "resumed": "reactivated",
    "failed": "errored",
    "closed": "cancelled",
    "expired": "cancelled",
}
_PAYMENT = {
    "succeeded": "invoice.settled",
    "failed": "invoice.errored",
    "refunded": "credit_note.settled",
    "partially_refunded": "credit_note.settled",
    "voided": "invoice.voided",
}
_STATES = {"pending": "pending", "active": "active", "paused": "paused", "failed": "errored", "closed": "cancelled"}
# Unit and how many of it; half months and selected months have no words there.
_PERIODS = {
    "Daily": ("days", 1),
    "Weekly": ("weeks", 1),
    "Bi-Weekly": ("weeks", 2),
    "Monthly": ("months", 1),
    "Quarterly": ("quarters", 1),
    "Semi-Annually": ("months", 6),
    "Yearly": ("years", 1),
}


def name_of(happened: Happened) -> str | None:
    """Closed before the customer's yes is voided there; `terms_changed` comes with an `updated` and is told once."""
    if happened.action == "payment":
        return _PAYMENT.get(happened.facts.get("status", ""))
    if happened.action != "subscription":
        return None
    if happened.event == "closed" and happened.facts.get("reason") == "voided":
        return "subscription.voided"
    found = _SUBSCRIPTION.get(happened.event or "")
    return f"subscription.{found}" if found else None


def write(told: Told) -> Shape:
    data = _subscription(told) if told.name.startswith("subscription.") else _money(told.data)
    return {"event_type": told.name, "data": data}


def _subscription(told: Told) -> Shape:
    """The fields of its GET that say what happened, with the values that GET gives; the rest is read there."""
    data = told.data
    return {
        "id": data["id"],
        "name": data["description"],
        "status": _status(told),
        "customer_id": data["customer"]["id"],
        "currency": data["currency"],
        "activation_strategy": "checkout",
        "billing_interval": _interval(data),
        "starts_at": _midnight(told, data["start_date"]),
        "cancel_at": _midnight(told, data["closes_on"]),
    }


def _status(told: Told) -> str:
    """Pending also after the yes, as long as the first day lies ahead."""
    data = told.data
    if data["close_reason"] == "voided":
        return "voided"
    is_ahead = data["start_date"] is not None and data["start_date"] > told.body["created"][:10]
    return "pending" if data["status"] == "active" and is_ahead else _STATES[data["status"]]


def _interval(data: Shape) -> Shape:
    unit, count = (None, None) if data["months"] else _PERIODS.get(data["frequency"], (None, None))
    return {"period": unit, "count": count * data["frequency_units"] if count else None}


def _midnight(told: Told, day: str | None) -> str | None:
    """When a day begins at the site."""
    if day is None:
        return None
    with suppress(DateOutOfRange):
        begins = due_instant(date.fromisoformat(day), told.timezone, 0)
        return begins.astimezone(ZoneInfo(told.timezone)).isoformat()
    return None


def _money(data: Shape) -> Shape:
    """The invoice with the payment that moved it; of a refund `amount` is what went back."""
    invoice, currency = data["invoice"], data["currency"]
    return {
        "id": invoice["_id"],
        "number": invoice["invoice_number"],
        "subscription_id": data["subscription_id"],
        "customer_id": data["customer_id"],
        "currency": currency,
        "total_amount": _minor(invoice["totals"]["total"], currency),
        "tax_amount": _minor(invoice["totals"]["taxes"], currency),
        "due_at": invoice["due_date"],
        "transaction": {
            "id": data["id"],
            "type": data["transaction_type"],
            "amount": _minor(data["amount"], currency),
            "status": data["status"],
            "provider_id": data["gateway_transaction_id"],
            "error": data["code"],
            "processed_at": data["paid_on"],
        },
    }


def _minor(amount: Any, currency: str) -> int:
    return Money.parse(amount, currency).minor


def trial(body: Shape) -> Shape:
    return {"event_type": "test", "data": body["data"]}


HYPERLINE = Style("hyperline", name_of, write, trial)
