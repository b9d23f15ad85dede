"""The dialect's words for our states and rhythms, and its short keys for people."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from portal.core.errors import invalid
from portal.subscriptions.calendar import Frequency
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.rhythm_names import to_send_every

ENDED = ("expired", "completed")
STATUSES = ("ACTIVE", "INACTIVE", "ARCHIVED", "EXPIRED")
_DAYS = {Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.BI_WEEKLY: 14}
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SEMI_ANNUALLY: 6, Frequency.YEARLY: 12}


def status_of(subscription: Subscription) -> str:
    """ARCHIVED is what was ended by hand, as archiving does there; EXPIRED what came to its own end."""
    if subscription.archived_at is not None:
        return "ARCHIVED"
    if subscription.status == "closed":
        return "EXPIRED" if subscription.close_reason in ENDED else "ARCHIVED"
    return "ACTIVE" if subscription.status == "active" else "INACTIVE"


def with_status(names: str) -> ColumnElement[bool]:
    """The subscriptions in one of these states, a list with commas as the reference has it."""
    wanted = [name.strip().upper() for name in names.split(",") if name.strip()]
    if not wanted or not set(wanted) <= set(STATUSES):
        raise invalid("status", f"Give some of {', '.join(STATUSES)}, with commas between them.")
    shown, closed = Subscription.archived_at.is_(None), Subscription.status == "closed"
    by_itself = Subscription.close_reason.in_(ENDED)
    conditions: dict[str, Any] = {
        "ACTIVE": and_(shown, Subscription.status == "active"),
        "INACTIVE": and_(shown, Subscription.status.not_in(["active", "closed"])),
        "EXPIRED": and_(shown, closed, by_itself),
        "ARCHIVED": or_(~shown, and_(closed, ~by_itself)),
    }
    return or_(*(conditions[name] for name in wanted))


def period_of(terms: Terms) -> tuple[int | None, str | None]:
    """period and periodUnit: days, weeks or months; of half months it has no words."""
    frequency = Frequency(terms.frequency)
    if frequency in _MONTHS:
        return _MONTHS[frequency] * terms.frequency_units, "months"
    if frequency is Frequency.DAILY:
        return terms.frequency_units, "days"
    return (_DAYS[frequency] // 7 * terms.frequency_units, "weeks") if frequency in _DAYS else (None, None)


def send_every_of(terms: Terms) -> str | None:
    """The name with the same dates, where one of the eight has them."""
    return to_send_every(terms.rhythm)


def short_key(our_id: uuid.UUID) -> str:
    """Six letters and digits by which people name a thing to one another; the id alone is unique."""
    return base64.b32encode(hashlib.sha256(our_id.bytes).digest())[:6].decode()
