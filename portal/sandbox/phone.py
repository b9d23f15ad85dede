"""The sandbox phone: the texts and emails that test sites sent, as the person who got them would see them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, make_response, render_template, request
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.core import formats
from portal.core.database import reading, session
from portal.core.settings import Settings
from portal.links import find as find_links
from portal.notifications.models import Message
from portal.notifications.sent import sent_messages
from portal.sandbox.pages import PhoneMessage, PhonePage, body_parts
from portal.sites.models import Site

bp = Blueprint("sandbox_phone", __name__, url_prefix="/sandbox")

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


@bp.get("/phone")
def phone() -> Response:
    """Open to all on the embedded default over loopback; elsewhere for signed-in staff and their test sites."""
    with reading():
        sites = _sites()
        messages = tuple(_shown(message, sites) for message in sent_messages(list(sites)))
    return make_response(render_template("sandbox/phone.html", page=PhonePage(messages=messages)))


def _sites() -> dict[uuid.UUID, Site]:
    settings: Settings = current_app.extensions["portal_settings"]
    sites: Sequence[Site]
    if settings.embedded and settings.host in LOOPBACK and request.host.rpartition(":")[0] in LOOPBACK:
        sites = session().scalars(select(Site).where(Site.mode == "test")).all()
    else:
        found: Sequence[Site] | None = current_app.extensions["staff_test_sites"]()
        if found is None:
            raise NotFound
        sites = found
    return {site.id: site for site in sites}


def _shown(message: Message, sites: dict[uuid.UUID, Site]) -> PhoneMessage:
    settings: Settings = current_app.extensions["portal_settings"]
    site = sites[message.site_id]
    at = (message.sent_at or message.created_at).astimezone(ZoneInfo(site.timezone))
    return PhoneMessage(
        channel="sms" if message.channel == "sms" else "email",
        to=message.to,
        subject=message.subject or "",
        body_parts=body_parts(find_links.fill_own(message.body or "", message.link_id, settings.public_url)),
        sent_at_text=formats.moment(at, "en"),
        sent_at_iso=at.isoformat(),
        site_name=site.name,
    )
