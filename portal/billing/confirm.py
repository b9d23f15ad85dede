"""The customer's yes begins: with the version that was on the page, before the gateway's page is opened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from portal.billing import payers
from portal.billing.models import SetupSession
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.core.jobs import Job, enqueue
from portal.customers import choices
from portal.gateways.base import SetupOrder
from portal.gateways.registry import for_mode
from portal.links import find as find_links
from portal.links import requests
from portal.links.find import Found
from portal.links.models import PaymentRequest
from portal.links.tokens import placeholder
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import lifecycle, words
from portal.subscriptions.models import Subscription, Terms

FIRST_QUESTION = timedelta(seconds=5)


class StaleTerms(NotAllowedNow):
    """The page showed older terms: nothing is confirmed, the page comes back with the difference."""

    code = "stale_terms"


class NotOpen(NotAllowedNow):
    """There is nothing to confirm: confirmed already, closed, replaced, or a charge is without an answer."""

    code = "not_open"


class NoGateway(NotAllowedNow):
    code = "no_gateway"
    message = "This merchant cannot take payments here yet."


@dataclass(frozen=True, slots=True)
class Visitor:
    """From where the yes came: kept with the consent as evidence. `language` is that of the page.

    `tapped`: the language that was chosen at its foot, for the way back and from then on; empty where none was.
    """

    address: str
    agent: str
    language: str = "en"
    tapped: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    setup_id: uuid.UUID
    gateway: str
    order: SetupOrder


def begin(link_id: uuid.UUID, version: int, shown: str, visitor: Visitor, payer_name: str = "") -> Begun:
    """Note that the customer said yes to `version` and wants to give a method; nothing is confirmed yet.

    Through a payer's link it is the payer's yes, who is called `payer_name` from now on.

    Raises StaleTerms when the terms have moved on, NotOpen when there is nothing to confirm.
    """
    found = find_links.by_id(link_id)
    subscription = session().get_one(Subscription, found.request.subscription_id, with_for_update=True)
    session().refresh(found.request)
    site = session().get_one(Site, subscription.site_id)
    purpose = _purpose(subscription, found.request, site)
    is_payer = found.link.purpose == "payer"
    if is_payer:
        _name_payer(found, payer_name)
    if version != subscription.version and (purpose == "confirm" or is_payer):
        raise StaleTerms("The terms changed before you confirmed.")
    requests.mark(site, found.request, "opened")
    if not is_payer:
        choices.keep_tapped(site, subscription.customer_id, visitor.tapped)
    return _open_setup(site, subscription, found, purpose, shown, visitor)


def _name_payer(found: Found, name: str) -> None:
    payer = payers.by_link(found.link.id)
    if payer is None or payer.ended_at is not None or found.link.revoked_at is not None:
        raise NotOpen("You are not asked to pay for this any more.")
    payer.name = name


def _purpose(subscription: Subscription, request: PaymentRequest, site: Site) -> str:
    if subscription.status in {"active", "failed", "paused"} and request.status == "confirmed":
        return "change_method"
    expired = clock.now(site) >= request.expires_at
    if (
        subscription.status != "pending"
        or lifecycle.is_accepted(subscription)
        or request.status not in requests.LIVE
        or expired
    ):
        raise NotOpen("There is nothing to confirm here now.")
    return "confirm"


def _open_setup(
    site: Site, subscription: Subscription, found: Found, purpose: str, shown: str, visitor: Visitor
) -> Begun:
    gateway = for_mode(site.mode)
    if gateway is None:
        raise NoGateway
    terms = session().get_one(Terms, subscription.terms_id)
    setup = SetupSession(
        site_id=site.id,
        subscription_id=subscription.id,
        request_id=found.request.id,
        link_id=found.link.id,
        terms_id=terms.id,
        purpose=purpose,
        status="open",
        gateway=gateway.name,
        consent_text=shown,
        address=visitor.address[:45],
        agent=visitor.agent[:200],
        created_at=clock.now(site),
        real_created_at=real_now(),
        due_at=real_now() + FIRST_QUESTION,
    )
    session().add(setup)
    amount = words.money_text(terms.amount_minor, terms.currency, visitor.language)
    lang = f"&lang={visitor.tapped}" if visitor.tapped else ""
    order = SetupOrder(
        setup_id=setup.id,
        site_id=site.id,
        merchant_name=site.name,
        description=terms.description if found.link.purpose == "own" else site.name,
        amount_text=amount,
        return_path=f"/p/{placeholder(found.link.id)}?setup={setup.id.hex}{lang}",
        at=clock.now(site),
    )
    return Begun(setup.id, gateway.name, order)


def attach(setup_id: uuid.UUID, gateway_ref: str) -> None:
    session().get_one(SetupSession, setup_id).gateway_ref = gateway_ref


def hint_saved(setup_id: uuid.UUID) -> None:
    """The gateway's callback says that something happened: a worker asks for it now."""
    enqueue(Job.COMPLETE_SETUP, setup_id)
