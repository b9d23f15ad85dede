"""Addresses of the merchant's documents, below the customer's link."""

from __future__ import annotations

from flask import Response

from portal.checkout.documents import sent
from portal.checkout.routes import bp, wrong
from portal.core.database import reading, session
from portal.core.ids import read_id
from portal.links import find as find_links
from portal.subscriptions import attachments
from portal.subscriptions.models import Subscription

SHUT = frozenset({"replaced", "withdrawn", "expired"})


@bp.get("/<token>/document/<attachment_id>")
def document(token: str, attachment_id: str) -> Response:
    """A file that this link's subscription refers to; every other one is as unknown as none."""
    with reading():
        found = find_links.by_token(token)
        if found is None or found.link.revoked_at or found.link.replaced_at or found.request.status in SHUT:
            return wrong()
        subscription = session().get_one(Subscription, found.request.subscription_id)
        wanted = read_id(attachment_id)
        mine = [one for one in attachments.of_subscription(subscription) if one.id == wanted]
        return wrong() if not mine or subscription.deleted_at else sent(mine[0])
