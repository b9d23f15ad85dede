"""Every address of this dialect: importing a file registers its own."""

from __future__ import annotations

from portal.api.paymennt import checkouts, customers, subscriptions, webhooks
from portal.api.paymennt.door import bp

__all__ = ["bp", "checkouts", "customers", "subscriptions", "webhooks"]
