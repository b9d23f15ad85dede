"""Answers of the native API that come in pages, and those about webhooks, events and attachments."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from portal.api.native.answer_values import Moment
from portal.api.native.answers import Identified, Invoice, Notification, Summary
from portal.api.native.answers_money import WholePayment

Action = Literal["payment", "notification", "subscription"]


class Page(BaseModel):
    """`next` is the cursor of the following page; null on the last."""

    has_more: bool
    next: str | None


class Subscriptions(Page):
    data: list[Summary]


class Payments(Page):
    data: list[WholePayment]


class Invoices(Page):
    data: list[Invoice]


class ChangedField(BaseModel):
    field: str
    old: Any
    new: Any


class LogEntry(Identified):
    """One line of the log: who changed what, under which request."""

    at: Moment
    what: str
    entity: str
    entity_id: str
    actor: Literal["customer", "merchant", "staff", "system", "machine"]
    actor_name: str
    request_id: str
    changes: list[ChangedField]


class Log(Page):
    data: list[LogEntry]


class Request(Identified):
    """One ask of the customer."""

    kind: str
    status: str
    created_at: Moment
    expires_at: Moment
    sent_at: Moment | None
    delivered_at: Moment | None
    opened_at: Moment | None
    confirmed_at: Moment | None


class Requests(Page):
    data: list[Request]


class Notifications(Page):
    data: list[Notification]


class Delivery(Identified):
    """One address that is told of an event."""

    url: str
    webhook_id: str | None = Field(description="Null for the subscription's own webhook_url.")
    status: Literal["waiting", "delivered", "failed"]
    tries: int
    delivered_at: Moment | None


class Event(Identified):
    """What a webhook says, with where it was sent; `event` names what happened to a subscription."""

    action: Action
    event: str | None
    sequence: int = Field(description="Rises by one for each subscription.")
    created: Moment
    subscription_id: str
    subscription_external_id: str | None
    request_id: str
    data: Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
    deliveries: list[Delivery]


class Events(BaseModel):
    """Oldest first; `next` is the cursor to ask with, also where nothing more is there yet."""

    data: list[Event]
    has_more: bool
    next: str | None


class Replayed(Identified):
    success: Literal[True]
    deliveries: int = Field(description="To how many addresses it is sent again.")


class Webhook(Identified):
    """An address of the site; `actions` null: every action."""

    url: str
    actions: list[Action] | None
    style: Literal["native", "hyfin-3.0", "hyfin-4.0", "fundraising", "hyperline", "paymennt"]
    enabled: bool = Field(description="False: nothing is sent there until it is enabled.")
    disabled_at: Moment | None = Field(description="Since when it is off.")
    off_reason: Literal["gone", "failing"] | None = Field(
        description="Why the portal switched it off: it answered 410, or took nothing on any try of a whole event. "
        "Null where you did."
    )
    failing_since: Moment | None = Field(description="The first failed try after the last that was taken.")
    created_at: Moment


class OneWebhook(Webhook):
    undelivered: int = Field(description="Events that it never took and that `replay` would send; counted to 10,000.")


class ReplayedWebhook(OneWebhook):
    success: Literal[True]
    replayed: int = Field(description="How many events go out again now.")


class AddedWebhook(Webhook):
    """The secret is shown this once."""

    success: Literal[True]
    secret: str = Field(examples=["whsec_…"])


class ChangedWebhook(Webhook):
    success: Literal[True]


class TriedWebhook(Identified):
    """What came back; `success` is true for a 2xx alone."""

    success: bool
    answer_status: int | None = Field(description="Null where nothing was heard.")
    answer: str = Field(description="Its beginning.")
    error: str | None = Field(description="What went wrong, in plain words.")
    duration_ms: int


class Webhooks(Page):
    data: list[Webhook]


class RemovedWebhook(Identified):
    success: Literal[True]
    deleted: Literal[True]


class AddedAttachment(Identified):
    """Name `id` in `attachment_refs` of a subscription to show the file to its customer."""

    success: Literal[True]
    name: str
    media_type: Literal["application/pdf", "image/png", "image/jpeg"]
    size: int
    sha256: str
    created_at: Moment
