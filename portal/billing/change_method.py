"""The payment method changes: to one just given, or to one that the customer gave here before."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from portal.billing import expiry, first_charge, payers
from portal.billing.models import PaymentMethod
from portal.billing.payer_models import Payer
from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.gateways.registry import for_mode
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription


def change(site: Site, subscription: Subscription, method: PaymentMethod) -> None:
    """Charges go by it from now on, and what is overdue is tried by it at once. The row is locked by the caller."""
    old = session().get(PaymentMethod, subscription.payment_method_id) if subscription.payment_method_id else None
    subscription.payment_method_id = method.id
    if old is not None and old.payer_id is not None and old.payer_id != method.payer_id:
        payers.close(site, session().get_one(Payer, old.payer_id), "method")
    changes.record(
        "payment method changed",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={"method": (old.display_name if old else None, method.display_name)},
    )
    expiry.plan(site, subscription, method)
    announce(site, subscription, "subscription", "updated", version=subscription.version)
    if subscription.status != "paused":  # a pause charges nothing; what is owed is taken up with the resume (D14)
        first_charge.retry_open(site, subscription, method)


def saved(site: Site, subscription: Subscription) -> Sequence[PaymentMethod]:
    """The customer's own at this site that can be charged now, the newest first and each card once.

    Never somebody else's: not another site's, and not a payer's.
    """
    gateway = for_mode(site.mode)
    if gateway is None:
        return ()
    mine = (
        select(PaymentMethod)
        .where(
            PaymentMethod.site_id == site.id,
            PaymentMethod.customer_id == subscription.customer_id,
            PaymentMethod.payer_id.is_(None),
            PaymentMethod.once.is_(False),
            PaymentMethod.revoked_at.is_(None),
            PaymentMethod.gateway == gateway.name,
        )
        .order_by(PaymentMethod.created_at.desc(), PaymentMethod.id.desc())
        .limit(50)
    )
    today = clock.today(site)
    cards: dict[tuple[str, str, int, int], PaymentMethod] = {}
    for method in session().scalars(mine):
        if (method.exp_year, method.exp_month) >= (today.year, today.month):
            cards.setdefault((method.brand, method.last4, method.exp_month, method.exp_year), method)
    return tuple(cards.values())


def use_saved(site: Site, subscription: Subscription, method_id: uuid.UUID) -> None:
    """Raises NotAllowedNow for a method that is not among the saved ones, or while nothing can be charged."""
    if subscription.status not in {"active", "failed"} or subscription.archived_at is not None:
        raise NotAllowedNow("The payment method cannot be changed now.")
    method = next((one for one in saved(site, subscription) if one.id == method_id), None)
    if method is None:
        raise NotAllowedNow("This payment method cannot be used here.")
    if method.id != subscription.payment_method_id:
        change(site, subscription, method)
