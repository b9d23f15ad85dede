"""The dialect's words for our states and rhythms, and which subscriptions are in a state."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, false, or_

from portal.subscriptions.models import Subscription
from portal.subscriptions.rhythm_names import to_interval
from portal.subscriptions.rhythms import Repeats

STATUSES = ("draft", "pending", "active", "paused", "cancelled", "voided", "errored")
HIDDEN = frozenset({"draft", "voided", "cancelled"})
_SAME = {"paused": "paused", "failed": "errored", "pending": "pending"}


def status_of(subscription: Subscription, today: date) -> str:
    """`pending` also after the yes, as long as the first day lies ahead; an archived one has ended for its merchant."""
    if subscription.status == "closed":
        return "voided" if subscription.close_reason == "voided" else "cancelled"
    if subscription.archived_at is not None:
        return "cancelled"
    if subscription.status == "active":
        waits = subscription.anchor_on is not None and subscription.anchor_on > today
        return "pending" if waits else "active"
    return _SAME[subscription.status]


def with_status(names: Iterable[str], today: date) -> ColumnElement[bool]:
    """The subscriptions that `status_of` calls so."""
    shown, status = Subscription.archived_at.is_(None), Subscription.status
    ahead = and_(Subscription.anchor_on.is_not(None), Subscription.anchor_on > today)
    begun = or_(Subscription.anchor_on.is_(None), Subscription.anchor_on <= today)
    voided = and_(status == "closed", Subscription.close_reason == "voided")
    conditions: dict[str, ColumnElement[bool]] = {
        "draft": false(),
        "pending": and_(shown, or_(status == "pending", and_(status == "active", ahead))),
        "active": and_(shown, status == "active", begun),
        "paused": and_(shown, status == "paused"),
        "errored": and_(shown, status == "failed"),
        "voided": voided,
        "cancelled": or_(
            and_(status == "closed", Subscription.close_reason != "voided"), and_(~shown, status != "closed")
        ),
    }
    return or_(false(), *(conditions[name] for name in names))


def interval_of(repeats: Repeats) -> dict[str, object]:
    """The interval as the newer answers write it; half months and selected months have no words there."""
    found = to_interval(repeats)
    return {"period": found[0] if found else None, "count": found[1] if found else None}
