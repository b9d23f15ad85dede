"""What the database says about a link, read once for a page: a bounded number of reads whatever the history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod, SetupSession
from portal.core.clock import real_now
from portal.core.database import session
from portal.customers.models import Customer
from portal.links.find import Found
from portal.links.models import Link, PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms

SHOWN_PAYMENTS = 6
WAITS_FOR_GATEWAY = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Charged:
    """A payment with its invoice, the method it goes by, and the code of its last try."""

    payment: Payment
    invoice: Invoice
    method: PaymentMethod
    code: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows behind a link, detached and complete; `now` is the site's time."""

    link: Link
    request: PaymentRequest
    site: Site
    subscription: Subscription
    terms: Terms
    customer: Customer
    method: PaymentMethod | None
    payments: Sequence[Charged]  # newest first
    setup: SetupSession | None  # the newest of this request
    setup_terms: Terms | None  # what it was a yes to, where that is not the present version
    now: datetime

    @property
    def locale(self) -> str:
        return "en"

    @property
    def open_payment(self) -> Charged | None:
        """The collection that is owed or under way, the newest."""
        return next((c for c in self.payments if c.invoice.status in {"open", "uncollectible"}), None)

    def is_at_gateway(self, setup_id: uuid.UUID | None) -> bool:
        """The customer came back from the gateway's page and we have not heard from it yet."""
        setup = self.setup
        if setup is None or setup.id != setup_id or setup.status != "open":
            return False
        return real_now() - setup.real_created_at < WAITS_FOR_GATEWAY


def read(found: Found) -> Facts:
    subscription = session().get_one(Subscription, found.request.subscription_id)
    site = session().get_one(Site, subscription.site_id)
    setup = session().scalar(
        select(SetupSession)
        .where(SetupSession.request_id == found.request.id)
        .order_by(SetupSession.real_created_at.desc())
        .limit(1)
    )
    old = setup.terms_id if setup is not None and setup.terms_id != subscription.terms_id else None
    return Facts(
        link=found.link,
        request=found.request,
        site=site,
        subscription=subscription,
        terms=session().get_one(Terms, subscription.terms_id),
        customer=session().get_one(Customer, subscription.customer_id),
        method=session().get(PaymentMethod, subscription.payment_method_id) if subscription.payment_method_id else None,
        payments=_payments(subscription.id),
        setup=setup,
        setup_terms=session().get_one(Terms, old) if old else None,
        now=clock.now(site),
    )


def terms_of_version(subscription_id: uuid.UUID, version: int) -> Terms | None:
    return session().scalar(select(Terms).where(Terms.subscription_id == subscription_id, Terms.version == version))


def _payments(subscription_id: uuid.UUID) -> Sequence[Charged]:
    code = (
        select(Attempt.code)
        .where(Attempt.payment_id == Payment.id)
        .order_by(Attempt.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Payment, Invoice, PaymentMethod, code)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(PaymentMethod, PaymentMethod.id == Payment.payment_method_id)
        .where(Payment.subscription_id == subscription_id)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(SHOWN_PAYMENTS)
    )
    return [Charged(*row) for row in rows]
