"""The work of telling: messages to customers, events and their deliveries to merchants."""

from __future__ import annotations

import uuid

from flask import current_app

from portal.billing import last_word, webhook, webhook_notices
from portal.core.database import reading, transaction
from portal.core.faults import reach
from portal.core.jobs import Job, enqueue
from portal.core.settings import Settings
from portal.notifications.channels import Receipt, SendFailed
from portal.notifications.registry import channel_for
from portal.subscriptions import sending
from portal.webhooks import deliver, outbox, placing, turns
from workers.lanes import Lanes

LANES = Lanes()
HANGS_AFTER = 3  # calls in a row without an answer: the rest of what waits for this address is left alone for a while


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
    """Call the receiver, if there is room for one more call to it; else this is hinted at again when there is."""
    with reading():
        lane = outbox.lane_of(delivery_id)
    place = LANES.enter(lane, delivery_id) if lane else None
    if place is None:
        return
    answer = None
    try:
        answer = _call_receiver(delivery_id)
    finally:
        following, slow_in_a_row = LANES.leave(place, seconds=answer.duration_ms / 1000 if answer else None)
        if following is not None:
            enqueue(Job.DELIVER_WEBHOOK, following)
    if answer is not None and answer.status is None and slow_in_a_row >= HANGS_AFTER:
        with transaction():
            turns.rest_hanging(delivery_id)


def _call_receiver(delivery_id: uuid.UUID) -> deliver.Answer | None:
    with transaction():
        outgoing = webhook.claim(delivery_id, settings().public_url)
        reach("webhook.before_claim_commit")
    if outgoing is None:
        return None
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
    return answer


def tell_merchant(notice_id: uuid.UUID) -> None:
    """An e-mail to a merchant about a webhook of theirs that was switched off."""
    with transaction():
        claimed = webhook_notices.claim(notice_id, settings().public_url)
    if claimed is None:
        return
    outcome = _hand_over(claimed)
    with transaction():
        webhook_notices.settle(notice_id, outcome)


def settings() -> Settings:
    found: Settings = current_app.extensions["portal_settings"]
    return found
