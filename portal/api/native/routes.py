"""Addresses of the native API: subscriptions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app

from portal.api import auth, casing
from portal.api.answers import answer
from portal.api.body import read_object
from portal.api.native.reading import Read, read_subscription, refuse_problems
from portal.api.native.schemas import SiteRules
from portal.billing import by_link
from portal.billing.snapshot import subscription_shape
from portal.core.database import reading, session, transaction
from portal.core.errors import InvalidFields, Problem
from portal.core.settings import Settings
from portal.links import find as find_links
from portal.links.tokens import placeholder
from portal.sites.models import Site
from portal.subscriptions import find
from portal.subscriptions.add import missing
from portal.subscriptions.add_or_update import add_or_update
from portal.subscriptions.orders import Saved
from portal.subscriptions.send_again import send_again
from portal.webhooks.addresses import AddressRefused, check_resolved

bp = Blueprint("native", __name__, url_prefix="/api/<any('v3', 'v3.1', v4):version>/site/<site_id>")
bp.before_request(auth.require_key)


@bp.post("/subscription/addUpdate")
def add_update(version: str, site_id: str) -> Response:
    """HF1–HF19: one upsert, keyed by external_id, in v4 also by id."""
    mine = auth.own_site(site_id)
    with reading():
        site = session().get_one(Site, mine)
    read = read_subscription(read_object(), version, rules_of(site))
    _refuse_unreadable(site, read)
    _refuse_private(read, rules_of(site))
    with transaction():
        saved = by_link.open_first(add_or_update(mine, read.order))
        link = _address(saved)
    return answer(_saved_shape(saved, link))


@bp.get("/subscription/<subscription_id>")
def get_subscription(version: str, site_id: str, subscription_id: str) -> Response:
    """HF21–HF34, found by our id or by the merchant's external_id."""
    mine = auth.own_site(site_id)
    with reading():
        subscription = find.by_either_id(mine, subscription_id)
        shape = subscription_shape(session().get_one(Site, mine), subscription)
    return answer(casing.written(shape, version))


@bp.post("/subscription/<subscription_id>/send")
def send(version: str, site_id: str, subscription_id: str) -> Response:
    """Send the payment link again; a repeat within 300 s is refused (409)."""
    mine = auth.own_site(site_id)
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        link_id = send_again(session().get_one(Site, mine), subscription)
        link = find_links.fill(placeholder(link_id), settings().public_url)
    return answer({"success": True, "_id": str(subscription.id), "id": str(subscription.id), "link": link})


def settings() -> Settings:
    found: Settings = current_app.extensions["portal_settings"]
    return found


def rules_of(site: Site) -> SiteRules:
    """What reading a body needs to know of the site."""
    return SiteRules(site.country, site.mode == "live", settings().webhook_allow_private)


def _refuse_unreadable(site: Site, read: Read) -> None:
    """Everything wrong at once (HF17): what cannot be read, and, where this would be a new one, what is missing."""
    if not read.problems:
        return
    with reading():
        is_new = not find.exists(site.id, read.order.id, read.order.external_id)
    lacking = [p for p in missing(read.order) if p.field not in read.named] if is_new else []
    refuse_problems(read.problems + lacking)


def _refuse_private(read: Read, rules: SiteRules) -> None:
    """The host is looked up before the transaction; one that does not resolve is checked again at connect."""
    url = read.order.webhook_url
    if not isinstance(url, str):
        return
    try:
        check_resolved(url, live=rules.live, allow_private=rules.allow_private)
    except AddressRefused as refused:
        raise InvalidFields([Problem("webhook_url", "invalid", str(refused))]) from None


def _address(saved: Saved) -> str | None:
    if saved.link_id is None:
        return None
    return find_links.fill(placeholder(saved.link_id), settings().public_url)


def _saved_shape(saved: Saved, link: str | None) -> dict[str, Any]:
    return {
        "success": True,
        "action": saved.action,
        "_id": str(saved.subscription_id),
        "id": str(saved.subscription_id),
        "version": saved.version,
        "link": link,
    }
