"""Webhooks for receivers of OnlineFundraising: a list of what happened to which entity, which is then read by GET."""

from __future__ import annotations

from typing import Any

from portal.webhooks.styles.base import Happened, Style, Told

_SUBSCRIPTION = {
    "created": "created",
    "activated": "activated",
    "updated": "updated",
    "failed": "updated",
    "archived": "updated",
    "paused": "onHold",
    "resumed": "restarted",
    "closed": "cancelled",
    "expired": "expired",
}
_PAYMENT = {
    "succeeded": "charged",
    "failed": "failed",
    "refunded": "refunded",
    "partially_refunded": "refunded",
    "voided": "cancelled",
}


def name_of(happened: Happened) -> str | None:
    """`terms_changed` comes with an `updated`, `payment_failed` with the payment's own: each is told once.

    One whose last payment was made has expired there, like one whose day has come.
    """
    if happened.event == "closed" and happened.facts.get("reason") == "completed":
        return "subscription.expired"
    if happened.action == "subscription":
        found = _SUBSCRIPTION.get(happened.event or "")
    else:
        found = _PAYMENT.get(happened.facts.get("status", "")) if happened.action == "payment" else None
    return f"{happened.action}.{found}" if found else None


def write(told: Told) -> list[dict[str, Any]]:
    """Several may stand in one list there; of ours each comes alone."""
    entity, event = told.name.split(".")
    return [
        {
            "merchantId": told.site_id,
            "webhookEventGuid": told.event_id,
            "webhookGuid": told.endpoint_id,
            "webhookAttemptGuid": told.delivery_id,
            "entityGuid": told.data["id"],
            "entityType": entity,
            "eventType": event,
        }
    ]


def trial(_: dict[str, Any]) -> list[dict[str, Any]]:
    """A list of nothing: its receivers read each entity that stands in it."""
    return []


FUNDRAISING = Style("fundraising", name_of, write, trial)
