"""The panel beside a timeline: the next payment, who the customer is, what was paid, whether the link works."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.billing.models import Invoice, Payment
from portal.console import times, words
from portal.console.list_rows import Badge, state_badge, subscription_badge
from portal.console.say import TAKEN, Charge, Say, Standing, say
from portal.console.story import Story
from portal.console.terms import why_that_day
from portal.sites import clock
from portal.subscriptions.models import Terms

# Of several collections of one invoice, the state that counts.
_WEIGHT = ("succeeded", "partially_refunded", "refunded", "unknown", "requires_action", "pending", "failed", "voided")


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything about a subscription and one of its requests that is not the timeline. Empty texts are not shown."""

    request_id: uuid.UUID
    subscription_id: uuid.UUID
    newest_request_id: uuid.UUID
    customer: str
    description: str
    price: str
    external_id: str
    state: Badge
    subscription: Badge
    say: Say
    next_amount: str
    next_day: str
    next_why: str
    phone: str
    email: str
    card: str
    paid: str
    link: str
    version: int
    site: str


def summary(story: Story, *, in_full: bool) -> Summary:
    """`in_full`: phone and e-mail as they are, else masked."""
    failure = _failure(story)
    amount, day, why = _next(story)
    terms, customer = story.terms, story.customer
    return Summary(
        request_id=story.request.id,
        subscription_id=story.subscription.id,
        newest_request_id=story.requests[-1].id,
        customer=customer.name,
        description=terms.description,
        price=f"{words.money(terms.amount_minor, terms.currency)} {words.rhythm(terms)}",
        external_id=story.subscription.external_id or "",
        state=state_badge(story.request, failure),
        subscription=subscription_badge(story.subscription.status),
        say=say(_standing(story, failure, f"{amount} on {day}" if day else "")),
        next_amount=amount,
        next_day=day,
        next_why=why,
        phone=words.phone(customer, story.site.country, in_full=in_full),
        email=words.email(customer, in_full=in_full),
        card=_card(story),
        paid=_paid(story),
        link=_link(story),
        version=story.subscription.version,
        site=story.site.name,
    )


def charges(story: Story) -> list[Charge]:
    """One for each invoice, oldest first: the state that counts of all its collections."""
    payments: dict[uuid.UUID, list[Payment]] = defaultdict(list)
    for payment in story.payments:
        payments[payment.invoice_id].append(payment)
    invoices = sorted(story.invoices.values(), key=lambda invoice: invoice.period_start)
    return [_charge(story, invoice, payments[invoice.id]) for invoice in invoices if payments[invoice.id]]


def _charge(story: Story, invoice: Invoice, payments: Sequence[Payment]) -> Charge:
    counts = min(payments, key=lambda payment: _WEIGHT.index(payment.status))
    tries = [attempt for attempt in story.attempts if attempt.invoice_id == invoice.id and attempt.sent_at]
    due = counts.site_due_at or counts.due_at
    said = tries[-1].words if tries else None
    is_tried_again = due is not None and not (counts.status == "failed" and tries and tries[-1].decline != "soft")
    return Charge(
        status=counts.status,
        tries=len(tries),
        amount=words.money(invoice.amount_minor, invoice.currency),
        day=times.short_day(invoice.invoice_on, clock.today(story.site)),
        words=said or "",
        next_text=_at(story, due) if is_tried_again and due is not None else "",
    )


def _standing(story: Story, failure: str, next_payment: str) -> Standing:
    return Standing(
        request=story.request.status,
        subscription=story.subscription.status,
        charges=charges(story),
        not_delivered=failure,
        next_payment=next_payment,
    )


def _at(story: Story, moment: datetime) -> str:
    zone = story.site.timezone
    text = times.soon(times.local(moment, zone), times.local(clock.now(story.site), zone))
    return f"on {text}" if "," in text else f"at {text}"


def _failure(story: Story) -> str:
    """Why no message of this request has arrived, if one failed and none came through."""
    mine = [
        message for message in story.messages if message.request_id == story.request.id and message.purpose == "link"
    ]
    failed = [message for message in mine if message.status == "failed"]
    return failed[-1].error or "Not delivered." if failed and len(failed) == len(mine) else ""


def _next(story: Story) -> tuple[str, str, str]:
    """Amount, day and the day's reason of the next payment; empty where none is planned."""
    subscription = story.subscription
    if subscription.status != "active" or subscription.next_due_on is None or subscription.next_index is None:
        return "", "", ""
    terms = _binding(story)
    assert subscription.anchor_on is not None
    why = why_that_day(terms, subscription.anchor_on, subscription.billing_day, subscription.next_index)
    day = times.short_day(subscription.next_due_on, clock.today(story.site))
    return words.money(terms.amount_minor, terms.currency), day, why


def _binding(story: Story) -> Terms:
    bound = (terms for terms in story.versions.values() if terms.id == story.subscription.binding_terms_id)
    return next(bound, story.terms)


def _card(story: Story) -> str:
    method = story.methods.get(story.subscription.payment_method_id or uuid.UUID(int=0))
    return f"{method.brand} ending {method.last4}, {method.exp_month:02}/{method.exp_year % 100:02}" if method else ""


def _paid(story: Story) -> str:
    """ "$79.98, 2 payments", each currency apart."""
    sums: dict[str, int] = defaultdict(int)
    taken = [payment for payment in story.payments if payment.status in TAKEN]
    for payment in taken:
        sums[payment.currency] += payment.amount_minor
    amounts = " and ".join(words.money(minor, currency) for currency, minor in sums.items())
    return f"{amounts}, {words.counted(len(taken), 'payment')}" if taken else "nothing yet"


def _link(story: Story) -> str:
    """Whether the newest address of this request opens it, and how often it was opened."""
    mine = [link for link in story.links if link.request_id == story.request.id]
    opens = [one for one in story.opens if one.request_id == story.request.id]
    # Who confirms without JavaScript leaves no hello, only the time of their first tap.
    count = max(len(opens), int(story.request.opened_at is not None))
    opened = f"opened {words.times(count)}" if count else "never opened"
    if story.request.status in {"expired", "withdrawn", "replaced"}:
        return f"{words.STATES[story.request.status]}, {opened}"
    if not any(link.revoked_at is None and link.replaced_at is None for link in mine):
        return f"Revoked, {opened}"
    return f"Works, {opened}"
