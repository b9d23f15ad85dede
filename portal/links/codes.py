"""A second proof: six digits to the known contact, for what a link alone shall not show. All of it in real time."""

from __future__ import annotations

import hmac
import re
import secrets
import uuid
from datetime import timedelta

from sqlalchemy import func, select

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.core.security import keys
from portal.links.models import ContactCode, Link

PURPOSE, PROOF = "contact codes", "second proof"
PLACEHOLDER = re.compile(r"\{code:([0-9a-f-]{36})\}")
LIFE, PROOF_LIFE = timedelta(minutes=10), timedelta(minutes=10)
GUARD = timedelta(seconds=60)
MOST_A_DAY, MOST_TRIES = 5, 5


class CodeTooSoon(NotAllowedNow):
    """One was sent a moment ago, or five within a day: more would be a nuisance for whoever holds the phone."""

    code = "code_too_soon"
    message = "A code was sent a moment ago. Wait a minute, then ask for another."


class EnoughCodes(CodeTooSoon):
    code = "enough_codes"
    message = "Five codes were sent today. Wait until tomorrow."


def issue(link: Link) -> ContactCode:
    """A new code; only the newest of a link counts. The subscription's row is locked by the caller.

    Counted per request, whatever link of it is used. Raises CodeTooSoon, EnoughCodes.
    """
    now = real_now()
    today = select(func.count(), func.max(ContactCode.created_at)).where(
        ContactCode.request_id == link.request_id, ContactCode.created_at > now - timedelta(days=1)
    )
    count, last = session().execute(today).one()
    if count >= MOST_A_DAY:
        raise EnoughCodes
    if last is not None and now - last < GUARD:
        raise CodeTooSoon
    code = ContactCode(
        site_id=link.site_id,
        request_id=link.request_id,
        link_id=link.id,
        nonce=secrets.token_bytes(16),
        key_id=keys().current(PURPOSE).id,
        tries=0,
        created_at=now,
    )
    session().add(code)
    session().flush()
    return code


def spend(link_id: uuid.UUID, typed: str) -> bool:
    """Try this against the newest code of the link; a try is counted before it is judged. True once, then never."""
    newest = select(ContactCode).where(ContactCode.link_id == link_id).order_by(ContactCode.created_at.desc())
    code = session().scalar(newest.limit(1).with_for_update())
    if code is None or code.used_at is not None or code.tries >= MOST_TRIES or is_over(code):
        return False
    code.tries += 1
    digits = _digits(code)
    if digits is None or not hmac.compare_digest(digits.encode(), "".join(typed.split()).encode()):
        return False
    code.used_at = real_now()
    return True


def is_over(code: ContactCode) -> bool:
    return real_now() - code.created_at >= LIFE


def proof(link_id: uuid.UUID) -> str:
    """That a code was right, for a form of the next minutes: good for this link alone, and nothing is stored."""
    until = int((real_now() + PROOF_LIFE).timestamp())
    return f"{until}.{keys().sign(PROOF, f'{link_id}:{until}')}"


def proves(link_id: uuid.UUID, text: str) -> bool:
    until, _, signature = text.partition(".")
    if not until.isdecimal() or len(until) > 12 or int(until) < real_now().timestamp():
        return False
    return keys().signed(PROOF, f"{link_id}:{until}", signature)


def placeholder(code_id: uuid.UUID) -> str:
    """How rendered words name a code without telling it."""
    return f"{{code:{code_id}}}"


def fill_own(text: str, code_id: uuid.UUID) -> str:
    """The words of a message with its own code in digits, for sending or showing on the sandbox phone only."""
    return text.replace(placeholder(code_id), _digits(session().get(ContactCode, code_id)) or "••••••")


def masked(text: str) -> str:
    return PLACEHOLDER.sub("••••••", text)


def _digits(code: ContactCode | None) -> str | None:
    """Made again from the row, which alone does not tell them; None when its key has been retired."""
    key = keys().find(PURPOSE, code.key_id) if code is not None else None
    if code is None or key is None:
        return None
    mac = hmac.digest(key.secret, code.id.bytes + code.nonce, "sha256")
    return f"{int.from_bytes(mac[:8]) % 1_000_000:06}"
