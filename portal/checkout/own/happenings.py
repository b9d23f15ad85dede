"""What happened beside the payments, in plain words: who changed, paused and ended it, and what messages went out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.checkout.history_words import message_subject
from portal.checkout.reading import Facts
from portal.core import formats
from portal.core.changes import Change
from portal.core.database import session
from portal.core.speech import catalog, filled
from portal.customers.emails import mask_email
from portal.customers.phones import mask_phone
from portal.notifications.models import Message

MOST = 60
TOLD = ("terms changed", "payment method changed", "subscription active", "subscription paused", "subscription closed")
ENDED = frozenset({"completed", "expired"})


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    text: str


def changes(subscription_id: uuid.UUID) -> Sequence[Change]:
    """The newest first; one read."""
    found = select(Change).where(Change.subscription_id == subscription_id, Change.what.in_(TOLD))
    return session().scalars(found.order_by(Change.at.desc(), Change.id.desc()).limit(MOST)).all()


def messages(subscription_id: uuid.UUID) -> Sequence[Message]:
    """Those that went out or could not, the newest first; one read."""
    over = ("sent", "delivered", "failed")
    found = select(Message).where(Message.subscription_id == subscription_id, Message.status.in_(over))
    return session().scalars(found.order_by(Message.created_at.desc(), Message.id.desc()).limit(MOST)).all()


def told(facts: Facts, log: Sequence[Change], sent: Sequence[Message]) -> list[Happened]:
    """In no order; what concerns nobody but support is left out."""
    lines = [Happened(change.at, text) for change in log if (text := _change(facts, change))]
    return lines + [Happened(one.sent_at or one.created_at, _message(facts, one)) for one in sent]


def _change(facts: Facts, change: Change) -> str:
    say, by = catalog(facts.locale), change.actor
    old, new = _values(change)
    words = ""
    if change.what == "terms changed":
        # A price that changed after the yes is told by the history itself, with from when it counts.
        if change.at in {one.at for one in facts.price_changes}:
            return ""
        return _terms(facts, old, new)
    if change.what == "payment method changed":
        words = say.gettext("Another card is charged from now on.")
    elif change.what == "subscription paused":
        words = {
            "customer": say.gettext("You paused your payments."),
            "merchant": say.gettext("%(merchant)s paused your payments."),
        }.get(by, say.gettext("Your payments were paused."))
    elif change.what == "subscription active" and old.get("status") == "pending":
        words = say.gettext("It was agreed to, and it began.")
    elif change.what == "subscription active":
        words = say.gettext("Your payments started again.")
    elif change.what == "subscription closed":
        words = _ended(facts, str(new.get("close_reason") or ""))
    return filled(words, facts.locale, merchant=facts.site.name)


def _ended(facts: Facts, reason: str) -> str:
    say = catalog(facts.locale)
    if reason == "canceled_customer":
        return say.gettext("You canceled. Nothing more is taken.")
    if reason in ENDED:
        return say.gettext("It came to its end. Nothing more is taken.")
    return say.gettext("%(merchant)s ended it. Nothing more is taken.")


def _terms(facts: Facts, old: dict[str, object], new: dict[str, object]) -> str:
    say, was, now = catalog(facts.locale), old.get("amount_minor"), new.get("amount_minor")
    merchant, currency = facts.site.name, facts.terms.currency
    if not isinstance(was, int) or not isinstance(now, int) or "currency" in new:
        return filled(say.gettext("%(merchant)s changed the terms."), facts.locale, merchant=merchant)
    words = say.gettext("%(merchant)s changed the amount from %(old)s to %(new)s.")
    amounts = {"old": formats.amount(was, currency, facts.locale), "new": formats.amount(now, currency, facts.locale)}
    return filled(words, facts.locale, merchant=merchant, **amounts)


def _message(facts: Facts, message: Message) -> str:
    say, arrived = catalog(facts.locale), message.status in {"sent", "delivered"}
    if message.channel == "sms":
        words = say.gettext("We sent a text message to %(contact)s: %(about)s.")
        failed = say.gettext("A text message to %(contact)s did not arrive: %(about)s.")
        contact = mask_phone(message.to)
    else:
        words = say.gettext("We sent an e-mail to %(contact)s: %(about)s.")
        failed = say.gettext("An e-mail to %(contact)s did not arrive: %(about)s.")
        contact = mask_email(message.to)
    about = message_subject(message.purpose, facts.locale)
    return filled(words if arrived else failed, facts.locale, contact=contact, about=about)


def _values(change: Change) -> tuple[dict[str, object], dict[str, object]]:
    return {one["field"]: one["old"] for one in change.fields}, {one["field"]: one["new"] for one in change.fields}
