"""Every address of this dialect: importing a file registers its own."""

from __future__ import annotations

from portal.api.native import (
    attachments,
    customers,
    events,
    history,
    item_updates,
    lifecycle,
    lists,
    payments,
    sandbox,
    webhooks,
)
from portal.api.native.routes import bp

__all__ = [
    "attachments",
    "bp",
    "customers",
    "events",
    "history",
    "item_updates",
    "lifecycle",
    "lists",
    "payments",
    "sandbox",
    "webhooks",
]
