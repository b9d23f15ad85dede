"""What needs attention, counted: late work, open questions, messages and webhooks that do not arrive."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from portal.billing.models import Payment
from portal.core.clock import real_now
from portal.core.database import session
from portal.notifications.models import Message
from portal.subscriptions.models import Subscription
from portal.webhooks.models import Delivery

LATE = timedelta(minutes=2)  # twice the lease of a worker that died
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Health:
    """Counts over the sites given; `open_request_of` names the subscription to look at where there is just one."""

    charges_late: int
    messages_late: int
    messages_failed: int
    payments_unknown: int
    unknown_subscriptions: Sequence[uuid.UUID]
    deliveries_failing: int
    deliveries_given_up: int

    @property
    def is_good(self) -> bool:
        return not any(
            (
                self.charges_late,
                self.messages_late,
                self.messages_failed,
                self.payments_unknown,
                self.deliveries_failing,
                self.deliveries_given_up,
            )
        )


def look(site_ids: Sequence[uuid.UUID]) -> Health:
    """What is due and held by nobody for two minutes is late; a try that failed waits for its own next time."""
    late = real_now() - LATE
    unknown = (
        session()
        .scalars(
            select(Payment.subscription_id).where(
                Payment.site_id.in_(site_ids), Payment.status == "unknown", _is_scheduled(Payment)
            )
        )
        .all()
    )
    return Health(
        charges_late=_count(Subscription, site_ids, Subscription.due_at <= late)
        + _count(Payment, site_ids, Payment.due_at <= late),
        messages_late=_count(Message, site_ids, Message.due_at <= late, Message.status == "queued"),
        messages_failed=_count(Message, site_ids, Message.status == "failed", Message.id >= _first_id(RECENT)),
        payments_unknown=len(unknown),
        unknown_subscriptions=list(dict.fromkeys(unknown)),
        deliveries_failing=_count(Delivery, site_ids, Delivery.tries > 0, _is_scheduled(Delivery)),
        deliveries_given_up=_count(Delivery, site_ids, Delivery.status == "failed", Delivery.id >= _first_id(RECENT)),
    )


def _count(table: Any, site_ids: Sequence[uuid.UUID], *which: ColumnElement[bool]) -> int:
    return session().scalar(select(func.count()).select_from(table).where(table.site_id.in_(site_ids), *which)) or 0


def _is_scheduled(table: Any) -> ColumnElement[bool]:
    """Something is still to come; the partial indexes hold just these rows."""
    return or_(table.due_at.is_not(None), table.site_due_at.is_not(None))


def _first_id(ago: timedelta) -> uuid.UUID:
    """The least id of a row made since: ids begin with the real millisecond, whatever a site's own clock says."""
    return uuid.UUID(int=int((real_now() - ago).timestamp() * 1000) << 80)
