"""What has been sent, for the sandbox phone and for support."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from portal.core.database import session
from portal.notifications.models import Message


def sent_messages(site_ids: Sequence[uuid.UUID], limit: int = 100) -> Sequence[Message]:
    """The newest messages that reached a channel, newest first."""
    return (
        session()
        .scalars(
            select(Message)
            .where(Message.site_id.in_(site_ids), Message.sent_at.is_not(None))
            .order_by(Message.sent_at.desc(), Message.id.desc())
            .limit(limit)
        )
        .all()
    )
