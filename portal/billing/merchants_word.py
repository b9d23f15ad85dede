"""A merchant uses a method that the customer saved with them before: for a new subscription, or in place of another."""

from __future__ import annotations

import hashlib
import uuid

from sqlalchemy import select

from portal.billing import accepted, change_method, holds, payers
from portal.billing.models import Consent, PaymentMethod
from portal.core.database import session
from portal.core.errors import NotAllowedNow, invalid
from portal.core.speech import spoken
from portal.customers.models import Customer
from portal.gateways.registry import for_mode
from portal.links import requests
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import lifecycle, versions, words
from portal.subscriptions.models import Subscription, Terms


def usable(site: Site, customer_id: uuid.UUID, method_id: uuid.UUID | None) -> PaymentMethod:
    """The customer's own method at this site, if it can be charged now. Raises InvalidFields.

    Never another site's, another customer's or a payer's, nor one that was typed for a single payment.
    """
    mine = select(PaymentMethod).where(
        PaymentMethod.id == method_id,
        PaymentMethod.site_id == site.id,
        PaymentMethod.customer_id == customer_id,
        PaymentMethod.payer_id.is_(None),
        PaymentMethod.once.is_(False),
    )
    found = session().scalar(mine)
    if found is None:
        raise invalid("payment_method", "The customer has no payment method with this id.")
    today, gateway = clock.today(site), for_mode(site.mode)
    if found.revoked_at is not None or gateway is None or found.gateway != gateway.name:
        raise invalid("payment_method", "This payment method cannot be charged any more.")
    if (found.exp_year, found.exp_month) < (today.year, today.month):
        raise invalid("payment_method", "This card has expired. Ask the customer for another one.")
    return found


def begin(site: Site, subscription: Subscription, method: PaymentMethod, key_id: str) -> None:
    """Begin one that waits for a yes, charged by `method`, which the caller has from `usable`.

    It rests on two things. The customer gave this method on the gateway's page, to this merchant, for charges that
    follow. And the merchant, named by the API key, tells us that the customer has agreed to these terms: that word is
    kept as the consent, as what it is. The customer is told at once what was taken and what is to come, with a link
    where they can end it. A site that wants each yes anew (`consent_policy` reconfirm) cannot use this.

    The row is locked by the caller. Raises NotAllowedNow.
    """
    lifecycle.refuse_if_archived(subscription)
    if subscription.status != "pending" or lifecycle.is_accepted(subscription):
        raise NotAllowedNow("Only a subscription that waits for a payment method can begin.")
    if site.consent_policy == "reconfirm":
        raise NotAllowedNow("This site asks its customers for each yes. Leave the payment method out to send the link.")
    terms = versions.terms_of(subscription.terms_id)
    request = requests.newest(subscription.id)
    if request is None or request.status not in requests.LIVE:
        request = requests.issue(site, subscription.id, subscription.customer_id)
        requests.add_link(site, request)
    _keep_word(site, subscription, terms, method, key_id)
    accepted.accept(site, subscription, terms, method, request, told_by=key_id)


def replace(site: Site, subscription: Subscription, method: PaymentMethod, key_id: str) -> None:
    """Charges go by `method` from now on and what is overdue is tried by it; one that waits for a method begins.

    The row is locked by the caller. Raises NotAllowedNow for one that has ended, and while a first charge is under way.
    """
    lifecycle.refuse_if_archived(subscription)
    if subscription.status == "pending":
        begin(site, subscription, method, key_id)
        return
    if subscription.status == "closed":
        raise NotAllowedNow("This subscription has ended. Its payment method cannot change any more.")
    if method.id == subscription.payment_method_id:
        return
    rested = payers.has_rested(subscription) and subscription.hold_reason == payers.STOPPED
    change_method.change(site, subscription, method)
    if rested:
        holds.resume(site, subscription, versions.terms_of(subscription.binding_terms_id or subscription.terms_id))


def _keep_word(site: Site, subscription: Subscription, terms: Terms, method: PaymentMethod, key_id: str) -> None:
    said = _terms_in_words(site, subscription, terms)
    session().add(
        Consent(
            site_id=site.id,
            subscription_id=subscription.id,
            customer_id=subscription.customer_id,
            terms_id=terms.id,
            told_by=key_id,
            payment_method_id=method.id,
            shown=said,
            shown_hash=hashlib.sha256(said.encode()).hexdigest(),
            address="",
            agent="",
            at=clock.now(site),
        )
    )


def _terms_in_words(site: Site, subscription: Subscription, terms: Terms) -> str:
    """What the merchant says was agreed, in the customer's language."""
    customer = session().get_one(Customer, subscription.customer_id)
    locale = spoken(customer.locale, site.locale)
    amount = words.money_text(terms.amount_minor, terms.currency, locale)
    return f"{terms.description}: {amount}, {words.rhythm_words(terms.rhythm, locale)}"
