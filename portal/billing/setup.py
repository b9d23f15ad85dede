"""The customer's yes is completed, once, when the gateway says that the method is saved."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from portal.billing import accepted, change_method, holds, payers
from portal.billing.models import SETUP, Consent, PaymentMethod, SetupSession
from portal.billing.payer_models import Payer
from portal.core import due
from portal.core.clock import real_now
from portal.core.database import session
from portal.gateways.base import SavedMethod, SetupState
from portal.links import requests
from portal.links.models import PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import lifecycle
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms

# How many seconds after the last question the gateway is asked again while the customer is on its page.
ASK_AGAIN = (5, 5, 10, 20, 30, 60, 120, 300)
SETUP_LIFE = timedelta(hours=24)
NO_ADDRESS_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Question:
    """Ask this gateway how the customer's visit stands."""

    setup_id: uuid.UUID
    gateway: str
    gateway_ref: str


def claim(setup_id: uuid.UUID) -> Question | None:
    """Take an open setup for asking; a hint may come before it is due, so the time is not looked at.

    None when it is finished or another worker holds it.
    """
    setup = session().get(SetupSession, setup_id, with_for_update={"skip_locked": True})
    if setup is None or setup.status != "open":
        return None
    if setup.gateway_ref is None:
        _wait_for_address(setup)
        return None
    setup.due_at = real_now() + due.LEASE
    return Question(setup.id, setup.gateway, setup.gateway_ref)


def _wait_for_address(setup: SetupSession) -> None:
    """The door is still opening the gateway's page; where it died meanwhile, nobody was ever sent there."""
    setup.due_at = setup.real_created_at + NO_ADDRESS_AFTER
    if real_now() >= setup.due_at:
        _finish(setup, "expired")


def complete(setup_id: uuid.UUID, state: SetupState) -> None:
    """Apply the gateway's word once: method, consent, start date, first invoice. Later words find it finished."""
    setup = session().get_one(SetupSession, setup_id)
    subscription = session().get_one(Subscription, setup.subscription_id, with_for_update=True)
    session().refresh(setup, with_for_update=True)
    if setup.status != "open":
        return
    site = session().get_one(Site, setup.site_id)
    if state.method is None:
        _wait_or_end(setup, state)
        return
    payer = payers.by_link(setup.link_id)
    if payer is not None and payer.ended_at is not None:
        _finish(setup, "superseded")  # they were not asked any more when their card was saved: it is not kept
        return
    method = _keep_method(site, subscription, setup, state.method, payer)
    if setup.purpose == "change_method":
        _change_method(site, subscription, setup, method)
    else:
        _confirm(site, subscription, setup, method)


def _wait_or_end(setup: SetupSession, state: SetupState) -> None:
    if state.status in {"refused", "expired"} or real_now() - setup.real_created_at > SETUP_LIFE:
        _finish(setup, "refused" if state.status == "refused" else "expired")
        return
    setup.asked += 1
    setup.due_at = real_now() + timedelta(seconds=ASK_AGAIN[min(setup.asked, len(ASK_AGAIN) - 1)])


def _keep_method(
    site: Site, subscription: Subscription, setup: SetupSession, saved: SavedMethod, payer: Payer | None
) -> PaymentMethod:
    method = PaymentMethod(
        site_id=site.id,
        customer_id=subscription.customer_id,
        gateway=setup.gateway,
        gateway_ref=saved.gateway_ref,
        brand=saved.brand,
        last4=saved.last4,
        exp_month=saved.exp_month,
        exp_year=saved.exp_year,
        created_at=clock.now(site),
        payer_id=payer.id if payer else None,
    )
    session().add(method)
    session().flush()
    return method


def _confirm(site: Site, subscription: Subscription, setup: SetupSession, method: PaymentMethod) -> None:
    request = session().get_one(PaymentRequest, setup.request_id)
    if subscription.status != "pending" or lifecycle.is_accepted(subscription) or request.status not in requests.LIVE:
        _finish(setup, "superseded")
        return
    if subscription.terms_id != setup.terms_id:
        _finish(setup, "stale")
        announce(site, subscription, "subscription", "updated", version=subscription.version)
        return
    _finish(setup, "completed")
    _drop_unsent(subscription)
    terms = session().get_one(Terms, setup.terms_id)
    _consent(site, subscription, setup, method)
    accepted.accept(site, subscription, terms, method, request)


def _drop_unsent(subscription: Subscription) -> None:
    """Visits whose door died before anybody was sent to the gateway: this yes has taken their place."""
    unsent = update(SetupSession).where(
        SetupSession.subscription_id == subscription.id,
        SetupSession.status == "open",
        SetupSession.gateway_ref.is_(None),
    )
    session().execute(unsent.values(status="superseded", completed_at=real_now(), due_at=None, site_due_at=None))


def _consent(site: Site, subscription: Subscription, setup: SetupSession, method: PaymentMethod) -> None:
    if method.payer_id is not None:
        payer = session().get_one(Payer, method.payer_id)
        payer.accepted_at = payer.accepted_at or clock.now(site)
    session().add(
        Consent(
            site_id=site.id,
            subscription_id=subscription.id,
            customer_id=subscription.customer_id,
            terms_id=setup.terms_id,
            setup_id=setup.id,
            payment_method_id=method.id,
            shown=setup.consent_text,
            shown_hash=hashlib.sha256(setup.consent_text.encode()).hexdigest(),
            address=setup.address,
            agent=setup.agent,
            at=clock.now(site),
            payer_id=method.payer_id,
        )
    )


def _change_method(site: Site, subscription: Subscription, setup: SetupSession, method: PaymentMethod) -> None:
    rested = payers.has_rested(subscription)
    if subscription.status not in {"active", "failed", "paused"}:
        _finish(setup, "superseded")
        return
    if method.payer_id is not None and setup.terms_id != subscription.terms_id:
        _finish(setup, "stale")
        return
    _finish(setup, "completed")
    if method.payer_id is not None:
        _consent(site, subscription, setup, method)
    change_method.change(site, subscription, method)
    if rested and subscription.hold_reason == payers.STOPPED:
        holds.resume(site, subscription, session().get_one(Terms, subscription.binding_terms_id))


def _finish(setup: SetupSession, status: str) -> None:
    SETUP.check(setup.status, status)
    setup.status = status
    setup.completed_at = real_now()
    setup.due_at = setup.site_due_at = None
