"""Tables of support staff, their sessions and their sign-in tries."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row


class Staff(Row):
    """A person of support. The password is kept as argon2id, the TOTP secret sealed."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("role IN ('viewer', 'agent', 'admin')", name="role"),)

    email: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password_hash: Mapped[str]
    totp_sealed: Mapped[str]
    totp_used_step: Mapped[int | None]  # a code is good once (ASVS 6.5.1)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffSession(Row):
    """A signed-in browser; the cookie holds a secret of which only the hash is here. Null staff: the demo agent."""

    __tablename__ = "staff_sessions"

    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInTry(Row):
    """A failed sign-in, for throttling; the address tried is kept as a hash."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index(None, "subject", "at"),)

    subject: Mapped[str]
    at: Mapped[datetime]
