"""Sign-in tries are counted before they are judged, so that many at once gain nothing; unknown names count alike."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select

from portal.console.models import SignInTry
from portal.core.clock import real_now
from portal.core.database import one_at_a_time, session
from portal.core.errors import PortalError
from portal.core.security import digest

WINDOW = timedelta(minutes=15)
MOST_OF_ONE_EMAIL = 5
MOST_OF_ONE_ADDRESS = 20


class TooManyTries(PortalError):
    status, code = 429, "too_many_tries"
    message = "Too many tries. Wait 15 minutes, then try again."


def begin(email: str, address: str) -> Sequence[uuid.UUID]:
    """Count a try in the open transaction; its ids, to be forgiven when it turns out right. Raises TooManyTries."""
    subjects = ((_subject("email", email), MOST_OF_ONE_EMAIL), (_subject("address", address), MOST_OF_ONE_ADDRESS))
    for subject, most in subjects:
        one_at_a_time(f"sign-in:{subject}")
        if _count(subject) >= most:
            raise TooManyTries
    tries = [SignInTry(subject=subject, at=real_now()) for subject, _ in subjects]
    session().add_all(tries)
    return [one.id for one in tries]


def forgive(ids: Sequence[uuid.UUID]) -> None:
    session().execute(delete(SignInTry).where(SignInTry.id.in_(ids)))


def _count(subject: str) -> int:
    since = real_now() - WINDOW
    session().execute(delete(SignInTry).where(SignInTry.subject == subject, SignInTry.at <= since))
    return session().scalar(select(func.count()).where(SignInTry.subject == subject, SignInTry.at > since)) or 0


def _subject(kind: str, text: str) -> str:
    return f"{kind}:{digest(text).hex()}"
