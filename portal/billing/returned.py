"""What the outcome of a refund or a void means: for the payment, its invoice, and who is told."""

from __future__ import annotations

from portal.billing import told
from portal.billing.models import INVOICE, PAYMENT, Invoice, Payment
from portal.billing.outcome import ASK_AFTER
from portal.billing.refund_models import Refund
from portal.core import changes
from portal.core.database import session
from portal.core.money import Money
from portal.gateways.base import RefundResult
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription


def apply(site: Site, subscription: Subscription, payment: Payment, refund: Refund, result: RefundResult) -> None:
    """Settle one refund. All rows are locked by the caller, the subscription's first.

    The subscription goes on as it was: a refunded instalment counts as made (dunning.md D19).
    """
    was, refund.status = refund.status, result.outcome
    refund.gateway_ref = result.gateway_ref or refund.gateway_ref
    refund.code, refund.words = result.code, result.words
    refund.due_at = refund.site_due_at = None
    if result.outcome == "unknown":
        _ask_later(site, refund)
        if was != "unknown":
            _announce(site, subscription, payment, refund, "unknown")
        return
    refund.settled_at = clock.now(site)
    if result.outcome == "failed":
        _log(site, payment, refund, f"{refund.kind} refused")
        _announce(site, subscription, payment, refund, "failed")
        return
    _void(payment) if refund.kind == "void" else _refund(payment, refund)
    _log(site, payment, refund, f"payment {payment.status.replace('_', ' ')}")
    _announce(site, subscription, payment, refund, payment.status)
    told.refunded(site, subscription, payment, refund)


def _refund(payment: Payment, refund: Refund) -> None:
    payment.refunded_minor += refund.amount_minor
    status = "refunded" if payment.refunded_minor == payment.amount_minor else "partially_refunded"
    if payment.status != status:
        PAYMENT.check(payment.status, status)
    payment.status = status


def _void(payment: Payment) -> None:
    """As if it had never been: the invoice is void too, it keeps its number, and nobody collects it again."""
    PAYMENT.check(payment.status, "voided")
    payment.status = "voided"
    invoice = session().get_one(Invoice, payment.invoice_id, with_for_update=True)
    INVOICE.check(invoice.status, "void")
    invoice.status, invoice.paid_at = "void", None


def _ask_later(site: Site, refund: Refund) -> None:
    wait = ASK_AFTER[min(refund.asked, len(ASK_AFTER) - 1)]
    refund.asked += 1
    times = clock.due(site, clock.now(site) + wait)
    refund.due_at, refund.site_due_at = times.due_at, times.site_due_at


def _announce(site: Site, subscription: Subscription, payment: Payment, refund: Refund, status: str) -> None:
    announce(
        site,
        subscription,
        "payment",
        payment_id=str(payment.id),
        status=status,
        transaction_type=refund.kind,
        refund_id=str(refund.id),
        amount_minor=refund.amount_minor,
        refunded_minor=payment.refunded_minor,
    )


def _log(site: Site, payment: Payment, refund: Refund, what: str) -> None:
    changes.record(
        what,
        site_id=site.id,
        entity="payment",
        entity_id=payment.id,
        subscription_id=payment.subscription_id,
        at=clock.now(site),
        fields={"amount": (None, plain(refund.amount_minor, refund.currency)), "code": (None, refund.code)},
    )


def plain(amount_minor: int, currency: str) -> str:
    """An amount for logs and refusals: "34.99 USD"."""
    return f"{Money(amount_minor, currency).decimal} {currency}"
