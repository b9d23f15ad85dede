"""Tables of the ask and of its addresses."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row
from portal.core.due import Due
from portal.core.states import States

REQUEST = States(
    "payment request",
    issued="sent delivered opened confirmed expired withdrawn replaced",
    sent="delivered opened confirmed expired withdrawn replaced",
    delivered="opened confirmed expired withdrawn replaced",
    opened="confirmed expired withdrawn replaced",
    confirmed="opened replaced",
    expired="opened issued replaced withdrawn",
    withdrawn="issued",
    replaced="",
)


class PaymentRequest(Due, Row):
    """What support looks at: one ask of one customer. `due_at` is when it expires."""

    __tablename__ = "payment_requests"
    __more_args__: tuple[Any, ...] = (
        CheckConstraint(REQUEST.constraint(), name="status"),
        CheckConstraint("kind IN ('subscribe', 'instalment', 'card_change', 'reconsent')", name="kind"),
        Index(None, "site_id", "created_at"),
        Index(None, "subscription_id", "created_at"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"))
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invoices.id"))
    kind: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    sent_again_at: Mapped[datetime | None]  # real time: the resend guard of 300 s


class Link(Row):
    """One address of a request. The token is not stored: `nonce` and `key_id` make it again, `token_hash` finds it."""

    __tablename__ = "links"
    __table_args__ = (
        Index(None, "request_id", "created_at"),
        CheckConstraint("purpose IN ('own', 'payer')", name="purpose"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_requests.id"))
    nonce: Mapped[bytes]
    key_id: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    locale: Mapped[str | None]  # of the message that carries it: its check words are in this language
    # own: the customer's; payer: shows amount and merchant to somebody else who pays, and nothing of the customer
    purpose: Mapped[str] = mapped_column(default="own", server_default="own")


class LinkOpen(Row):
    """A real page said hello through this link; previews and scanners that only GET leave nothing here."""

    __tablename__ = "link_opens"
    __table_args__ = (Index(None, "request_id", "at"),)

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_requests.id"))
    link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("links.id"))
    at: Mapped[datetime]
    version: Mapped[int]
    agent: Mapped[str]


class ContactCode(Row):
    """A second proof: six digits sent to the known contact. Like a link it is made again from `nonce`, never stored.

    All times are real: it proves something about this very moment, on whatever clock the site lives.
    """

    __tablename__ = "contact_codes"
    __table_args__ = (
        Index(None, "request_id", "created_at"),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_requests.id"))
    link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("links.id"))
    nonce: Mapped[bytes]
    key_id: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
