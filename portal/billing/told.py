"""What the customer is told of their money: a refusal, another card or an approval wanted, what came back, the end."""

from __future__ import annotations

from datetime import date

from portal.billing import declines, dunning, slots
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.billing.refund_models import Refund
from portal.billing.words import decline_reason, method_words
from portal.core.database import session
from portal.core.instants import local_day
from portal.customers.models import Customer
from portal.links import requests
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import asking, words
from portal.subscriptions.models import Subscription, Terms


def refused(site: Site, subscription: Subscription, terms: Terms, payment: Payment, attempt: Attempt) -> None:
    """At the first failure of a payment, not only at the last; and once more when only another card helps (D2)."""
    request = requests.newest(subscription.id)
    needs_card = attempt.decline == "hard" and subscription.status != "pending"
    is_news = payment.attempts == 1 or attempt.decline != "soft"
    if request is None or not is_news or _is_over(subscription, payment):
        return
    customer = session().get_one(Customer, subscription.customer_id)
    locale = customer.locale or site.locale
    facts = {
        "reason_text": decline_reason(attempt.code or "", locale),
        "amount_text": words.money_text(payment.amount_minor, payment.currency, locale),
        "needs_card": needs_card,
        "retry_day": _retry_day(site, subscription, payment, attempt, locale),
    }
    occasion = f"{payment.id}:card" if needs_card else str(payment.id)
    about = payment.invoice_id
    asking.notify(site, subscription, terms, customer, request, "payment_failed", occasion, about, **facts)


def _is_over(subscription: Subscription, payment: Payment) -> bool:
    """After the end nobody is told of charges but of those that the end itself made."""
    return subscription.status == "closed" and not slots.is_closing(session().get_one(Invoice, payment.invoice_id))


def _retry_day(site: Site, subscription: Subscription, payment: Payment, attempt: Attempt, locale: str) -> str:
    if subscription.status not in {"active", "closed"} or payment.first_failed_at is None:
        return ""
    now = clock.now(site)
    earliest = declines.not_before(attempt.advice, attempt.settled_at)
    again = dunning.of(site, payment.first_failed_at).next_try(attempt.decline, now, earliest)
    if again is None:
        return ""
    return words.day_text(local_day(again, site.timezone), locale, today=clock.today(site))


def approval_wanted(site: Site, subscription: Subscription, payment: Payment, attempt: Attempt) -> None:
    """The bank wants to ask the customer, who is not there: a link brings them back (D7), once for each try."""
    request = requests.newest(subscription.id)
    if request is None or _is_over(subscription, payment):
        return
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    customer = session().get_one(Customer, subscription.customer_id)
    locale = customer.locale or site.locale
    facts = {"amount_text": words.money_text(payment.amount_minor, payment.currency, locale)}
    about, occasion = payment.invoice_id, str(attempt.id)
    asking.notify(site, subscription, terms, customer, request, "approve", occasion, about, **facts)


def refunded(site: Site, subscription: Subscription, payment: Payment, refund: Refund) -> None:
    """Money has gone back, in whole or part; to whose card is said where it is their own."""
    request = requests.newest(subscription.id)
    if request is None or subscription.accepted_at is None:
        return
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    customer = session().get_one(Customer, subscription.customer_id)
    locale, method = customer.locale or site.locale, session().get_one(PaymentMethod, payment.payment_method_id)
    facts = {
        "amount_text": words.money_text(refund.amount_minor, refund.currency, locale),
        "card_text": "" if method.payer_id is not None else method_words(method.brand, method.last4, locale),
    }
    about, occasion = payment.invoice_id, str(refund.id)
    asking.notify(site, subscription, terms, customer, request, "refunded", occasion, about, **facts)


def canceled(site: Site, subscription: Subscription, terms: Terms, paid_until: date | None) -> None:
    """Their own cancellation in writing, with a link: whoever did not do it learns of it, and can undo it."""
    request = requests.newest(subscription.id)
    if request is None:
        return
    customer, today = session().get_one(Customer, subscription.customer_id), clock.today(site)
    until = ""
    if paid_until is not None and paid_until >= today:
        until = words.day_text(paid_until, customer.locale or site.locale, today=today)
    occasion = f"{subscription.id}:{subscription.sequence}"  # canceled, undone and canceled again is told twice
    asking.notify(site, subscription, terms, customer, request, "canceled", occasion, until_day=until)
