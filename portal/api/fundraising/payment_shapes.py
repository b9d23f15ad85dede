"""How the dialect writes payments: one state out of ours, its own code, and the gateway's words beside it."""

from __future__ import annotations

from sqlalchemy import select

from portal.api.fundraising.names import Reason
from portal.api.fundraising.shapes import Shape
from portal.billing.models import Attempt, Invoice, Payment
from portal.billing.snapshot import local
from portal.core.database import session
from portal.core.money import Money
from portal.sites.models import Site
from portal.subscriptions.models import Subscription

FAILED = Reason(300002, "Payment has failed to charge.")
STATES = {
    "requires_action": "Pending",
    "unknown": "Pending",
    "succeeded": "Charged",
    "refunded": "Refunded",
    "partially_refunded": "Partially refunded",
    "voided": "Cancelled",
}


def of_subscription(site: Site, subscription: Subscription) -> list[Shape]:
    """The newest first, in two reads whatever their number."""
    wanted = (
        select(Payment, Invoice)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.subscription_id == subscription.id)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )
    found = session().execute(wanted).all()
    tries = select(Attempt).join(Payment, Payment.id == Attempt.payment_id)
    tries = tries.where(Payment.subscription_id == subscription.id).order_by(Attempt.number)
    last = {attempt.payment_id: attempt for attempt in session().scalars(tries)}
    return [_shape(site, payment, invoice, last.get(payment.id)) for payment, invoice in found]


def _shape(site: Site, payment: Payment, invoice: Invoice, last: Attempt | None) -> Shape:
    error = FAILED if payment.status == "failed" else None
    is_refused = last is not None and last.status == "failed"
    return {
        "paymentGuid": str(payment.id),
        "subscriptionGuid": str(payment.subscription_id),
        "paymentMethodGuid": str(payment.payment_method_id),
        "state": _state(payment, last),
        "amount": payment.amount.decimal,
        "amountRefunded": Money(payment.refunded_minor, payment.currency).decimal,
        "currencyCode": payment.currency,
        "dueDate": invoice.invoice_on,
        "periodStart": invoice.period_start,
        "periodEnd": invoice.period_end,
        "invoiceNumber": invoice.invoice_number,
        "chargeAttempts": payment.attempts,
        "createdTs": local(site, payment.created_at),
        "chargedTs": local(site, payment.paid_at),
        "errorCode": error.code if error else None,
        "errorDescription": error.words if error else None,
        "gatewayErrorCode": last.code if last is not None and is_refused else None,
        "gatewayErrorDescription": last.words if last is not None and is_refused else None,
    }


def _state(payment: Payment, last: Attempt | None) -> str:
    if payment.status in STATES:
        return STATES[payment.status]
    if payment.status == "pending":
        return "Awaiting retry" if payment.attempts else "Awaiting charge"
    if payment.due_at is not None or payment.site_due_at is not None:
        return "Awaiting retry"
    return "Rejected" if last is not None and last.decline == "customer" else "Failed"
