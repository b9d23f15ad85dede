"""Addresses of the native API: subscriptions."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from pydantic import BaseModel

from portal.api import auth, casing, door, preconditions
from portal.api.answers import answer
from portal.api.native import answers
from portal.api.native.dialect import NATIVE
from portal.api.native.manual import manual
from portal.api.native.reading import Read, read_subscription, refuse_problems
from portal.api.native.samples import SUBSCRIPTION_BODY, SUBSCRIPTION_SAVED, WHOLE_SUBSCRIPTION
from portal.api.native.schemas import SiteRules, SubscriptionBody
from portal.api.native.versions import tell_successor
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
door.guard(bp, NATIVE)
bp.after_request(tell_successor)


@bp.before_request
def enter_site() -> None:
    """The site of the address before anything else is read: another's is as unknown as one that does not exist."""
    auth.own_site((request.view_args or {})["site_id"])


def leniently(_: type[BaseModel], fields: dict[str, Any]) -> Read:
    """A subscription's body with everything that could be read and everything that is wrong."""
    return read_subscription(fields, (request.view_args or {})["version"], rules())


@bp.post("/subscription/addUpdate")
@manual.operation(
    "Add or update a subscription",
    tag="Subscriptions",
    body=SubscriptionBody,
    read=leniently,
    answers={200: answers.Saved},
    versioned=True,
    body_example=SUBSCRIPTION_BODY,
    answer_examples={200: SUBSCRIPTION_SAVED},
)
def add_update(version: str, site_id: str, body: Read) -> Response:
    """Adds, or updates what has this external_id (in v4 also this id). A new one sends the payment link to the
    customer by text, email or both, by the notification options of the customer's record. An open page shows a change
    at once. What is left out keeps its value."""
    mine = auth.own_site(site_id)
    _refuse_unreadable(mine, body)
    refuse_private(body.order.webhook_url)
    with transaction():
        saved = by_link.open_first(add_or_update(mine, body.order, preconditions.seen()))
        return answer(_saved_shape(saved, _address(saved)))


@bp.get("/subscription/<subscription_id>")
@manual.operation(
    "Read a subscription",
    tag="Subscriptions",
    answers={200: answers.Subscription},
    tagged=True,
    answer_examples={200: WHOLE_SUBSCRIPTION},
)
def get_subscription(version: str, site_id: str, subscription_id: str) -> Response:
    """The whole subscription with its customer, its invoices and their payments."""
    mine = auth.own_site(site_id)
    with reading():
        subscription = find.by_either_id(mine, subscription_id)
        shape = subscription_shape(session().get_one(Site, mine), subscription)
        tag = preconditions.etag(subscription)
    return answer(casing.written(shape, version), headers=tag)


@bp.post("/subscription/<subscription_id>/send")
@manual.operation("Send the link again", tag="Subscriptions", answers={200: answers.Sent}, versioned=True)
def send(version: str, site_id: str, subscription_id: str) -> Response:
    """A new message with a link of its own; earlier links stay valid. A repeat within 300 seconds is refused (409)."""
    mine = auth.own_site(site_id)
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        preconditions.seen().require(subscription)
        link_id = send_again(session().get_one(Site, mine), subscription)
        link = find_links.fill(placeholder(link_id), settings().public_url)
        shape = {"success": True, "_id": str(subscription.id), "id": str(subscription.id), "link": link}
        return answer(shape, headers=preconditions.etag(subscription))


def settings() -> Settings:
    found: Settings = current_app.extensions["portal_settings"]
    return found


def rules() -> SiteRules:
    """What reading a body needs to know of the key's site, read once a request."""
    if "site_rules" not in g:
        with reading():
            site = session().get_one(Site, g.site_id)
        g.site_rules = SiteRules(site.country, site.mode == "live", settings().webhook_allow_private)
    found: SiteRules = g.site_rules
    return found


def _refuse_unreadable(site_id: uuid.UUID, read: Read) -> None:
    """Everything wrong at once (HF17): what cannot be read, and, where this would be a new one, what is missing."""
    if not read.problems:
        return
    with reading():
        is_new = not find.exists(site_id, read.order.id, read.order.external_id)
    lacking = [p for p in missing(read.order) if p.field not in read.named] if is_new else []
    refuse_problems(read.problems + lacking)


def refuse_private(url: Any, field: str = "webhook_url") -> None:
    """The host is looked up before the transaction; one that does not resolve is checked again at connect."""
    if not isinstance(url, str):
        return
    try:
        check_resolved(url, live=rules().live, allow_private=rules().allow_private)
    except AddressRefused as refused:
        raise InvalidFields([Problem(field, "invalid", str(refused))]) from None


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
