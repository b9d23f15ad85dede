"""What the merchant was told, to which address, and what came back, as entries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from urllib.parse import urlsplit

from portal.billing.webhook import sent_body
from portal.console import times
from portal.console.entries import Entry, More, Shape
from portal.console.story import Story
from portal.webhooks import styles
from portal.webhooks.models import Delivery, DeliveryTry, Endpoint, Event

LONGEST_BODY = 4_000


def told(story: Story, public_url: str) -> list[Entry]:
    """One entry a delivery; its tries and the body as it was sent stand inside."""
    tries: dict[uuid.UUID, list[DeliveryTry]] = defaultdict(list)
    for one in story.tries:
        tries[one.delivery_id].append(one)
    return [
        _delivery(story, one, story.events[one.event_id], tries[one.id], public_url=public_url)
        for one in story.deliveries
    ]


def _delivery(story: Story, delivery: Delivery, event: Event, tries: list[DeliveryTry], *, public_url: str) -> Entry:
    shape, title = _outcome(delivery)
    endpoint = story.endpoints.get(delivery.endpoint_id) if delivery.endpoint_id else None
    body = sent_body(delivery, endpoint, event, public_url) if event.body is not None else None
    last = f": {answered(tries[-1])}" if tries else ""
    return Entry(
        at=tries[-1].at if tries else event.created_at,
        row_id=delivery.id,
        rank=9,
        shape=shape,
        group="api",
        title=title,
        who=urlsplit(delivery.url).hostname or "",
        says=[f"{_name(event, endpoint)}, sequence {event.sequence}{last}.", *_next(story, delivery)],
        more=_more(story, event, tries, body),
    )


def _name(event: Event, endpoint: Endpoint | None) -> str:
    """Our own, and what the receiver calls it."""
    name = " ".join(part for part in (event.action, event.event) if part)
    if endpoint is None or endpoint.style == "native":
        return name
    theirs = styles.named(endpoint.style).name_of(event)
    return f"{name}, sent as {theirs} in the style of {endpoint.style}" if theirs else name


def answered(one: DeliveryTry) -> str:
    """ "answered 200 in 84 ms", or what went wrong in its place."""
    if one.answer_status is None:
        return f"{(one.error or 'no answer').rstrip('.')} after {one.duration_ms} ms"
    return f"answered {one.answer_status} in {one.duration_ms} ms"


def _outcome(delivery: Delivery) -> tuple[Shape, str]:
    if delivery.status == "delivered":
        return "is-good", "Webhook delivered" + (f" on try {delivery.tries}" if delivery.tries > 1 else "")
    if delivery.status == "failed" and not delivery.tries:
        return "is-bad", "Webhook not sent: its address was switched off"
    if delivery.status == "failed":
        return "is-bad", f"Webhook given up after {delivery.tries} tries"
    if delivery.tries:
        return "is-bad", f"Webhook failed, try {delivery.tries}"
    return "by-portal", "Webhook waiting"


def _next(story: Story, delivery: Delivery) -> list[str]:
    due = delivery.site_due_at or delivery.due_at
    if delivery.status != "waiting" or not delivery.tries or due is None:
        return []
    return [f"Next try {times.full_moment(times.local(due, story.site.timezone))}."]


def _more(story: Story, event: Event, tries: list[DeliveryTry], body: str | None) -> list[More]:
    """Every try with its time, the answer to the last, and the body that was sent on each."""
    zone = story.site.timezone
    parts = [f"Try {one.number}, {times.full_moment(times.local(one.at, zone))}: {answered(one)}" for one in tries]
    if tries and tries[-1].answer:
        parts.append(f"\nAnswer to the last try:\n{tries[-1].answer}")
    if body is not None:
        cut = " (its beginning)" if len(body) > LONGEST_BODY else ""
        parts.append(f"\nBody{cut}:\n{body[:LONGEST_BODY]}")
    summary = "The try and the body" if len(tries) == 1 else "Every try and the body"
    return [More(f"{summary}, request id {event.request_id}", "\n".join(parts))] if parts else []
