"""Addresses of the native API: everything that happened in an order that holds, and telling it again."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import Field
from sqlalchemy import select

from portal.api import auth, casing, paging
from portal.api.answers import answer
from portal.api.native import answers_lists as answers
from portal.api.native import values
from portal.api.native.lists import PageQuery
from portal.api.native.manual import manual
from portal.api.native.routes import bp
from portal.billing import event_bodies
from portal.billing.snapshot import local
from portal.core.database import reading, session, transaction
from portal.core.errors import NotFound, invalid
from portal.sites.models import Site
from portal.subscriptions import find
from portal.subscriptions.models import Subscription
from portal.webhooks import replay
from portal.webhooks.models import Delivery, Event


class EventsQuery(PageQuery):
    """Where to go on."""

    after: values.Cursor = Field(None, description="The id of the last event you have; left out: from the first.")


@bp.get("/event")
@manual.operation("Events in order", tag="Webhooks", query=EventsQuery, answers={200: answers.Events})
def list_events(version: str, site_id: str, query: EventsQuery) -> Response:
    """Everything that happened at the site, oldest first, for whoever missed a webhook: ask with the id of the last
    event that you have. The order is fixed after each commit, so no event ever comes in before one you have read."""
    mine = auth.own_site(site_id)
    with reading():
        site = session().get_one(Site, mine)
        wanted = select(Event).where(Event.site_id == mine, Event.position > _position(mine, query.after))
        rows = session().scalars(wanted.order_by(Event.position).limit(query.limit + 1)).all()
        shown, has_more = rows[: query.limit], len(rows) > query.limit
        shapes = _events(site, shown)
    shape = {"data": shapes, "has_more": has_more, "next": shapes[-1]["id"] if has_more else None}
    return answer(casing.written(shape, version))


@bp.get("/subscription/<subscription_id>/events")
@manual.operation("Events of a subscription", tag="History", query=PageQuery, answers={200: answers.Events})
def list_subscription_events(version: str, site_id: str, subscription_id: str, query: PageQuery) -> Response:
    """What happened to this subscription and where it was told, newest first."""
    mine = auth.own_site(site_id)
    with reading():
        site = session().get_one(Site, mine)
        subscription = find.by_either_id(mine, subscription_id)
        wanted = select(Event).where(Event.subscription_id == subscription.id)
        page = paging.page(wanted, (Event.sequence,), query.asked)
        shape = {"data": _events(site, page.rows), "has_more": page.next is not None, "next": page.next}
    return answer(casing.written(shape, version))


@bp.post("/event/<event_id>/replay")
@manual.operation("Send an event again", tag="Webhooks", answers={200: answers.Replayed})
def replay_event(version: str, site_id: str, event_id: str) -> Response:
    """The same id and body go once more to every address that wants it now; refused (409) where there is none."""
    mine = auth.own_site(site_id)
    with transaction():
        event = replay.find(mine, event_id)
        subscription = session().get_one(Subscription, event.subscription_id)
        sent = replay.replay(session().get_one(Site, mine), event, subscription.webhook_url)
        shape = {"success": True, "_id": str(event.id), "id": str(event.id), "deliveries": sent}
        return answer(casing.written(shape, version))


def _position(site_id: Any, after: str | None) -> int:
    """The place to read on from; behind everything for an event so fresh that it has none yet."""
    if after is None:
        return 0
    try:
        position = replay.find(site_id, after).position
    except NotFound:
        raise invalid("after", "Give the id of an event of this site.") from None
    return position if position is not None else 2**62


def _events(site: Site, events: Any) -> list[dict[str, Any]]:
    sent = replay.deliveries([event.id for event in events])
    wanted = select(Subscription.id, Subscription.external_id)
    ids = {event.subscription_id for event in events}
    names = {row.id: row.external_id for row in session().execute(wanted.where(Subscription.id.in_(ids)))}
    return [
        {
            "_id": str(event.id),
            "id": str(event.id),
            "action": event.action,
            "event": event.event,
            "sequence": event.sequence,
            "created": local(site, event.created_at),
            "subscription_id": str(event.subscription_id),
            "subscription_external_id": names[event.subscription_id],
            "request_id": event.request_id,
            "data": body["data"],
            "deliveries": [_delivery(site, one) for one in sent[event.id]],
        }
        for event, body in zip(events, event_bodies.bodies(site, events), strict=True)
    ]


def _delivery(site: Site, delivery: Delivery) -> dict[str, Any]:
    return {
        "_id": str(delivery.id),
        "id": str(delivery.id),
        "url": delivery.url,
        "webhook_id": str(delivery.endpoint_id) if delivery.endpoint_id else None,
        "status": delivery.status,
        "tries": delivery.tries,
        "delivered_at": local(site, delivery.delivered_at),
    }
