"""A customer goes to the gateway's page to pay one invoice: attempt, key and visit are written before they leave."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from portal.billing import slots
from portal.billing.confirm import FIRST_QUESTION, NoGateway, NotOpen, Visitor
from portal.billing.models import PAYMENT, Attempt, Invoice, Payment, PaymentMethod
from portal.billing.pay_models import PaySession
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job, enqueue
from portal.customers import choices
from portal.gateways.base import PayOrder
from portal.gateways.registry import for_mode
from portal.links import find as find_links
from portal.links import requests
from portal.links.find import Found
from portal.links.tokens import placeholder
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import words
from portal.subscriptions.models import Subscription

PAY_LIFE = timedelta(hours=1)  # on the site's clock: then the gateway's page takes nothing any more
PAYABLE = ("open", "uncollectible")


@dataclass(frozen=True, slots=True)
class Begun:
    """Open this page of this gateway; the same visit asked for again opens the same page."""

    visit_id: uuid.UUID
    gateway: str
    order: PayOrder


def begin(link_id: uuid.UUID, shown: str, visitor: Visitor) -> Begun:
    """Note that the customer wants to pay the invoice of this link now; a visit that is still open is taken up again.

    Raises NotOpen where there is nothing to pay: paid, canceled, or a visit is over and without its answer yet.
    """
    found = find_links.by_id(link_id)
    subscription = session().get_one(Subscription, found.request.subscription_id, with_for_update=True)
    session().refresh(found.request)
    site = session().get_one(Site, subscription.site_id)
    invoice = session().get_one(Invoice, found.request.invoice_id, with_for_update=True)
    _refuse_unpayable(site, subscription, found, invoice)
    visit = open_visit(invoice.id)
    if visit is None:
        visit = _new_visit(site, found, invoice, shown, visitor)
    elif visit.hinted_at is not None or clock.now(site) >= visit.expires_at:
        raise NotOpen("Your payment is being checked.")
    requests.mark(site, found.request, "opened")
    choices.keep_tapped(site, subscription.customer_id, visitor.tapped)
    return Begun(visit.id, visit.gateway, _order(site, found, invoice, visit))


def open_visit(invoice_id: uuid.UUID) -> PaySession | None:
    return session().scalar(select(PaySession).where(PaySession.invoice_id == invoice_id, PaySession.status == "open"))


def attach(visit_id: uuid.UUID, gateway_ref: str) -> None:
    session().get_one(PaySession, visit_id).gateway_ref = gateway_ref


def hint(visit_id: uuid.UUID) -> None:
    """The gateway's callback says that something happened on its page: a worker asks what, now."""
    visit = session().get(PaySession, visit_id, with_for_update=True)
    if visit is None or visit.status != "open":
        return
    visit.hinted_at, visit.due_at, visit.site_due_at = real_now(), real_now(), None
    enqueue(Job.ASK_VISIT, visit.id)


def _refuse_unpayable(site: Site, subscription: Subscription, found: Found, invoice: Invoice) -> None:
    request = found.request
    is_over = request.status not in requests.LIVE or clock.now(site) >= request.expires_at
    is_gone = subscription.archived_at is not None or subscription.deleted_at is not None
    is_shut = found.link.revoked_at is not None or found.link.replaced_at is not None
    if is_over or is_gone or is_shut or invoice.status not in PAYABLE:
        raise NotOpen("There is nothing to pay here now.")


def _new_visit(site: Site, found: Found, invoice: Invoice, shown: str, visitor: Visitor) -> PaySession:
    payment, attempt = _new_attempt(site, invoice)
    now = clock.now(site)
    times = clock.due(site, now + FIRST_QUESTION)
    visit = PaySession(
        site_id=site.id,
        subscription_id=invoice.subscription_id,
        request_id=found.request.id,
        link_id=found.link.id,
        invoice_id=invoice.id,
        attempt_id=attempt.id,
        status="open",
        gateway=payment.gateway,
        asked=0,
        shown=shown,
        address=visitor.address[:45],
        agent=visitor.agent[:200],
        created_at=now,
        real_created_at=real_now(),
        expires_at=now + PAY_LIFE,
        due_at=times.due_at,
        site_due_at=times.site_due_at,
    )
    session().add(visit)
    session().flush()
    return visit


def _new_attempt(site: Site, invoice: Invoice) -> tuple[Payment, Attempt]:
    """The try with its key; the customer makes it, so that the payment waits for their action."""
    method = _card_to_come(site, invoice)
    payment = _payment(site, invoice, method)
    number = 1 + (session().scalar(select(func.max(Attempt.number)).where(Attempt.invoice_id == invoice.id)) or 0)
    attempt = Attempt(
        site_id=site.id,
        payment_id=payment.id,
        invoice_id=invoice.id,
        payment_method_id=method.id,
        number=number,
        key=slots.attempt_key(site.id, invoice.subscription_id, invoice.slot, number),
        status="pending",
        asked=0,
        started_at=clock.now(site),
        sent_at=real_now(),
    )
    session().add(attempt)
    payment.payment_method_id = method.id
    payment.attempts += 1
    payment.status = "requires_action"
    session().flush()
    return payment, attempt


def _card_to_come(site: Site, invoice: Invoice) -> PaymentMethod:
    """What will be typed on the gateway's page; its brand and last digits are told with the outcome."""
    gateway = for_mode(site.mode)
    if gateway is None:
        raise NoGateway
    return forgotten_card(site, session().get_one(Subscription, invoice.subscription_id), gateway.name)


def forgotten_card(site: Site, subscription: Subscription, gateway: str) -> PaymentMethod:
    """A card for one payment of which we know nothing (yet)."""
    method = PaymentMethod(
        site_id=site.id,
        customer_id=subscription.customer_id,
        gateway=gateway,
        brand="Card",
        last4="",
        exp_month=0,
        exp_year=0,
        once=True,
        created_at=clock.now(site),
    )
    method.gateway_ref = f"once_{method.id.hex}"
    session().add(method)
    session().flush()
    return method


def _payment(site: Site, invoice: Invoice, method: PaymentMethod) -> Payment:
    """The invoice's one payment by link, which a refusal leaves open for the next try."""
    mine = select(Payment).where(Payment.invoice_id == invoice.id, Payment.status != "voided").with_for_update()
    payment = session().scalar(mine) or slots.open_payment(site, invoice, method)
    payment.due_at = payment.site_due_at = None  # no worker charges it
    if payment.status == "failed":
        PAYMENT.check(payment.status, "pending")
        payment.status = "pending"
    PAYMENT.check(payment.status, "requires_action")
    return payment


def _order(site: Site, found: Found, invoice: Invoice, visit: PaySession) -> PayOrder:
    attempt = session().get_one(Attempt, visit.attempt_id)
    return PayOrder(
        visit_id=visit.id,
        key=attempt.key,
        reference=slots.reference(invoice.subscription_id, invoice.slot, attempt.number),
        site_id=site.id,
        merchant_name=site.name,
        description=invoice.description,
        amount_minor=invoice.amount_minor,
        currency=invoice.currency,
        amount_text=words.money_text(invoice.amount_minor, invoice.currency, site.locale),
        return_path=f"/p/{placeholder(found.link.id)}?setup={visit.id.hex}",
        at=clock.now(site),
        expires_at=visit.expires_at,
    )
