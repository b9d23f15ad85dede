"""Calling off what was not taken: a payment that waits or was refused is voided, and nobody collects it any more."""

from __future__ import annotations

from sqlalchemy import select

from portal.billing import coming_back, outcome
from portal.billing.models import ATTEMPT, INVOICE, PAYMENT, Attempt, Invoice, Payment
from portal.billing.refunds import Locked
from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms


class NotVoidable(NotAllowedNow):
    """The money was taken, may have been taken, or is asked for this moment."""

    code = "not_voidable"


def is_uncollected(payment: Payment) -> bool:
    """True where no money has come, so that no gateway has to be asked to undo anything."""
    return payment.status in {"pending", "requires_action", "unknown", "failed"}


def call_off(locked: Locked) -> None:
    """Void a payment without money and its invoice; a subscription that failed over it alone is active again.

    Raises NotVoidable where money may be on its way, or where another payment collects the same invoice.
    """
    site, subscription, payment = locked.site, locked.subscription, locked.payment
    invoice = session().get_one(Invoice, payment.invoice_id, with_for_update=True)
    _refuse_if_on_its_way(subscription, payment, invoice)
    PAYMENT.check(payment.status, "voided")
    INVOICE.check(invoice.status, "void")
    payment.status, invoice.status = "voided", "void"
    payment.due_at = payment.site_due_at = None
    session().flush()
    _note(site, payment)
    announce(
        site, subscription, "payment", payment_id=str(payment.id), status="voided", transaction_type="void",
        amount_minor=payment.amount_minor,
    )  # fmt: skip
    _go_on(site, subscription)


def _refuse_if_on_its_way(subscription: Subscription, payment: Payment, invoice: Invoice) -> None:
    if subscription.status == "pending":
        raise NotVoidable("The customer has not finished confirming. Close the subscription instead.")
    if payment.status in {"unknown", "requires_action"}:
        raise NotVoidable("Whether this payment was taken is not known yet. Wait for the bank's answer.")
    mine = select(Payment.id).where(Payment.invoice_id == invoice.id)
    newest = session().scalar(mine.order_by(Payment.created_at.desc(), Payment.id.desc()).limit(1))
    if invoice.status not in {"open", "uncollectible"} or newest != payment.id:
        raise NotVoidable("Another payment collects or has collected this instalment. Void that one.")
    tries = session().scalars(select(Attempt).where(Attempt.payment_id == payment.id, Attempt.status == "pending"))
    for attempt in tries:
        if attempt.sent_at is not None:
            raise NotVoidable("This payment is being taken this moment. Look again in a minute.")
        ATTEMPT.check(attempt.status, "failed")
        attempt.status, attempt.code, attempt.settled_at = "failed", "not_sent", attempt.started_at


def _note(site: Site, payment: Payment) -> None:
    changes.record(
        "payment called off",
        site_id=site.id,
        entity="payment",
        entity_id=payment.id,
        subscription_id=payment.subscription_id,
        at=clock.now(site),
        fields={"status": (None, "voided")},
    )


def _go_on(site: Site, subscription: Subscription) -> None:
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    if subscription.status == "failed" and not outcome.has_open_invoice(subscription):
        coming_back.recover(site, subscription, terms)
    outcome.close_if_complete(site, subscription, terms)
