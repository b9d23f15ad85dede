"""Free text without what belongs to somebody: secrets, links, e-mails, cards and phones are masked by their form."""

from __future__ import annotations

import re

from portal.customers.emails import mask_email
from portal.customers.phones import mask_phone

HIDDEN = "…"

_SECRET = re.compile(r"\b(sk_(?:test|live)_|whsec_|Bearer\s+)[A-Za-z0-9_+/=-]{8,}")
_LINK = re.compile(r"(/(?:p|sandbox/setup|sandbox/pay)/)[A-Za-z0-9_-]{16,}")
EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w-])")
_PHONE = re.compile(r"(?<![\w.-])(?:\+\d[\d ().-]{6,18}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?![\w-])")


def in_text(text: str) -> str:
    """Free text without what looks like a secret, a link, an e-mail, a card or a phone."""
    text = _SECRET.sub(lambda found: found[1] + HIDDEN, text)
    text = _LINK.sub(lambda found: found[1] + HIDDEN, text)
    text = EMAIL.sub(lambda found: mask_email(found[0]), text)
    text = _CARD.sub(lambda found: last_four(found[0]), text)
    return _PHONE.sub(lambda found: phone(found[0]), text)


def phone(text: str) -> str:
    digits = "".join(filter(str.isdecimal, text))
    return mask_phone(f"+{digits}") if len(digits) > 4 else HIDDEN


def last_four(text: str) -> str:
    digits = "".join(filter(str.isdecimal, text))
    return f"{HIDDEN}{digits[-4:]}" if len(digits) > 4 else HIDDEN
