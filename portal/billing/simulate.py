"""Which invoices a change would make: carried out in a transaction that its caller undoes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from portal.billing import item_updates
from portal.billing.models import Invoice
from portal.core.database import session
from portal.core.keep import KEEP
from portal.sites.models import Site
from portal.subscriptions import agenda, lifecycle, previews, update, versions
from portal.subscriptions.item_updates import UpdateOrder
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import SubscriptionOrder
from portal.subscriptions.previews import Coming


@dataclass(frozen=True, slots=True)
class Simulation:
    """The invoices of today, the ones after it, and the terms that they follow."""

    changes: dict[str, tuple[Any, Any]]
    now: tuple[Invoice, ...]
    coming: tuple[Coming, ...]
    terms: Terms


def simulate(
    site: Site, subscription: Subscription, order: SubscriptionOrder | None, updates: Sequence[UpdateOrder], count: int
) -> Simulation:
    """Apply everything to the locked subscription as if the customer had heard of it, and reckon `count` invoices.

    It writes: the transaction must be rolled back. Raises what the changes themselves raise.
    """
    mine = select(Invoice).where(Invoice.subscription_id == subscription.id).order_by(Invoice.created_at, Invoice.id)
    present = versions.terms_of(subscription.terms_id)
    before = {invoice.id for invoice in session().scalars(mine)}
    if order is not None:
        update.update(site, subscription, replace(order, id=subscription.id, external_id=None, webhook_url=KEEP))
        _bind(site, subscription)
    for one in updates:
        row = item_updates.ask(site, subscription, replace(one, apply_on=None))
        _bind(site, subscription)
        item_updates.bill_waiting(site, subscription, row)
    session().flush()
    terms = versions.terms_of(subscription.terms_id)
    if subscription.status == "pending" and not lifecycle.is_accepted(subscription):
        coming = previews.if_confirmed(terms, agenda.today(site, terms), count)
    else:
        coming = previews.upcoming(subscription, terms, count) if subscription.status == "active" else []
    differences = versions.differences(present, {name: getattr(terms, name) for name in versions.FIELDS})
    made = tuple(invoice for invoice in session().scalars(mine) if invoice.id not in before)
    return Simulation(differences, made, tuple(coming), terms)


def _bind(site: Site, subscription: Subscription) -> None:
    if subscription.binding_terms_id not in {None, subscription.terms_id}:
        update.bind(site, subscription, versions.terms_of(subscription.terms_id))
