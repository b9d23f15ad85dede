"""Texts and emails as merchants read them: how far each came, the address masked, without the words and their link."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.core.database import session
from portal.customers.emails import mask_email
from portal.customers.phones import mask_phone
from portal.notifications.models import Message
from portal.sites.models import Site

Shape = dict[str, Any]


def message_shape(site: Site, message: Message) -> Shape:
    return {
        "_id": str(message.id),
        "id": str(message.id),
        "channel": message.channel,
        "purpose": message.purpose,
        "to": mask_phone(message.to) if message.channel == "sms" else mask_email(message.to),
        "status": message.status,
        "error": message.error,
        "tries": message.tries,
        "created_at": _local(site, message.created_at),
        "sent_at": _local(site, message.sent_at),
        "delivered_at": _local(site, message.delivered_at),
    }


def about_invoices(site: Site, invoice_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Shape]]:
    """By invoice what its customer was sent about it, oldest first, in one read."""
    found: dict[uuid.UUID, list[Shape]] = defaultdict(list)
    if invoice_ids:
        wanted = select(Message).where(Message.invoice_id.in_(invoice_ids)).order_by(Message.id)
        for message in session().scalars(wanted):
            assert message.invoice_id is not None
            found[message.invoice_id].append(message_shape(site, message))
    return found


def _local(site: Site, moment: datetime | None) -> datetime | None:
    return moment.astimezone(ZoneInfo(site.timezone)).replace(microsecond=0) if moment else None
