"""Ask the customer: a request, one link for each message, and the messages themselves."""

from __future__ import annotations

import uuid
from typing import Any

from portal.core.ids import new_id
from portal.core.speech import spoken
from portal.customers.models import Customer
from portal.customers.phones import national
from portal.links import find as find_links
from portal.links import requests
from portal.links.check_words import check_words
from portal.links.models import Link, PaymentRequest
from portal.notifications.queue import Notice, Purpose, first_facts, queue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import previews, words
from portal.subscriptions.models import Subscription, Terms

# What an instalment's message says beyond the facts of every message: how much of what is due when.
INSTALMENT_FACTS = ("amount_text", "description", "due_day")


def ask(site: Site, subscription: Subscription, terms: Terms, customer: Customer) -> Link:
    """A new request with a message on each channel the customer record asks for; its newest link."""
    request = requests.issue(site, subscription.id, customer.id)
    return notify(site, subscription, terms, customer, request, "link", str(request.id)) or requests.add_link(
        site, request
    )


def unsent(site: Site, subscription: Subscription, customer: Customer) -> Link:
    """A new request that no message tells of; its link."""
    return requests.add_link(site, requests.issue(site, subscription.id, customer.id))


def ask_again(
    site: Site, subscription: Subscription, terms: Terms, customer: Customer, request: PaymentRequest
) -> Link:
    """Send the same ask once more; earlier links stay valid. Raises TooSoon within 300 s."""
    requests.guard_resend(request)
    if request.status == "expired":
        requests.move(request, "opened" if request.opened_at else "issued")
    if request.status != "confirmed":
        requests.prolong(site, request)
    occasion = f"{request.id}:{new_id()}"
    purpose, facts = _words_of(request)
    return notify(site, subscription, terms, customer, request, purpose, occasion, **facts) or requests.add_link(
        site, request
    )


def _words_of(request: PaymentRequest) -> tuple[Purpose, dict[str, Any]]:
    """By which message this request is asked; an instalment is asked once more in the words of the first time."""
    if request.kind != requests.INSTALMENT:
        return "link", {}
    return "instalment", first_facts(request.id, "instalment", INSTALMENT_FACTS)


def notify(
    site: Site,
    subscription: Subscription,
    terms: Terms,
    customer: Customer,
    request: PaymentRequest,
    purpose: Purpose,
    occasion: str,
    invoice_id: uuid.UUID | None = None,
    /,
    **more: Any,
) -> Link | None:
    """Queue a notice with a link of its own for each channel; the last link, or None when nobody can be reached.

    `invoice_id`: what it is about, where that is not the request's own.
    """
    facts = message_facts(site, terms, customer) | more
    link = None
    for channel in customer.channels:
        link = requests.add_link(site, request, locale=customer.locale or site.locale)
        words = {"check_words": check_words(link, subscription.id)}
        notice = Notice(purpose, occasion, subscription.id, request.id, facts | words, invoice_id or request.invoice_id)
        queue(site, customer, notice, channel, link.id)
    return link


def message_facts(site: Site, terms: Terms, customer: Customer) -> dict[str, Any]:
    """The values of a message's words, in the customer's language."""
    locale = spoken(customer.locale, site.locale)
    return {
        "merchant_name": site.name,
        "first_name": customer.first_name or "",
        "description": terms.description,
        "amount_text": words.money_text(terms.amount_minor, terms.currency, locale),
        "rhythm_text": words.rhythm_words(terms.rhythm, locale),
        "version": terms.version,
        "valid_days": site.link_days,
        "support_phone": national(site.support_phone, site.country) if site.support_phone else "",
        "lang": locale,
    }


def newest_link(request_id: uuid.UUID) -> Link | None:
    return find_links.newest_of(request_id)


def next_payment(site: Site, subscription: Subscription, terms: Terms, customer: Customer) -> dict[str, str]:
    """The next payment in words: how much and when; nothing where none is to come."""
    day = subscription.next_due_on
    if day is None:
        return {}
    locale = spoken(customer.locale, site.locale)
    amount = words.money_text(_coming_minor(subscription, terms), terms.currency, locale)
    return {"next_amount_text": amount, "next_day": words.day_text(day, locale, today=clock.today(site))}


def _coming_minor(subscription: Subscription, terms: Terms) -> int:
    if subscription.next_index is None or subscription.anchor_on is None:
        return terms.amount_minor
    return previews.next_bill(subscription, terms).total_minor
