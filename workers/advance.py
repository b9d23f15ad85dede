"""A site's own clock walks from due instant to due instant and waits at each until what fell due there is done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, union_all, update

from portal.billing.cancellation_models import Cancellation
from portal.billing.expiry_models import ExpiryNotice
from portal.billing.models import Payment
from portal.billing.pay_models import PaySession
from portal.billing.refund_models import Refund
from portal.core.clock import real_now
from portal.core.columns import Instant
from portal.core.database import session
from portal.links.models import PaymentRequest
from portal.notifications.models import Message
from portal.sites.models import Site
from portal.subscriptions.item_updates import ItemUpdate
from portal.subscriptions.models import Subscription
from portal.webhooks.models import Delivery

# Deliveries move with the clock but do not hold it: a merchant's dead server must not stop a rehearsal.
WAITED_FOR: tuple[Any, ...] = (
    Subscription, PaymentRequest, Payment, Message, Refund, ItemUpdate, ExpiryNotice, PaySession,
    Cancellation,
)  # fmt: skip
MOVED = (*WAITED_FOR, Delivery)

# Asked at every stop of the walk: put together once.
_OWED = {
    table: select(table.id)
    .where(table.due_at.is_not(None), table.site_id == bindparam("site"))
    .order_by(table.due_at, table.id)
    .limit(200)
    for table in WAITED_FOR
}
_NEXT = union_all(
    *(
        select(func.min(table.site_due_at)).where(
            table.site_id == bindparam("site"), table.site_due_at <= bindparam("target", type_=Instant())
        )
        for table in MOVED
    )
)


@dataclass(frozen=True, slots=True)
class Owed:
    """What is due now at the site, in the order in which it is done."""

    subscriptions: tuple[uuid.UUID, ...]
    requests: tuple[uuid.UUID, ...]
    payments: tuple[uuid.UUID, ...]
    messages: tuple[uuid.UUID, ...]
    refunds: tuple[uuid.UUID, ...]
    updates: tuple[uuid.UUID, ...]
    notices: tuple[uuid.UUID, ...]
    visits: tuple[uuid.UUID, ...]
    cancellations: tuple[uuid.UUID, ...]

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, kind) for kind in self.__slots__)


def owed(site_id: uuid.UUID) -> Owed:
    """Everything of the site that has come due and is not done yet, held by a worker or not."""
    return Owed(*(tuple(_due(table, site_id)) for table in WAITED_FOR))


def _due(table: Any, site_id: uuid.UUID) -> Sequence[uuid.UUID]:
    return session().scalars(_OWED[table], {"site": site_id}).all()


def step(site_id: uuid.UUID) -> bool:
    """Move the clock to the next due instant, or to its target; False when it stands there already.

    Looked at again under the site's lock: another worker may have moved it meanwhile, and what it made due comes first.
    """
    # Not against those who write rows that name the site: they may hold what is moved below.
    site = session().get_one(Site, site_id, with_for_update={"key_share": True})
    if site.clock_target is None or site.clock_at is None:
        return False
    if not owed(site_id).is_empty:
        return True
    moments = session().scalars(_NEXT, {"site": site_id, "target": site.clock_target}).all()
    due = [moment for moment in moments if moment is not None]
    if not due:
        site.clock_at, site.clock_target = site.clock_target, None
        return False
    site.clock_at = max(min(due), site.clock_at)
    for table in MOVED:
        session().execute(
            update(table)
            .where(table.site_id == site_id, table.site_due_at <= site.clock_at)
            .values(due_at=real_now(), site_due_at=None)
        )
    return True
