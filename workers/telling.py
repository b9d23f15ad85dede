"""The work of telling: messages to customers, events and their deliveries to merchants."""

from __future__ import annotations

import uuid

from flask import current_app

from portal.billing import last_word, webhook
from portal.core.database import reading, transaction
from portal.core.faults import reach
from portal.core.settings import Settings
from portal.notifications.channels import Receipt, SendFailed
from portal.notifications.registry import channel_for
from portal.subscriptions import sending
from portal.webhooks import deliver, outbox, placing


def send_message(message_id: uuid.UUID) -> None:
    with transaction():
        claimed = sending.claim(message_id, settings().public_url, last_word.of)
        reach("message.before_claim_commit")
    if claimed is None:
        return
    reach("message.claimed")
    outcome = _hand_over(claimed)
    reach("message.sent")
    with transaction():
        sending.settle(message_id, outcome)
        reach("message.before_settle_commit")
    reach("message.settled")


def _hand_over(claimed: sending.Claimed) -> Receipt | SendFailed:
    channel = channel_for(claimed.mode, claimed.outgoing.channel)
    if channel is None:
        return SendFailed("No channel is set up for this kind of message.", final=True)
    try:
        return channel.send(claimed.outgoing)
    except SendFailed as failure:
        return failure


def place_events() -> None:
    """Site after site until every event has its place in the site's list and its deliveries to the site's endpoints."""
    while True:
        with reading():
            site_id = placing.waiting_site()
        if site_id is None:
            return
        with transaction():
            placing.place(site_id)
            reach("placing.before_commit")


def deliver_webhook(delivery_id: uuid.UUID) -> None:
    with transaction():
        outgoing = webhook.claim(delivery_id)
        reach("webhook.before_claim_commit")
    if outgoing is None:
        return
    reach("webhook.claimed")
    answer = deliver.post(
        outgoing.url,
        outgoing.body,
        outgoing.headers,
        live=outgoing.live,
        allow_private=settings().webhook_allow_private,
    )
    reach("webhook.sent")
    with transaction():
        outbox.settle(delivery_id, answer)
        reach("webhook.before_settle_commit")
    reach("webhook.settled")


def settings() -> Settings:
    found: Settings = current_app.extensions["portal_settings"]
    return found
