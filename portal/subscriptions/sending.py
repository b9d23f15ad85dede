"""Sending a message: claimed, handed to its channel with nothing held, settled with what it means for the request."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from portal.core import due
from portal.core.database import session
from portal.customers.emails import mask_email
from portal.customers.models import Customer
from portal.customers.phones import mask_phone
from portal.links import codes, requests, tokens
from portal.links import find as find_links
from portal.links.models import ContactCode, PaymentRequest
from portal.notifications.channels import OutgoingText, Receipt, SendFailed
from portal.notifications.models import MESSAGE, Message
from portal.notifications.render import render
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import notices, update
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms

# Contract section 12: 1 min, 5 min, 30 min, 2 h, 8 h, then daily for 3 days.
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(days=1),
    timedelta(days=1),
    timedelta(days=1),
)
LastWord = Callable[[Message], dict[str, str] | None]
ASKS = ("link", "instalment")  # the messages by which a request is sent
WANTED_LINK_STATES = ("issued", "sent", "delivered", "opened")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to hand to the channel of this site mode now."""

    mode: str
    outgoing: OutgoingText


def claim(message_id: uuid.UUID, public_url: str, last_word: LastWord) -> Claimed | None:
    """Take a due message and write its words; None when it is not due, held by another, or no longer wanted.

    `last_word` gives the facts that only this moment knows; None: not yet, the lease brings the message back.
    """
    if not due.claim(Message, row_id=message_id):
        return None
    message = session().get_one(Message, message_id)
    site = session().get_one(Site, message.site_id)
    if message.status != "queued":
        _finish(message)
        return None
    unwanted = _why_unwanted(message)
    if unwanted:
        MESSAGE.check(message.status, "skipped")
        message.status, message.error = "skipped", unwanted
        _finish(message)
        return None
    late = last_word(message)
    if late is None:
        return None
    message.facts = message.facts | late
    return Claimed(site.mode, _write(site, message, public_url))


def _why_unwanted(message: Message) -> str:
    """Asked again at the moment of sending: nobody is asked to pay for what was withdrawn, or texted after a stop."""
    if message.channel == "sms" and session().get_one(Customer, message.customer_id).texts_stopped_at is not None:
        return "The customer has stopped text messages."
    if message.purpose == "code" and codes.is_over(session().get_one(ContactCode, uuid.UUID(message.facts["code_id"]))):
        return "The code in it was no longer good."
    subscription = session().get_one(Subscription, message.subscription_id)
    if undone := notices.why_unwanted(message.purpose, message.facts, subscription):
        return undone
    if message.purpose not in ASKS or message.request_id is None:
        return ""
    request = session().get_one(PaymentRequest, message.request_id)
    wanted = request.status in WANTED_LINK_STATES or (request.status == "confirmed" and message.purpose == "link")
    return "" if wanted else "The request was closed before this was sent."


def _write(site: Site, message: Message, public_url: str) -> OutgoingText:
    link = tokens.placeholder(message.link_id) if message.link_id else ""
    words = render(message.purpose, message.channel, message.facts, link)
    message.subject, message.body = words.subject, words.text
    message.tries += 1
    own = message.link_id, public_url, message.facts.get("code_id")
    return OutgoingText(
        message_id=str(message.id),
        channel="sms" if message.channel == "sms" else "email",
        to=message.to,
        subject=words.subject,
        text=find_links.fill_own(words.text, *own),
        html=find_links.fill_own(words.html, *own) if words.html else None,
        sender_name=site.name,
    )


def settle(message_id: uuid.UUID, outcome: Receipt | SendFailed) -> None:
    """Write what the channel said; a message that another worker has settled meanwhile stays as it is."""
    message = session().get_one(Message, message_id)
    subscription = session().get_one(Subscription, message.subscription_id, with_for_update=True)
    session().refresh(message, with_for_update=True)
    if message.status != "queued":
        return
    site = session().get_one(Site, message.site_id)
    if isinstance(outcome, Receipt):
        _sent(site, subscription, message, outcome)
    else:
        _failed(site, subscription, message, outcome)


def _sent(site: Site, subscription: Subscription, message: Message, receipt: Receipt) -> None:
    message.status = "delivered" if receipt.delivered else "sent"
    message.sent_at, message.gateway_ref, message.error = clock.now(site), receipt.gateway_ref, None
    message.delivered_at = clock.now(site) if receipt.delivered else None
    _finish(message)
    if message.request_id is not None and message.purpose in ASKS:
        request = session().get_one(PaymentRequest, message.request_id)
        requests.mark(site, request, "sent")
        if receipt.delivered:
            requests.mark(site, request, "delivered")
    if message.purpose == "terms_changed":
        _bind_notified(site, subscription, message)
    words = "Text" if message.channel == "sms" else "Email"
    _tell_merchant(site, subscription, message, f"{words} sent to {masked(message)}", error=False)


def _bind_notified(site: Site, subscription: Subscription, message: Message) -> None:
    """A notice of these terms was handed to a channel: charges may follow them (design section 3, policy `notify`)."""
    terms = session().get_one(Terms, uuid.UUID(message.facts["terms_id"]))
    terms.notified_at = terms.notified_at or clock.now(site)
    bound = session().get(Terms, subscription.binding_terms_id) if subscription.binding_terms_id else None
    if subscription.status != "closed" and bound is not None and bound.version < terms.version:
        update.bind(site, subscription, terms)


def _failed(site: Site, subscription: Subscription, message: Message, failure: SendFailed) -> None:
    message.error = failure.reason
    if not failure.final and message.tries <= len(RETRIES):
        times = clock.due(site, clock.now(site) + RETRIES[message.tries - 1])
        message.due_at, message.site_due_at = times.due_at, times.site_due_at
        return
    message.status = "failed"
    _finish(message)
    words = "Text" if message.channel == "sms" else "Email"
    _tell_merchant(site, subscription, message, f"{words} to {masked(message)} failed: {failure.reason}", error=True)


def _tell_merchant(site: Site, subscription: Subscription, message: Message, words: str, *, error: bool) -> None:
    announce(site, subscription, "notification", message_id=str(message.id), message=words, error=error)


def masked(message: Message) -> str:
    return mask_phone(message.to) if message.channel == "sms" else mask_email(message.to)


def _finish(message: Message) -> None:
    message.due_at = message.site_due_at = None
