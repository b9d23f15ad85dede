"""Charges with every try and the gateway's own words, as entries."""

from __future__ import annotations

import uuid
from collections import defaultdict

from portal.billing.models import Attempt, Invoice, Payment
from portal.console import times, words
from portal.console.entries import Entry, Shape
from portal.console.story import Story
from portal.webhooks.models import Event

SHAPES: dict[str, Shape] = {
    "pending": "by-portal is-next",
    "succeeded": "is-good",
    "failed": "is-bad",
    "requires_action": "is-unknown",
    "unknown": "is-unknown",
}
TITLES = {
    "pending": "{amount} charge sent, no answer yet",
    "succeeded": "{amount} taken",
    "failed": "{amount} declined",
    "requires_action": "{amount} waits for the customer’s bank",
    "unknown": "{amount} charge, answer unknown",
}
PREPARED = "{amount} is about to be taken"


def told(story: Story) -> list[Entry]:
    tries: dict[uuid.UUID, list[Attempt]] = defaultdict(list)
    for attempt in story.attempts:
        tries[attempt.payment_id].append(attempt)
    found: list[Entry] = []
    for payment in story.payments:
        invoice = story.invoices.get(payment.invoice_id)
        found.extend(
            _attempt(story, payment, one, invoice, is_last=one is tries[payment.id][-1]) for one in tries[payment.id]
        )
        found.extend(_without_try(payment, bool(tries[payment.id])))
    return found + _once_open(story)


def _attempt(story: Story, payment: Payment, attempt: Attempt, invoice: Invoice | None, *, is_last: bool) -> Entry:
    amount = words.money(payment.amount_minor, payment.currency)
    return Entry(
        at=attempt.settled_at or attempt.started_at,
        row_id=attempt.id,
        shape=SHAPES[attempt.status],
        group="money",
        title=(TITLES[attempt.status] if attempt.sent_at else PREPARED).format(amount=amount),
        who=f"Gateway, try {attempt.number}" if attempt.sent_at else "Portal",
        quote=attempt.words or "",
        says=[
            said
            for said in (_detail(story, attempt), _invoice(invoice), _next(story, payment, attempt, is_last))
            if said
        ],
    )


def _detail(story: Story, attempt: Attempt) -> str:
    method = story.methods.get(attempt.payment_method_id)
    parts = [f"{method.brand} ending {method.last4}" if method else "", f"code {attempt.code}" if attempt.code else ""]
    parts += [f"reference {attempt.gateway_ref}" if attempt.gateway_ref else "", f"key …{attempt.key[-12:]}"]
    return ", ".join(part for part in parts if part)


def _invoice(invoice: Invoice | None) -> str:
    if invoice is None:
        return ""
    name = f"Invoice {invoice.invoice_number}" if invoice.invoice_number else f"Payment {invoice.installment}"
    return f"{name}, for the period from {times.day_heading(invoice.period_start)}."


def _next(story: Story, payment: Payment, attempt: Attempt, is_last: bool) -> str:
    due = payment.site_due_at or payment.due_at
    if not is_last or attempt.status in {"pending", "succeeded"}:
        return ""
    when = times.full_moment(times.local(due, story.site.timezone)) if due else ""
    if attempt.status == "failed":
        if attempt.decline == "customer":
            return "Only the customer can mend this: by Pay now, at their bank, or with another card."
        if attempt.decline != "soft":
            return "Another card is needed: this one is not tried again."
        return f"Next try {when}." if when else "It is not tried again."
    asking = f"The gateway is asked again {when}. " if when else ""
    return f"{asking}Do not charge by hand."


def _without_try(payment: Payment, was_tried: bool) -> list[Entry]:
    """A charge that waits for its first try, or was called off before it."""
    if was_tried or payment.status not in {"pending", "voided"}:
        return []
    amount = words.money(payment.amount_minor, payment.currency)
    waits = payment.status == "pending"
    return [
        Entry(
            at=payment.created_at,
            row_id=payment.id,
            shape="by-portal is-next" if waits else "by-portal",
            group="money",
            title=PREPARED.format(amount=amount) if waits else f"{amount} charge called off",
            who="Portal",
        )
    ]


def _once_open(story: Story) -> list[Entry]:
    """Outcomes that were open at first and are known by now: an attempt keeps its last word, the event its first."""
    payments = {str(payment.id): payment for payment in story.payments}
    found = []
    for event in story.events.values():
        payment = payments.get(str(event.facts.get("payment_id", "")))
        status = str(event.facts.get("status", ""))
        was_open = event.action == "payment" and status in {"unknown", "requires_action"}
        if was_open and payment is not None and payment.status != status:
            found.append(_was_open(event, payment, status))
    return found


def _was_open(event: Event, payment: Payment, status: str) -> Entry:
    amount = words.money(payment.amount_minor, payment.currency)
    said = (
        "No answer came. The customer’s page said: being checked."
        if status == "unknown"
        else "The bank wants to ask the customer: a link was sent to them."
    )
    return Entry(
        at=event.created_at,
        row_id=event.id,
        shape="is-unknown",
        group="money",
        title=TITLES[status].format(amount=amount),
        who="Gateway",
        says=[said],
    )
