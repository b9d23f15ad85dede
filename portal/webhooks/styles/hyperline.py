"""Webhooks for receivers of Hyperline: `event_type` and `data`, with amounts in minor units."""

from __future__ import annotations

from typing import Any

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
# Unit and how many of it; a half month has no word there.
_PERIODS = {
    "Daily": ("days", 1),
    "Weekly": ("weeks", 1),
    "Bi-Weekly": ("weeks", 2),
    "Monthly": ("months", 1),
    "Quarterly": ("months", 3),
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
    about = _subscription if told.name.startswith("subscription.") else _money
    return {"event_type": told.name, "data": about(told.data)}


def _subscription(data: Shape) -> Shape:
    unit, count = _PERIODS.get(data["frequency"], (None, 1))
    voided = data["close_reason"] == "voided"
    return {
        "id": data["id"],
        "status": "voided" if voided else _STATES[data["status"]],
        "customer_id": data["customer"]["id"],
        "external_id": data["external_id"],
        "name": data["description"],
        "currency": data["currency"],
        "amount": _minor(data["amount"], data["currency"]),
        "count": data["quantity"],
        "billing_interval_period": unit,
        "billing_interval_count": count * data["frequency_units"] if unit else None,
        "activation_strategy": "checkout",
        "starts_at": data["start_date"],
        "contract_end": data["end_date"],
        "next_payment_at": data["next_due_date"],
        "next_payment_amount": _minor(data["total"], data["currency"]) if data["next_due_date"] else None,
    }


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
