"""What the billing run writes of one subscription: a record, and which of its fields go to which table."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from portal.billing.models import Attempt, Invoice, Payment
from portal.core.records import Into, write_records
from portal.subscriptions.models import Subscription

_OWNED = {"site_id": "site_id", "subscription_id": "subscription_id"}

INVOICE = Into(Invoice, _OWNED | {
    "id": "id", "terms_id": "terms_id", "slot": "slot", "installment": "installment", "period_start": "period_start",
    "period_end": "period_end", "invoice_on": "invoice_on", "status": "status", "paid_at": "paid_at",
    "sent_at": "asked_for_at", "amount_minor": "amount_minor", "tax_minor": "tax_minor", "lines": "lines",
    "currency": "currency", "description": "description", "created_at": "at",
})  # fmt: skip
# What is paid by a coupon or a credit, and what is asked for by link, has no payment and no try yet.
PAYMENT = Into(Payment, _OWNED | {
    "id": "payment_id", "invoice_id": "id", "payment_method_id": "payment_method_id", "amount_minor": "amount_minor",
    "currency": "currency", "gateway": "gateway", "created_at": "at", "due_at": "lease_until",
}, {"status": "pending", "attempts": 1})  # fmt: skip
ATTEMPT = Into(Attempt, {
    "id": "attempt_id", "site_id": "site_id", "payment_id": "payment_id", "invoice_id": "id",
    "payment_method_id": "payment_method_id", "key": "key", "started_at": "at", "sent_at": "went_out_at",
}, {"status": "pending", "number": 1, "asked": 0})  # fmt: skip
MOVED = Into(Subscription, {
    "id": "subscription_id", "installments": "installment", "carried": "carried", "next_index": "next_index",
    "next_due_on": "next_due_on", "extra_on": "extra_on", "due_at": "due_at", "site_due_at": "site_due_at",
})  # fmt: skip


def write(records: Sequence[Mapping[str, Any]]) -> set[uuid.UUID]:
    """Invoices, payments, tries and next dates; the ids of the invoices that came in.

    A slot that was taken (a restart on a day that was billed) gets nothing, and its subscription stays where it was.
    """
    return write_records(records, INVOICE, ("subscription_id", "slot"), (PAYMENT, ATTEMPT), MOVED)
