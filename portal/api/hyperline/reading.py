"""What the dialect's answers are made of: subscriptions with all that hangs on them, in as many reads as for one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app, g
from sqlalchemy import ColumnElement, Row, Select, or_, select

from portal.api import preconditions
from portal.billing import cancellations
from portal.billing.cancellation_models import Cancellation
from portal.catalog import products
from portal.catalog.product_models import Product
from portal.core.changes import Change
from portal.core.database import session
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.core.settings import Settings
from portal.links import requests, tokens
from portal.links.models import Link, PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import phases
from portal.subscriptions.models import Subscription, Terms


@dataclass(frozen=True, slots=True)
class Whole:
    """A subscription with its newest terms, those that charges follow, and everything that its answer tells."""

    site: Site
    today: date
    subscription: Subscription
    terms: Terms
    binding: Terms
    request: PaymentRequest | None
    address: str | None
    paused_at: datetime | None
    cancellation: Cancellation | None
    phase_id: uuid.UUID
    products: dict[str, Product]


def own_site() -> Site:
    return session().get_one(Site, g.site_id)


def all_agreed(*conditions: ColumnElement[bool]) -> Select[Subscription, Terms]:
    """Every subscription of the key's site that was not deleted."""
    return (
        select(Subscription, Terms)
        .join(Terms, Terms.id == Subscription.terms_id)
        .where(Subscription.site_id == g.site_id, Subscription.deleted_at.is_(None), *conditions)
    )


def subscription(text: str, *, lock: bool = False) -> Subscription:
    """By our id or the merchant's own. Raises NotFound, for another site's too; VersionMismatch where it is changed."""
    our_id = read_id(text)
    named = or_(Subscription.id == our_id, Subscription.external_id == text)
    wanted = all_agreed(named).with_only_columns(Subscription)
    rows = session().scalars(wanted.with_for_update(of=Subscription) if lock else wanted).all()
    if not rows:
        raise NotFound("Subscription not found")
    found: Subscription = next((row for row in rows if row.id == our_id), rows[0])
    if lock:
        preconditions.seen().require(found)
    return found


def binding(found: Subscription) -> Terms:
    return session().get_one(Terms, found.binding_terms_id or found.terms_id)


def whole(found: Subscription) -> Whole:
    session().flush()
    row = session().execute(all_agreed(Subscription.id == found.id)).one()
    return wholes(own_site(), [row])[0]


def wholes(site: Site, rows: Sequence[Row[Subscription, Terms]]) -> list[Whole]:
    """Eight reads whatever their number."""
    ids = [one.id for one, _ in rows]
    names = [item.product_id for _, terms in rows for item in terms.price.items if item.product_id]
    in_force = _terms([one.binding_terms_id for one, _ in rows if one.binding_terms_id])
    asked = _requests(ids)
    addresses = _addresses([request.id for request in asked.values()])
    paused = _paused([one.id for one, _ in rows if one.status == "paused"])
    canceled, present = cancellations.newest(ids), phases.present(ids)
    held = _by_subscription(products.held_by(site.id, ids, names))
    return [
        Whole(
            site=site,
            today=clock.today(site),
            subscription=one,
            terms=terms,
            binding=in_force.get(one.binding_terms_id, terms) if one.binding_terms_id else terms,
            request=asked.get(one.id),
            address=addresses.get(asked[one.id].id) if one.id in asked else None,
            paused_at=paused.get(one.id),
            cancellation=canceled.get(one.id),
            phase_id=present.get(one.id, one.id),
            products=held.get(None, {}) | held.get(one.id, {}),
        )
        for one, terms in rows
    ]


def _terms(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Terms]:
    return {terms.id: terms for terms in session().scalars(select(Terms).where(Terms.id.in_(ids)))}


def _requests(subscription_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, PaymentRequest]:
    """The newest ask of each for a method; what one instalment was asked by is no checkout of the whole."""
    mine = PaymentRequest.subscription_id.in_(subscription_ids), PaymentRequest.kind != requests.INSTALMENT
    oldest_first = select(PaymentRequest).where(*mine).order_by(PaymentRequest.created_at, PaymentRequest.id)
    return {request.subscription_id: request for request in session().scalars(oldest_first)}


def _addresses(request_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The newest link of each request that still opens it, written out for the merchant."""
    settings: Settings = current_app.extensions["portal_settings"]
    working = select(Link).where(
        Link.request_id.in_(request_ids),
        Link.purpose == "own",
        Link.revoked_at.is_(None),
        Link.replaced_at.is_(None),
    )
    found = {}
    for link in session().scalars(working.order_by(Link.created_at, Link.id)):
        token = tokens.make(link.id, link.nonce, link.key_id)
        if token is not None:
            found[link.request_id] = f"{settings.public_url}/p/{token}"
    return found


def _paused(subscription_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When each of these was paused last."""
    lines = (
        select(Change.subscription_id, Change.at)
        .where(
            Change.site_id == g.site_id,
            Change.subscription_id.in_(subscription_ids),
            Change.what == "subscription paused",
        )
        .order_by(Change.at, Change.id)
    )
    return {our_id: at for our_id, at in session().execute(lines) if our_id is not None}


def _by_subscription(found: Sequence[Product]) -> dict[uuid.UUID | None, dict[str, Product]]:
    held: dict[uuid.UUID | None, dict[str, Product]] = {}
    for product in found:
        held.setdefault(product.subscription_id, {})[product.named] = product
    return held
