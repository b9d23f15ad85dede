"""Table of the people who are asked to pay."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row


class Customer(Row):
    """`mobile_phone` is E.164; `phone_as_given` is what the merchant wrote and reads back (HF19)."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("site_id", "external_id"),
        Index(None, "site_id", "mobile_phone"),
        Index(None, "site_id", "email"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    external_id: Mapped[str | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    account_name: Mapped[str | None]
    mobile_phone: Mapped[str | None]
    phone_as_given: Mapped[str | None]
    email: Mapped[str | None]
    notify_phone: Mapped[bool | None]
    notify_email: Mapped[bool | None]
    locale: Mapped[str | None]
    notes: Mapped[str | None]
    texts_stopped_at: Mapped[datetime | None]  # the customer said stop; no update by the merchant undoes it
    locale_chosen: Mapped[bool] = mapped_column(default=False, server_default=false())  # by the customer
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def name(self) -> str:
        """How support reads the customer: the person's names, else the account's, else the merchant's id."""
        person = " ".join(part for part in (self.first_name, self.last_name) if part)
        return person or self.account_name or self.external_id or "Customer"

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels the customer record asks for; without options, a text if there is a phone, else email.

        Who said stop to texts gets email instead, whatever the merchant asks for.
        """
        asked_for = self._asked_for
        if self.texts_stopped_at is None:
            return asked_for
        return ("email",) if asked_for and self.email else ()

    @property
    def _asked_for(self) -> tuple[str, ...]:
        if self.notify_phone is None and self.notify_email is None:
            return ("sms",) if self.mobile_phone else ("email",) if self.email else ()
        wanted = (("sms", self.notify_phone, self.mobile_phone), ("email", self.notify_email, self.email))
        return tuple(channel for channel, asked, address in wanted if asked and address)

    def address(self, channel: str) -> str | None:
        return self.mobile_phone if channel == "sms" else self.email
