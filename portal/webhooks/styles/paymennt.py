"""Webhooks for receivers of Paymennt: which checkout came to which status; it is then read by GET."""

from __future__ import annotations

from portal.webhooks.styles.base import Happened, Shape, Style, Told

_STATUS = {
    "succeeded": "PAID",
    "failed": "FAILED",
    "refunded": "REFUNDED",
    "partially_refunded": "PARTIALLY_REFUNDED",
}


def name_of(happened: Happened) -> str | None:
    """Its webhooks are about checkouts alone, which are payments by link."""
    facts = happened.facts
    if happened.action == "notification":
        return "CANCELLED" if facts.get("canceled") else None
    if happened.action != "payment":
        return None
    if facts.get("status") == "voided":
        return "REFUNDED" if facts.get("refund_id") else "CANCELLED"
    return _STATUS.get(facts.get("status", ""))


def write(told: Told) -> Shape:
    """`id` is null for a payment that was charged and has no checkout."""
    data = told.data
    invoice = data["invoice"]
    return {
        "id": invoice["request_id"],
        "checkoutId": invoice["request_id"],
        "subscriptionId": data["subscription_id"],
        "status": told.name,
        "currency": invoice["currency"],
        "amount": invoice["totals"]["total"],
        "totalRefunded": data.get("refunded_amount", 0),
        "timestamp": told.body["created"],
    }


def trial(body: Shape) -> Shape:
    return {"id": None, "checkoutId": None, "status": "TEST", "timestamp": body["created"]}


PAYMENNT = Style("paymennt", name_of, write, trial)
