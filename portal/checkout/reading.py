"""What the database says about a link, read once for a page: a bounded number of reads whatever the history."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.billing import collect_now, try_limits, wishes
from portal.billing.collect_now import Tap
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod, SetupSession
from portal.billing.refund_models import Refund
from portal.billing.try_limits import Limit
from portal.billing.wishes import NOTHING_YET, Account
from portal.checkout import language, price_changes
from portal.checkout.due.reading import Instalment, instalment_of
from portal.checkout.price_changes import PriceChange
from portal.core.clock import real_now
from portal.core.database import session
from portal.customers.models import Customer
from portal.links.find import Found
from portal.links.models import Link, PaymentRequest
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import attachments
from portal.subscriptions.attachments import Attachment
from portal.subscriptions.models import Subscription, Terms

SHOWN_PAYMENTS = 6
RETURNED = frozenset({"refunded", "partially_refunded", "voided"})
ANSWERED = frozenset({"pending", "failed"})
WAITS_FOR_GATEWAY = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Charged:
    """A payment with its invoice, the method it goes by, the code of its last try, and what was sent back of it."""

    payment: Payment
    invoice: Invoice
    method: PaymentMethod
    code: str | None
    returned: Sequence[Refund] = ()


@dataclass(frozen=True, slots=True)
class Overdue:
    """What Pay now takes: the oldest payment that was refused; `tap` is what the button stands for."""

    charged: Charged
    tap: Tap
    may_try: bool
    last: Attempt | None = None  # its newest try
    limit: Limit | None = None  # why it may not, where a limit forbids it


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
    locale: str
    overdue: Overdue | None = None
    instalment: Instalment | None = None  # what the link asks for, where it asks for one payment
    attachments: Sequence[Attachment] = ()
    money: Account = NOTHING_YET
    bound: Terms | None = None  # the version that charges follow, where it is not the present one
    price_changes: Sequence[PriceChange] = ()  # since the yes
    after_undo: date | None = None  # the next charge, were a cancellation undone now

    @property
    def binding(self) -> Terms:
        """The terms by which the next charge is made."""
        return self.bound or self.terms

    @property
    def open_payment(self) -> Charged | None:
        """The collection that is owed or under way, the newest."""
        return next((c for c in self.payments if c.invoice.status in {"open", "uncollectible"}), None)

    def is_at_gateway(self, setup_id: uuid.UUID | None) -> bool:
        """The customer came back from the gateway's page and we have not heard from it yet."""
        setup = self.instalment.visit if self.instalment else self.setup
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
    payments = _payments(subscription.id)
    customer = session().get_one(Customer, subscription.customer_id)
    facts = Facts(
        link=found.link,
        request=found.request,
        site=site,
        subscription=subscription,
        terms=session().get_one(Terms, subscription.terms_id),
        customer=customer,
        method=session().get(PaymentMethod, subscription.payment_method_id) if subscription.payment_method_id else None,
        payments=payments,
        setup=setup,
        setup_terms=session().get_one(Terms, old) if old else None,
        now=clock.now(site),
        locale=language.settle(customer, site),
        overdue=_overdue(site, subscription, payments),
        instalment=instalment_of(found.request),
        attachments=attachments.of_subscription(subscription),
    )
    return facts if subscription.accepted_at is None else _with_account(facts)


def _with_account(facts: Facts) -> Facts:
    """After the yes: how the money stands, by which terms, and what undoing a cancellation would do."""
    site, subscription = facts.site, facts.subscription
    money, agreed = wishes.account(subscription), subscription.binding_terms_id
    bound = session().get(Terms, agreed) if agreed and agreed != subscription.terms_id else None
    undo = wishes.may_undo(site, subscription, money)
    after = wishes.next_after_undo(site, subscription, bound or facts.terms) if undo else None
    changed = price_changes.of(subscription)
    return replace(facts, money=money, bound=bound, after_undo=after, price_changes=changed)


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
    found = [Charged(*row) for row in rows]
    returned = _returned([c.payment.id for c in found if c.payment.status in RETURNED])
    return [replace(c, returned=returned.get(c.payment.id, ())) for c in found] if returned else found


def _returned(payment_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Refund]]:
    """What was sent back of these payments; no read where nothing was."""
    found: dict[uuid.UUID, list[Refund]] = defaultdict(list)
    if payment_ids:
        done = select(Refund).where(Refund.payment_id.in_(payment_ids), Refund.status == "succeeded")
        for refund in session().scalars(done.order_by(Refund.number)):
            found[refund.payment_id].append(refund)
    return found


def _overdue(site: Site, subscription: Subscription, payments: Sequence[Charged]) -> Overdue | None:
    owed = [c for c in payments if c.invoice.status in {"open", "uncollectible"} and c.payment.status != "voided"]
    first = min((c.invoice.period_start for c in owed), default=None)
    charged = next((c for c in owed if c.invoice.period_start == first), None)
    if charged is None or charged.payment.status != "failed":
        return None
    method_id, is_answered = subscription.payment_method_id, all(c.payment.status in ANSWERED for c in owed)
    method = session().get_one(PaymentMethod, method_id) if method_id is not None else None
    can_be_tried = method is not None and method.revoked_at is None and is_answered and subscription.status != "pending"
    limit = try_limits.reached(site, charged.invoice.id, method.id) if can_be_tried and method is not None else None
    of_payment = select(Attempt).where(Attempt.payment_id == charged.payment.id)
    last = session().scalar(of_payment.order_by(Attempt.number.desc()).limit(1))
    tap = Tap(charged.invoice.id, collect_now.tries(subscription.id))
    return Overdue(charged, tap, can_be_tried and limit is None, last, limit)
