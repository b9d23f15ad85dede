"""The e-mail to a merchant whose endpoint was switched off: claimed, handed to the mail server, settled."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.core import due, formats
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.speech import spoken
from portal.notifications.channels import OutgoingText, Receipt, SendFailed
from portal.notifications.render import render_plain
from portal.sites.models import Site
from portal.subscriptions.sending import RETRIES, Claimed
from portal.webhooks.models import NOTICE, Delivery, DeliveryTry, Endpoint, WebhookNotice


def claim(notice_id: uuid.UUID, public_url: str) -> Claimed | None:
    """Take a due notice and write its words; None when it is not due or held by another worker."""
    if not due.claim(WebhookNotice, row_id=notice_id):
        return None
    notice = session().get_one(WebhookNotice, notice_id)
    if notice.status != "queued" or notice.to is None:
        notice.due_at = None
        return None
    notice.tries += 1
    site, endpoint = session().get_one(Site, notice.site_id), session().get_one(Endpoint, notice.endpoint_id)
    words = render_plain("webhook_off", _facts(site, endpoint, notice, public_url))
    outgoing = OutgoingText(
        message_id=str(notice.id),
        channel="email",
        to=notice.to,
        subject=words.subject,
        text=words.text,
        html=None,
        sender_name=site.name,
    )
    return Claimed(site.mode, outgoing)


def settle(notice_id: uuid.UUID, outcome: Receipt | SendFailed) -> None:
    """Write what the mail server said; a failure that may pass is tried again like every message."""
    notice = session().get_one(WebhookNotice, notice_id, with_for_update=True)
    if notice.status != "queued":
        return
    notice.due_at = None
    if isinstance(outcome, Receipt):
        _move(notice, "sent")
        notice.sent_at, notice.error = real_now(), None
        return
    notice.error = outcome.reason
    if not outcome.final and notice.tries <= len(RETRIES):
        notice.due_at = real_now() + RETRIES[notice.tries - 1]
    else:
        _move(notice, "failed")


def _move(notice: WebhookNotice, status: str) -> None:
    NOTICE.check(notice.status, status)
    notice.status = status


def _facts(site: Site, endpoint: Endpoint, notice: WebhookNotice, public_url: str) -> dict[str, Any]:
    """Without the address's query, which may hold a password of the merchant's."""
    lang, parts = spoken(site.locale), urlsplit(endpoint.url)
    since = endpoint.failing_since or endpoint.disabled_at or notice.created_at
    return {
        "lang": lang,
        "merchant_name": site.name,
        "host": parts.hostname or "",
        "address": f"{parts.scheme}://{parts.netloc}{parts.path}",
        "reason": notice.reason,
        "since": formats.moment(since.astimezone(ZoneInfo(site.timezone)), lang),
        "answer": _last_answer(endpoint),
        "console": f"{public_url}/console/health",
        "api": f"{public_url}/api/v4/site/{site.id}/webhook/{endpoint.id}",
    }


def _last_answer(endpoint: Endpoint) -> str:
    """The status of the last try, or in words why there is none."""
    wanted = (
        select(DeliveryTry.answer_status, DeliveryTry.error)
        .join(Delivery, Delivery.id == DeliveryTry.delivery_id)
        .where(Delivery.endpoint_id == endpoint.id, Delivery.status == "failed")
        .order_by(DeliveryTry.id.desc())
        .limit(1)
    )
    row = session().execute(wanted).first()
    return "" if row is None else str(row.answer_status or row.error or "")
