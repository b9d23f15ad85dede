"""One payment as support may move it: what was taken, what came back, and what each button would do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.billing import call_off, collect_now
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.billing.refund_models import OPEN, Refund
from portal.console import times, words
from portal.console.list_rows import Badge
from portal.console.subscription_page import PAID
from portal.core.database import session
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions.models import Subscription

RETURNED = {"pending": "under way", "unknown": "no answer yet", "succeeded": "done", "failed": "refused"}


@dataclass(frozen=True, slots=True)
class ReturnLine:
    at_text: str
    words: str


@dataclass(frozen=True, slots=True)
class Moves:
    """What can be done now; each is the effect in words, empty where it cannot be done. `left` is what can go back."""

    refund: str = ""
    part: str = ""
    void: str = ""
    retry: str = ""
    left: str = ""


@dataclass(frozen=True, slots=True)
class PaymentPage:
    payment_id: uuid.UUID
    subscription_id: uuid.UUID
    title: str
    state: Badge
    about: str
    stands: str
    moves: Moves
    returns: Sequence[ReturnLine]


def read(payment_id: uuid.UUID, only_site: uuid.UUID | None) -> tuple[PaymentPage, Site]:
    """The payment as it stands. Raises NotFound, also for another site's where the person may see one only."""
    payment = session().get(Payment, payment_id)
    if payment is None or only_site not in {None, payment.site_id}:
        raise NotFound
    site, invoice = session().get_one(Site, payment.site_id), session().get_one(Invoice, payment.invoice_id)
    subscription = session().get_one(Subscription, payment.subscription_id)
    customer = session().get_one(Customer, subscription.customer_id)
    method = session().get_one(PaymentMethod, payment.payment_method_id)
    refunds = session().scalars(select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.number)).all()
    card = f"{method.brand} ending {method.last4}"
    page = PaymentPage(
        payment_id=payment.id,
        subscription_id=subscription.id,
        title=f"{words.money(payment.amount_minor, payment.currency)}, {customer.name}",
        state=PAID[payment.status],
        about=f"{invoice.description}, due {times.day_heading(invoice.invoice_on)}, by {card}",
        stands=stands(payment),
        moves=_moves(payment, invoice, subscription, card, is_busy=any(one.status in OPEN for one in refunds)),
        returns=[_returned(site, one) for one in refunds],
    )
    return page, site


def stands(payment: Payment) -> str:
    """How the payment stands: any refund, void or try since makes it another word."""
    refunds = select(func.count()).select_from(Refund).where(Refund.payment_id == payment.id)
    tries = select(func.count()).select_from(Attempt).where(Attempt.payment_id == payment.id)
    counted = f"{session().scalar(refunds)}.{session().scalar(tries)}.{collect_now.tries(payment.subscription_id)}"
    return f"{payment.status}.{payment.refunded_minor}.{counted}"


def _moves(payment: Payment, invoice: Invoice, subscription: Subscription, card: str, *, is_busy: bool) -> Moves:
    if is_busy:
        return Moves()
    whole = words.money(payment.amount_minor, payment.currency)
    if payment.status in {"succeeded", "partially_refunded"}:
        minor = payment.amount_minor - payment.refunded_minor
        left = words.money(minor, payment.currency)
        goes_on = "The instalment counts as made and the subscription goes on as before."
        void = f"The charge of {whole} is undone as if it had never been, and its invoice is void."
        return Moves(
            refund=f"{left} goes back to the {card}. {goes_on}",
            part=f"At most {left} can go back to the {card}. {goes_on}",
            void=f"{void} The gateway allows it until the end of the day." if payment.status == "succeeded" else "",
            left=str(Money(minor, payment.currency).decimal),
        )
    owed = invoice.status in {"open", "uncollectible"} and subscription.status != "pending"
    if not owed or not call_off.is_uncollected(payment) or payment.status in {"unknown", "requires_action"}:
        return Moves()
    void = f"{whole} is not collected any more, not by itself and not by the customer. Nothing was taken."
    return Moves(void=void, retry=_retry(payment, subscription, whole))


def _retry(payment: Payment, subscription: Subscription, whole: str) -> str:
    if payment.status != "failed" or subscription.status not in {"active", "failed", "closed"}:
        return ""
    if subscription.archived_at is not None:
        return ""
    method_id = subscription.payment_method_id
    method = session().get(PaymentMethod, method_id) if method_id else None
    if method is None or method.revoked_at is not None:
        return ""
    card = f"{method.brand} ending {method.last4}"
    if subscription.status == "closed":
        return f"The {card} is charged {whole} now, which the customer still owes."
    return f"The {card} is charged {whole} now. This takes the place of the next automatic try."


def _returned(site: Site, refund: Refund) -> ReturnLine:
    at = times.full_moment(times.local(refund.created_at, site.timezone))
    what = "Void" if refund.kind == "void" else "Refund"
    said = f": {refund.words}" if refund.status == "failed" and refund.words else ""
    amount = words.money(refund.amount_minor, refund.currency)
    return ReturnLine(at, f"{what} of {amount}, {RETURNED[refund.status]}{said}")
