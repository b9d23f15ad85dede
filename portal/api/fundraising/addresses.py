"""Every address of this dialect: importing a file registers its own."""

from __future__ import annotations

from portal.api.fundraising import catalog, catalog_archive, contact_changes, contacts, moves, parts, subscriptions
from portal.api.fundraising.door import bp

__all__ = ["bp", "catalog", "catalog_archive", "contact_changes", "contacts", "moves", "parts", "subscriptions"]
