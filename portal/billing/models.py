"""Tables of methods, consents and of money: invoice (the slot), payment, attempt."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.columns import Json
from portal.core.database import Row
from portal.core.due import Due
from portal.core.money import Money
from portal.core.states import States

SETUP = States(
    "setup",
    open="completed refused stale expired superseded",
    completed="",
    refused="",
    stale="",
    expired="",
    superseded="",
)
INVOICE = States("invoice", open="paid void uncollectible", paid="void", void="", uncollectible="paid void")
PAYMENT = States(
    "payment",
    pending="requires_action unknown succeeded failed voided",
    requires_action="pending unknown succeeded failed voided",
    unknown="pending requires_action succeeded failed voided",
    failed="pending succeeded voided",
    succeeded="refunded partially_refunded voided",
    partially_refunded="refunded",
    refunded="",
    voided="",
)
ATTEMPT = States(
    "attempt",
    pending="succeeded failed requires_action unknown",
    unknown="succeeded failed requires_action pending",
    requires_action="succeeded failed unknown",
    succeeded="",
    failed="",
)


class PaymentMethod(Row):
    """A card or account kept at the gateway; we hold its reference and what may be shown of it."""

    __tablename__ = "payment_methods"
    __table_args__ = (
        UniqueConstraint("gateway", "gateway_ref"),
        Index(None, "customer_id"),
        Index(None, "site_id", "last4"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"))
    gateway: Mapped[str]
    gateway_ref: Mapped[str]
    kind: Mapped[str] = mapped_column(default="payment_card")
    brand: Mapped[str]
    last4: Mapped[str] = mapped_column(String(4))
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    # Typed on the gateway's page for one payment by link: never charged by us. Brand and digits come with the payment.
    once: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]  # the bank said that its owner has taken the permission back
    payer_id: Mapped[uuid.UUID | None]  # whose it is, where it is not the customer's

    @property
    def display_name(self) -> str:
        return f"{self.brand} **** {self.last4}" if self.last4 else self.brand


class SetupSession(Due, Row):
    """One visit to the gateway's page to save a method, and the version of the terms it is a yes to."""

    __tablename__ = "setup_sessions"
    __more_args__: tuple[Any, ...] = (
        CheckConstraint(SETUP.constraint(), name="status"),
        CheckConstraint("purpose IN ('confirm', 'change_method')", name="purpose"),
        Index(None, "subscription_id", "created_at"),
        Index(None, "gateway_ref"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_requests.id"))
    link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("links.id"))
    terms_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("terms.id"))
    purpose: Mapped[str]
    status: Mapped[str]
    gateway: Mapped[str]
    gateway_ref: Mapped[str | None]
    asked: Mapped[int] = mapped_column(default=0)
    consent_text: Mapped[str]
    address: Mapped[str]
    agent: Mapped[str]
    real_created_at: Mapped[datetime]
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class Consent(Row):
    """The yes to one terms version: who, when, from where, and the text that stood on the page (with its hash).

    `told_by`: the API key by which the merchant told us of a yes given elsewhere; then there was no visit to a page.
    """

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint("(setup_id IS NULL) = (told_by IS NOT NULL)", name="given_or_told"),
        Index(None, "subscription_id", "at"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"))
    terms_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("terms.id"))
    setup_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("setup_sessions.id"), unique=True)
    told_by: Mapped[str | None]
    payment_method_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_methods.id"))
    shown: Mapped[str]
    shown_hash: Mapped[str]
    address: Mapped[str]
    agent: Mapped[str]
    at: Mapped[datetime]
    payer_id: Mapped[uuid.UUID | None]  # who said yes, where it was not the customer


class Invoice(Row):
    """What is owed for one slot. Unique (subscription, slot): a period is never invoiced twice."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("subscription_id", "slot"),
        UniqueConstraint("site_id", "invoice_number"),
        CheckConstraint(INVOICE.constraint(), name="status"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint("amount_minor > 0 OR status IN ('paid', 'void')", name="nothing_to_pay_is_paid"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_has_date"),
        # What waits for its number; empty again within a second.
        Index(
            "ix_invoices_unnumbered",
            "site_id",
            "paid_at",
            sqlite_where=text("(paid_at IS NOT NULL OR sent_at IS NOT NULL) AND invoice_number IS NULL"),
            postgresql_where=text("(paid_at IS NOT NULL OR sent_at IS NOT NULL) AND invoice_number IS NULL"),
        ),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    terms_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("terms.id"))
    slot: Mapped[str]
    installment: Mapped[int]
    period_start: Mapped[date]
    period_end: Mapped[date]
    invoice_on: Mapped[date]
    status: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    # Empty: the ordinary lines of its terms. The default is the database's: most runs leave this column out.
    lines: Mapped[list[Any]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    currency: Mapped[str] = mapped_column(String(3))
    description: Mapped[str]
    invoice_number: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]  # when its link was issued to the customer; only where collected by link
    paid_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Payment(Due, Row):
    """One collection of an invoice. `due_at` is when the next step is owed: a try, or a question to the gateway."""

    __tablename__ = "payments"
    __more_args__: tuple[Any, ...] = (
        CheckConstraint(PAYMENT.constraint(), name="status"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded_at_most_captured"),
        Index(None, "invoice_id"),
        Index(None, "subscription_id", "created_at"),
        # A second collection of an invoice starts only when the first has ended without money.
        Index(
            "uq_payments_one_open",
            "invoice_id",
            unique=True,
            sqlite_where=text("status NOT IN ('failed', 'voided')"),
            postgresql_where=text("status NOT IN ('failed', 'voided')"),
        ),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoices.id"))
    payment_method_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_methods.id"))
    status: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    gateway: Mapped[str]
    gateway_ref: Mapped[str | None]
    code: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    first_failed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    # What was sent back so far. The default is the database's: the billing run does not know this column.
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Attempt(Row):
    """One call to the gateway, committed before it. Its key is a hash of (site, subscription, slot, number)."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("invoice_id", "number"),
        CheckConstraint(ATTEMPT.constraint(), name="status"),
        CheckConstraint("(status = 'pending') = (settled_at IS NULL)", name="settled"),
        Index(None, "payment_id", "number"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.id"))
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoices.id"))
    payment_method_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_methods.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    gateway_ref: Mapped[str | None]
    code: Mapped[str | None]
    decline: Mapped[str | None]  # soft, hard, customer
    words: Mapped[str | None]  # the gateway's own
    advice: Mapped[str | None]  # the networks' merchant advice code, two digits
    asked: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]  # real time; NULL: prepared by the run, no call was made for it yet
    settled_at: Mapped[datetime | None]
