"""What exists for test sites alone: their clock, the messages they sent, the pretend gateway's ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from portal.api import auth
from portal.api.answers import answer
from portal.api.native import answers_money as answers
from portal.api.native.manual import manual
from portal.api.native.routes import bp, settings
from portal.api.native.values import refuse
from portal.core.database import reading, session, transaction
from portal.core.errors import NotFound
from portal.core.jobs import Job, enqueue
from portal.core.money import Money
from portal.gateways.registry import sandbox
from portal.links import find as find_links
from portal.links.tokens import placeholder
from portal.notifications.models import Message
from portal.notifications.sent import sent_messages
from portal.sites import clock
from portal.sites.models import Site


def _instant(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise refuse("Give a time such as 2026-03-01T10:00:00Z.") from None
    if moment.tzinfo is None:
        raise refuse("Give the time with its offset, such as 2026-03-01T10:00:00Z.")
    return moment


class AdvanceBody(BaseModel):
    """Where the clock shall go; it only moves forward."""

    to: Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})] = (
        Field(description="A time with its offset.", examples=["2026-03-01T10:00:00Z"])
    )


@bp.get("/clock")
@manual.operation("Read the clock", tag="Sandbox", answers={200: answers.Clock})
def get_clock(version: str, site_id: str) -> Response:
    """The time at a sandbox site, and whether everything due up to it is done."""
    with reading():
        face = clock.face(_test_site(site_id))
    return answer({"now": face.now, "status": face.status})


@bp.post("/clock/advance")
@manual.operation(
    "Advance the clock",
    tag="Sandbox",
    body=AdvanceBody,
    answers={202: answers.Clock},
    body_example={"to": "2026-03-01T10:00:00Z"},
)
def advance_clock(version: str, site_id: str, body: AdvanceBody) -> Response:
    """Everything that falls due on the way is done, in order; `GET …/clock` says `ready` when it is."""
    with transaction():
        site = _test_site(site_id)
        face = clock.set_target(site.id, body.to)
        enqueue(Job.ADVANCE_CLOCK, site.id)
        return answer({"now": face.now, "status": face.status}, 202)


@bp.get("/sandbox/messages")
@manual.operation("Messages of the sandbox phone", tag="Sandbox", answers={200: answers.SandboxMessages})
def messages(version: str, site_id: str) -> Response:
    """Texts and emails as the phone shows them, newest first."""
    with reading():
        site = _test_site(site_id)
        shapes = []
        for message in sent_messages([site.id]):
            body = find_links.fill_own(message.body or "", message.link_id, settings().public_url)
            shapes.append(
                {
                    "channel": message.channel,
                    "to": message.to,
                    "subject": message.subject,
                    "body": body,
                    "link": _link_of(message),
                    "purpose": message.purpose,
                    "sent_at": message.sent_at,
                }
            )
    return answer({"data": shapes, "has_more": False, "next": None})


@bp.get("/sandbox/ledger")
@manual.operation("Ledger of the sandbox gateway", tag="Sandbox", answers={200: answers.Ledger})
def ledger(version: str, site_id: str) -> Response:
    """The gateway's own book, oldest first: what it really took."""
    with reading():
        site = _test_site(site_id)
    return answer({"data": [_entry(row) for row in sandbox().entries(site.id)], "has_more": False, "next": None})


def _test_site(site_id: str) -> Site:
    site = session().get_one(Site, auth.own_site(site_id))
    if site.mode != "test":
        raise NotFound("Nothing of the sandbox exists for live sites.")
    return site


def _link_of(message: Message) -> str | None:
    if message.link_id is None or placeholder(message.link_id) not in (message.body or ""):
        return None
    return find_links.fill(placeholder(message.link_id), settings().public_url)


def _entry(row: Any) -> dict[str, Any]:
    entry = {
        "id": row.ref,
        "idempotency_key": row.idempotency_key,
        "amount": Money(row.amount_minor, row.currency).decimal,
        "currency": row.currency,
        "outcome": row.outcome,
        "code": row.code,
        "description": row.description,
        "at": row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at,
    }
    return entry | ({"refund_of": row.refund_of} if row.refund_of else {})
