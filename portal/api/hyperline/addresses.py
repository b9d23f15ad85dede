"""Every address of this dialect: importing a file registers its own."""

from __future__ import annotations

from portal.api.hyperline import customers, lifecycle, phases, products, subscriptions, updates
from portal.api.hyperline.door import bp

__all__ = ["bp", "customers", "lifecycle", "phases", "products", "subscriptions", "updates"]
