"""An instalment that is not asked for any more: the gateway's page is shut first, so that nobody can pay meanwhile."""

from __future__ import annotations

import uuid

from portal.billing import by_link, outcome, pay_settle, voiding
from portal.billing.models import Invoice
from portal.billing.pay_session import PAYABLE, open_visit
from portal.billing.pay_settle import Question
from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.gateways.base import PayState
from portal.gateways.registry import gateway
from portal.links import requests
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms


class BeingPaid(NotAllowedNow):
    code = "being_paid"
    message = "This is being paid or looked at this moment. Read it again in a few seconds."


def claim(invoice_id: uuid.UUID) -> Question | None:
    """The visit to shut, where the customer has one open; None where there is none. Raises BeingPaid."""
    visit = open_visit(invoice_id)
    if visit is None:
        return None
    question = pay_settle.claim(visit.id, end=True)
    if question is None:
        raise BeingPaid
    return question


def shut(question: Question) -> PayState | None:
    """Ask the gateway, with nothing held; what was paid before stays paid."""
    if question.gateway_ref is None:
        return PayState("expired")
    return gateway(question.gateway).payment_state(question.gateway_ref, question.at, end=True)


def settle(question: Question, state: PayState | None) -> None:
    pay_settle.settle(question.visit_id, state)


def cancel(invoice_id: uuid.UUID) -> None:
    """Void the invoice and withdraw its request; twice is no error. Raises NotAllowedNow once paid, BeingPaid."""
    owner = session().get_one(Invoice, invoice_id).subscription_id
    subscription = session().get_one(Subscription, owner, with_for_update=True)
    invoice = session().get_one(Invoice, invoice_id, with_for_update=True)
    if invoice.status == "void":
        return
    if invoice.status not in PAYABLE:
        raise NotAllowedNow("This has been paid. Refund it instead.")
    if open_visit(invoice_id) is not None:
        raise BeingPaid
    site = session().get_one(Site, subscription.site_id)
    _void(invoice)
    _note(site, subscription, invoice)
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    outcome.close_if_complete(site, subscription, terms)


def _void(invoice: Invoice) -> None:
    voiding.void(invoice)
    request = by_link.request_of(invoice.id)
    if request is not None and request.status in (*requests.LIVE, "expired"):
        requests.move(request, "withdrawn")
    session().flush()


def _note(site: Site, subscription: Subscription, invoice: Invoice) -> None:
    changes.record(
        "payment request canceled",
        site_id=site.id,
        entity="invoice",
        entity_id=invoice.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={"status": ("open", "void")},
    )
    announce(
        site, subscription, "notification", message="A payment request was canceled", error=False,
        invoice_id=str(invoice.id), canceled=True,
    )  # fmt: skip
