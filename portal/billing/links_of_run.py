"""The links of a billing run: every instalment that it opened to be collected by link is asked for, all together.

Seven statements a batch, whatever its size: one reads, one each writes a table.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.billing import by_link
from portal.core import live
from portal.core.bulk import among, update_rows
from portal.core.database import session
from portal.customers.models import Customer
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import asking_instalments
from portal.subscriptions.asking_instalments import Instalment
from portal.subscriptions.models import Subscription, Terms
from portal.webhooks.publish import Happening, publish_many

WHO = (
    Subscription.id, Subscription.site_id, Subscription.sequence, Subscription.version, Subscription.webhook_url,
    Terms, Customer, Site,
)  # fmt: skip


def ask(invoices: Sequence[Mapping[str, Any]]) -> None:
    """Ask for these invoices, as the run has just written them: one of a subscription, its row locked, not paid yet."""
    if not invoices:
        return
    rows = _who([invoice["subscription_id"] for invoice in invoices])
    asked = [_instalment(rows[invoice["subscription_id"]], invoice) for invoice in invoices]
    happened = []
    for one, issued in zip(asked, asking_instalments.ask(asked), strict=True):
        row, now = rows[one.subscription_id], clock.now(one.site)
        owner, facts = (row.site_id, row.id), by_link.told(one.invoice_id, issued)
        happened.append(
            Happening(*owner, row.sequence + 1, "notification", facts, row.webhook_url, now, one.site.clock_at)
        )
        live.push(row.id, version=row.version, sequence=row.sequence + 1)
    risen = [{"id": one.subscription_id, "sequence": one.sequence, "updated_at": one.at} for one in happened]
    update_rows(Subscription, risen)
    publish_many(happened)


def _who(subscription_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """Whom to ask, and in whose name: by subscription."""
    wanted = (
        select(*WHO)
        .join(Terms, Terms.id == Subscription.binding_terms_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .join(Site, Site.id == Subscription.site_id)
        .where(among(Subscription.id, subscription_ids))
    )
    return {row.id: row for row in session().execute(wanted)}


def _instalment(row: Any, invoice: Mapping[str, Any]) -> Instalment:
    due_on: date = invoice["invoice_on"]
    return Instalment(row.Site, row.id, row.Terms, row.Customer, invoice["id"], invoice["amount_minor"], due_on)
