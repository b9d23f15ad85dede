"""Messages come into being: one for each purpose, occasion and channel, never a second."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import select

from portal.core.bulk import insert_rows
from portal.core.database import session
from portal.core.ids import new_ids
from portal.core.jobs import Job, enqueue
from portal.customers.models import Customer
from portal.notifications.models import Message
from portal.sites import clock
from portal.sites.models import Site

Purpose = Literal[
    "link",
    "instalment",
    "confirmed",
    "terms_changed",
    "payment_failed",
    "approve",
    "card_expires",
    "canceled",
    "code",
    "ended",
    "paused",
    "goes_on",
    "refunded",
]


@dataclass(frozen=True, slots=True)
class Notice:
    """What to say: `facts` hold the words' values, already formatted in the customer's language."""

    purpose: Purpose
    occasion: str
    subscription_id: uuid.UUID
    request_id: uuid.UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    invoice_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice with its way to the customer: the channel, the address on it, and the link that it carries."""

    site: Site
    customer_id: uuid.UUID
    notice: Notice
    channel: str
    to: str
    link_id: uuid.UUID


def queue(site: Site, customer: Customer, notice: Notice, channel: str, link_id: uuid.UUID | None) -> Message | None:
    """Owe this notice on this channel; None when it is owed or was sent already, or there is no address."""
    to = customer.address(channel)
    if to is None or _exists(site, notice, channel):
        return None
    now = clock.now(site)
    times = clock.due(site, now)
    message = Message(
        site_id=site.id,
        subscription_id=notice.subscription_id,
        customer_id=customer.id,
        request_id=notice.request_id,
        link_id=link_id,
        invoice_id=notice.invoice_id,
        purpose=notice.purpose,
        occasion=notice.occasion,
        channel=channel,
        to=to,
        facts=notice.facts,
        status="queued",
        created_at=now,
        due_at=times.due_at,
        site_due_at=times.site_due_at,
    )
    session().add(message)
    session().flush()
    enqueue(Job.SEND_MESSAGE, message.id)
    return message


def queue_new(owed: Sequence[Owed]) -> None:
    """Owe many notices by one statement; each on an occasion of its own that began just now, so that none was sent."""
    rows = [_row(one, message_id) for one, message_id in zip(owed, new_ids(len(owed)), strict=True)]
    insert_rows(Message, rows)
    for row in rows:
        enqueue(Job.SEND_MESSAGE, row["id"])


def _row(owed: Owed, message_id: uuid.UUID) -> dict[str, Any]:
    site, notice = owed.site, owed.notice
    now = clock.now(site)
    times = clock.due(site, now)
    about = {
        "subscription_id": notice.subscription_id,
        "request_id": notice.request_id,
        "invoice_id": notice.invoice_id,
    }
    words = {"purpose": notice.purpose, "occasion": notice.occasion, "facts": notice.facts}
    way = {"customer_id": owed.customer_id, "link_id": owed.link_id, "channel": owed.channel, "to": owed.to}
    state = {
        "status": "queued",
        "tries": 0,
        "created_at": now,
        "due_at": times.due_at,
        "site_due_at": times.site_due_at,
    }
    return {"id": message_id, "site_id": site.id} | about | words | way | state


def _exists(site: Site, notice: Notice, channel: str) -> bool:
    same = select(Message.id).where(
        Message.site_id == site.id,
        Message.purpose == notice.purpose,
        Message.occasion == notice.occasion,
        Message.channel == channel,
    )
    return session().scalar(same) is not None


def first_facts(request_id: uuid.UUID, purpose: Purpose, names: Sequence[str]) -> dict[str, Any]:
    """These facts of the first message by which a request was sent; nothing where none was."""
    sent = select(Message.facts).where(Message.request_id == request_id, Message.purpose == purpose)
    facts = session().scalar(sent.order_by(Message.created_at, Message.id).limit(1)) or {}
    return {name: facts[name] for name in names if name in facts}
