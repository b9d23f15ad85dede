"""Somebody else pays: asked by a link of their own, their own yes and card, ended by either side."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.billing import wishes
from portal.billing.models import PaymentMethod
from portal.billing.payer_models import Payer
from portal.core import changes
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.links import requests
from portal.links.models import Link
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import lifecycle, pausing
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms

STOPPED = "payer_stopped"  # the hold's reason: it goes on as soon as somebody gives a card


def of(subscription_id: uuid.UUID) -> Payer | None:
    """Who is asked or pays now; None where the customer pays."""
    mine = select(Payer).where(Payer.subscription_id == subscription_id, Payer.ended_at.is_(None))
    return session().scalar(mine.order_by(Payer.created_at.desc(), Payer.id.desc()).limit(1))


def by_link(link_id: uuid.UUID) -> Payer | None:
    return session().scalar(select(Payer).where(Payer.link_id == link_id))


def pays(payer: Payer, subscription: Subscription) -> bool:
    """True while their card is the one that is charged."""
    method_id = subscription.payment_method_id
    method = session().get(PaymentMethod, method_id) if method_id else None
    return method is not None and method.payer_id == payer.id


def invite(site: Site, subscription: Subscription) -> Payer:
    """A link to forward; there is one at a time. The subscription's row is locked by the caller.

    Raises NotAllowedNow where nothing can be paid any more.
    """
    present = of(subscription.id)
    if present is not None:
        return present
    lifecycle.refuse_if_archived(subscription)
    request = requests.newest(subscription.id)
    if subscription.status == "closed" or request is None or request.status in {"replaced", "withdrawn", "expired"}:
        raise NotAllowedNow("There is nothing to pay for here now.")
    link = requests.add_link(site, request, purpose="payer")
    payer = Payer(site_id=site.id, subscription_id=subscription.id, link_id=link.id, created_at=clock.now(site))
    session().add(payer)
    session().flush()
    _note(site, payer, "payer invited")
    return payer


def end(site: Site, subscription: Subscription, terms: Terms, payer: Payer, by: str) -> None:
    """Shut their link; where their card is charged, charges rest until somebody gives another. Twice is no error.

    The subscription's row is locked by the caller. Raises NotAllowedNow while a charge of theirs is under way.
    """
    session().refresh(payer, with_for_update=True)
    if payer.ended_at is not None:
        return
    if pays(payer, subscription):
        if wishes.account(subscription).is_under_way:
            raise NotAllowedNow("A payment is being taken at this moment. Try again in a minute.")
        _rest(site, subscription, terms)
    close(site, payer, by)


def close(site: Site, payer: Payer, by: str) -> None:
    """They have nothing to do with it any more: nothing of theirs is charged, their link opens nothing."""
    payer.ended_at, payer.ended_by = clock.now(site), by
    link = session().get_one(Link, payer.link_id)
    link.revoked_at = link.revoked_at or real_now()
    _note(site, payer, "payer ended", by=by)


def _rest(site: Site, subscription: Subscription, terms: Terms) -> None:
    """No card, so no charge: what is owed waits, and no date in between is billed later."""
    subscription.payment_method_id = None
    if subscription.status in {"active", "failed"}:
        pausing.pause(site, subscription, terms, reason=STOPPED)
    else:
        announce(site, subscription, "subscription", "updated", version=subscription.version)


def has_rested(subscription: Subscription) -> bool:
    """It waits for a card since whoever paid has stopped."""
    return subscription.status == "paused" and subscription.payment_method_id is None


def _note(site: Site, payer: Payer, what: str, **fields: str) -> None:
    changes.record(
        what,
        site_id=site.id,
        entity="payer",
        entity_id=payer.id,
        subscription_id=payer.subscription_id,
        at=clock.now(site),
        fields={name: (None, value) for name, value in fields.items()},
    )
