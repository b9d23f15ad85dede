"""Which page an instalment's link shows now: due, being checked, paid, refused, expired, or canceled."""

from __future__ import annotations

import uuid
from typing import Any

from portal.billing.pay_session import PAYABLE
from portal.checkout import build, ended
from portal.checkout.due import build as due
from portal.checkout.due.reading import Instalment
from portal.checkout.reading import Facts
from portal.links.requests import LIVE

Decided = tuple[str, Any, int]


def decide(facts: Facts, returned_from: uuid.UUID | None) -> Decided:
    """Template, page and HTTP status. What was paid or is being paid is said before anything about the link's age."""
    instalment = facts.instalment
    assert instalment is not None
    if facts.link.revoked_at or facts.link.replaced_at or facts.request.status == "replaced":
        return "replaced.html", build.replaced(facts), 410
    if facts.subscription.archived_at or facts.subscription.deleted_at:
        return "closed.html", ended.closed(facts), 410
    if instalment.invoice.status == "paid":
        return "due/paid.html", due.paid(facts, instalment), 200
    if instalment.invoice.status not in PAYABLE:
        return "due/canceled.html", due.canceled(facts), 410
    if _is_being_checked(facts, instalment, returned_from):
        return "checking.html", due.checking(facts, instalment), 200
    if facts.request.status not in LIVE or facts.now >= facts.request.expires_at:
        return "expired.html", build.expired(facts), 410
    return "due.html", due.to_pay(facts, instalment), 200


def _is_being_checked(facts: Facts, instalment: Instalment, returned_from: uuid.UUID | None) -> bool:
    """The customer has paid, as far as we have heard, or the page's time is over: the gateway has the word."""
    visit = instalment.visit
    if visit is not None and visit.status == "open":
        return facts.is_at_gateway(returned_from) or visit.hinted_at is not None or facts.now >= visit.expires_at
    return instalment.payment is not None and instalment.payment.status == "unknown"
