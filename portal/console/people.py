"""The people of support: made by the command line, found by their e-mail."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from portal.console import codes, passwords
from portal.console.models import Staff
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import invalid
from portal.core.security import keys
from portal.customers.emails import InvalidEmail, parse_email

ROLES = ("viewer", "agent", "admin")  # each may do what the one before it may


@dataclass(frozen=True, slots=True)
class NewStaff:
    """What is shown once: neither secret can be read afterwards."""

    email: str
    password: str
    totp_secret: str


@dataclass(frozen=True, slots=True)
class Known:
    """What sign-in needs of a person."""

    id: uuid.UUID
    email: str
    password_hash: str


def create_staff(email: str, role: str) -> NewStaff:
    """Give a person access, in the open transaction. Raises InvalidFields for an e-mail or role that cannot be used."""
    if role not in ROLES:
        raise invalid("role", f"Give one of {', '.join(ROLES)}.")
    try:
        address = same_email(parse_email(email.strip()))
    except InvalidEmail as error:
        raise invalid("email", str(error)) from error
    if session().scalar(select(Staff.id).where(Staff.email == address)) is not None:
        raise invalid("email", "There is a person with this e-mail already.")
    made = NewStaff(address, passwords.new_password(), codes.new_secret())
    session().add(
        Staff(
            email=address,
            role=role,
            password_hash=passwords.hashed(made.password),
            totp_sealed=keys().seal(made.totp_secret),
            created_at=real_now(),
        )
    )
    return made


def same_email(text: str) -> str:
    """How an e-mail is kept and looked up: nobody remembers how they capitalized it."""
    return text.strip().lower()


def find(email: str) -> Known | None:
    """The person who may sign in under this e-mail; None also for a disabled one."""
    return _known(Staff.email == same_email(email))


def of(staff_id: uuid.UUID) -> Known | None:
    return _known(Staff.id == staff_id)


def _known(which: object) -> Known | None:
    row = (
        session()
        .execute(
            select(Staff.id, Staff.email, Staff.password_hash).where(which, Staff.disabled_at.is_(None))  # type: ignore[arg-type]
        )
        .first()
    )
    return None if row is None else Known(row[0], row[1], row[2])
