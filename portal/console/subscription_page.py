"""One subscription: its facts, the dates to come, its requests and its payments."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import make_response, render_template
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response

from portal.billing.models import Payment
from portal.console import story, times, words
from portal.console.door import bp, signed_in
from portal.console.frame import frame
from portal.console.list_rows import Badge, state_badge
from portal.console.story import Story
from portal.console.summary import Summary, summary
from portal.console.terms import why_that_day
from portal.core.database import reading
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.sites import clock
from portal.subscriptions import agenda

SHOWN_DATES = 4
PAID = {
    "succeeded": Badge("paid", "Paid"),
    "failed": Badge("failed", "Declined"),
    "unknown": Badge("unknown", "Unknown"),
    "requires_action": Badge("unknown", "At the bank"),
    "pending": Badge("sent", "Being taken"),
    "voided": Badge("withdrawn", "Called off"),
    "refunded": Badge("closed", "Refunded"),
    "partially_refunded": Badge("closed", "Partly refunded"),
}


@dataclass(frozen=True, slots=True)
class ComingDate:
    day_text: str
    day_iso: str
    amount: str
    why: str


@dataclass(frozen=True, slots=True)
class RequestLine:
    request_id: uuid.UUID
    kind: str
    state: Badge
    at_text: str


@dataclass(frozen=True, slots=True)
class PaymentLine:
    payment_id: uuid.UUID
    day_text: str
    state: Badge
    method: str
    amount: str


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    summary: Summary
    since: str
    coming: Sequence[ComingDate]
    requests: Sequence[RequestLine]
    payments: Sequence[PaymentLine]


KINDS = {"subscribe": "Subscription", "instalment": "One payment", "card_change": "New card", "reconsent": "New yes"}


@bp.get("/subscriptions/<subscription_id>")
def subscription_page(subscription_id: str) -> Response:
    person, our_id = signed_in(), read_id(subscription_id)
    if our_id is None:
        raise NoSuchPage
    with reading():
        try:
            found = story.of_subscription(our_id, person.only_site)
        except NotFound:
            raise NoSuchPage from None
        page = SubscriptionPage(
            summary=summary(found, in_full=person.may_act),
            since=times.full_moment(times.local(found.subscription.created_at, found.site.timezone)),
            coming=_coming(found),
            requests=[_request(found, place) for place in reversed(range(len(found.requests)))],
            payments=[_payment(found, payment) for payment in reversed(found.payments)],
        )
        around = frame(person, [found.site], current="requests")
    return make_response(render_template("console/subscription.html", page=page, frame=around))


def _coming(found: Story) -> list[ComingDate]:
    subscription = found.subscription
    if subscription.status != "active" or subscription.anchor_on is None:
        return []
    bound = (terms for terms in found.versions.values() if terms.id == subscription.binding_terms_id)
    terms, today = next(bound, found.terms), clock.today(found.site)
    return [
        ComingDate(
            day_text=times.short_day(day, today),
            day_iso=day.isoformat(),
            amount=words.money(terms.amount_minor, terms.currency),
            why=why_that_day(terms, subscription.anchor_on, subscription.billing_day, index),
        )
        for index, day in agenda.upcoming(subscription, terms, SHOWN_DATES)
    ]


def _request(found: Story, place: int) -> RequestLine:
    request, zone = found.requests[place], found.site.timezone
    at = times.lately(times.local(request.created_at, zone), times.local(clock.now(found.site), zone))
    return RequestLine(request.id, KINDS[request.kind], state_badge(request, ""), at)


def _payment(found: Story, payment: Payment) -> PaymentLine:
    invoice, method = found.invoices.get(payment.invoice_id), found.methods.get(payment.payment_method_id)
    return PaymentLine(
        payment_id=payment.id,
        day_text=times.short_day(invoice.invoice_on, clock.today(found.site)) if invoice else "",
        state=PAID[payment.status],
        method=f"{method.brand} ending {method.last4}" if method else "",
        amount=words.money(payment.amount_minor, payment.currency),
    )
