"""The second factor: a six-digit code from the person's app, good for one sign-in (RFC 6238; ASVS 6.5.1)."""

from __future__ import annotations

import hmac
import uuid

import pyotp

from portal.console.models import Staff
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import PortalError
from portal.core.security import keys

STEP = 30  # seconds
NEIGHBORS = (0, -1, 1)  # phones are seldom more than half a minute off


class SecretLost(PortalError):
    """The key that it was sealed under is gone from SECRET_KEY (docs: `portal reseal`)."""

    code = "second_factor_lost"
    message = "The server cannot read your second factor any more. Ask who runs it to put the older SECRET_KEY back."


def new_secret() -> str:
    return pyotp.random_base32()


def use(staff_id: uuid.UUID, code: str) -> bool:
    """Spend this code in the open transaction; False when it is wrong, or its step or a later one was used before.

    Raises SecretLost.
    """
    person = session().get(Staff, staff_id, with_for_update=True)
    if person is None or person.disabled_at is not None:
        return False
    try:
        secret = keys().unseal(person.totp_sealed)
    except ValueError:
        raise SecretLost from None
    step = _step_of(secret, "".join(code.split()))
    if step is None or (person.totp_used_step is not None and step <= person.totp_used_step):
        return False
    person.totp_used_step = step
    return True


def _step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is, near to now; every neighbor is compared, so that time tells nothing."""
    now = int(real_now().timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    same = [
        now + offset
        for offset in NEIGHBORS
        if hmac.compare_digest(totp.at((now + offset) * STEP).encode(), code.encode())
    ]
    return max(same, default=None)
