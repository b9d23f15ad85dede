"""A permission taken back at the bank: for one agreement its method goes, for all of them the card (dunning.md D11)."""

from __future__ import annotations

from sqlalchemy import select

from portal.billing import declines, try_limits
from portal.billing.models import Attempt, PaymentMethod
from portal.core import changes
from portal.core.database import session
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription


def take_away(site: Site, subscription: Subscription, attempt: Attempt) -> None:
    """Mark what may not be charged any more. Other subscriptions on the card find out at their next instalment.

    Each subscription has a method of its own, so that no other subscription's row has to be locked for it.
    """
    lost = declines.lost(attempt.code)
    if lost == "nothing":
        return
    ids = select(PaymentMethod.id).where(PaymentMethod.id == attempt.payment_method_id)
    wanted = try_limits.same_card(attempt.payment_method_id) if lost == "card" else ids
    # In one order, whoever asks: two agreements on one card may be answered at the same time.
    found = select(PaymentMethod).where(PaymentMethod.id.in_(wanted), PaymentMethod.site_id == site.id)
    for method in session().scalars(found.order_by(PaymentMethod.id).with_for_update()):
        method.revoked_at = method.revoked_at or clock.now(site)
    changes.record(
        "payment method revoked",
        site_id=site.id,
        entity="payment_method",
        entity_id=attempt.payment_method_id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={"code": (None, attempt.code)},
    )
