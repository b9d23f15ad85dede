"""Which page a link shows now: one for every state of the request and of the subscription, each with its HTTP code."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from portal.billing import payers, wishes
from portal.checkout import build, ended
from portal.checkout.approve import approve
from portal.checkout.due import state as due
from portal.checkout.own import additions, effects
from portal.checkout.reading import Charged, Facts
from portal.links.requests import INSTALMENT, LIVE
from portal.subscriptions.models import Terms


@dataclass(frozen=True, slots=True)
class Shown:
    """A template, its page and the HTTP status."""

    template: str
    page: Any
    status: int = 200


def decide(facts: Facts, *, returned_from: uuid.UUID | None = None, shown_before: Terms | None = None) -> Shown:
    """The page of this moment. `returned_from`: the setup whose gateway page the customer comes back from.

    `shown_before`: the terms that an open page shows, to say what changed since.
    """
    if facts.request.kind == INSTALMENT:
        return Shown(*due.decide(facts, returned_from))
    dead = _dead(facts)
    if dead is not None:
        return dead
    if facts.is_at_gateway(returned_from):
        return Shown("confirming.html", build.confirming(facts, "card"))
    if facts.subscription.status == "pending":
        return _pending(facts, shown_before)
    return _own(facts)


def _dead(facts: Facts) -> Shown | None:
    """Links that open nothing: 410, each with words of its own."""
    subscription = facts.subscription
    if facts.link.revoked_at or facts.link.replaced_at or facts.request.status == "replaced":
        return Shown("replaced.html", build.replaced(facts), 410)
    if subscription.status == "closed" and subscription.close_reason == "voided":
        return Shown("withdrawn.html", build.withdrawn(facts), 410)
    if wishes.may_undo(facts.site, subscription, facts.money):
        return Shown("own/canceled.html", effects.canceled_page(facts), 410)
    if subscription.archived_at or subscription.deleted_at:
        return Shown("closed.html", ended.closed(facts), 410)
    if subscription.status == "closed":
        return _being_paid(facts) or Shown("closed.html", ended.closed(facts), 410)
    waiting = subscription.status == "pending" and subscription.accepted_at is None
    over = facts.request.status == "expired" or (facts.request.status in LIVE and facts.now >= facts.request.expires_at)
    return Shown("expired.html", build.expired(facts), 410) if waiting and over else None


def _being_paid(facts: Facts) -> Shown | None:
    """What is owed stays payable after the end: the customer has tapped, and the bank or its answer is waited for."""
    charged = facts.open_payment
    if charged is None:
        return None
    if charged.payment.status == "requires_action":
        return Shown("approve.html", approve(facts, charged), 410)
    if charged.payment.status == "unknown":
        return Shown("checking.html", build.checking(facts, charged), 410)
    if _is_tried_again(facts, charged):
        return Shown("confirming.html", build.confirming(facts, "again"), 410)
    return None


def _pending(facts: Facts, shown_before: Terms | None) -> Shown:
    charged = facts.open_payment
    if charged is not None and charged.payment.status == "requires_action":
        return Shown("approve.html", approve(facts, charged))
    if facts.subscription.accepted_at is not None:
        if charged is not None and charged.payment.status == "unknown":
            return Shown("checking.html", build.checking(facts, charged))
        return Shown("confirming.html", build.confirming(facts, "payment"))
    if facts.setup is not None and facts.setup.status == "stale" and facts.setup_terms is not None:
        return Shown("offer.html", build.offer(facts, state="stale", before=facts.setup_terms))
    if charged is not None and charged.payment.status == "failed":
        return Shown("declined.html", build.declined(facts, charged))
    return Shown("offer.html", build.offer(facts, before=shown_before))


def _own(facts: Facts) -> Shown:
    """After the yes: the customer's own page."""
    charged = facts.open_payment
    if payers.has_rested(facts.subscription):
        return Shown("own/rested.html", effects.rested_page(facts))
    if charged is not None and charged.payment.status == "requires_action":
        return Shown("approve.html", approve(facts, charged))
    if charged is not None and charged.payment.status == "unknown":
        return Shown("checking.html", build.checking(facts, charged))
    if charged is not None and _is_tried_again(facts, charged):
        return Shown("confirming.html", build.confirming(facts, "again"))
    if charged is not None and charged.payment.status == "failed":
        return Shown("overdue.html", build.overdue(facts, facts.overdue.charged if facts.overdue else charged))
    if facts.subscription.status == "paused":
        return Shown("paused.html", effects.paused_page(facts, build.paused(facts)))
    return Shown("done.html", additions.to_done(facts, build.done(facts)))


def _is_tried_again(facts: Facts, charged: Charged) -> bool:
    """True where this is not the first try of the instalment: the customer waits to see whether it works now."""
    if charged.payment.status != "pending" or (charged.payment.due_at or charged.payment.site_due_at) is None:
        return False
    same = (c.payment for c in facts.payments if c.invoice.id == charged.invoice.id)
    return any(payment.first_failed_at is not None for payment in same)
