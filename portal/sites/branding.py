"""How a merchant looks to the customer: color, logo, support contacts and terms, each checked before it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.core.clock import real_now
from portal.core.errors import InvalidFields, Problem
from portal.sites.models import Site
from portal.sites.policy import Policy, set_policy

MOST_LOGO = 50_000  # bytes
MOST_TERMS = 50_000  # letters
# Told by their first bytes, whatever the file is called. No SVG: it may carry scripts.
_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Branding:
    """What is to change; None leaves it as it is, empty takes it away. The phone is E.164 already."""

    color: str | None = None
    logo: bytes | None = None
    terms: str | None = None
    support_phone: str | None = None
    support_email: str | None = None


def rebrand(site: Site, order: Branding) -> None:
    """Write the look in the open transaction; whom to ask is written, and logged, as the policy's.

    Raises InvalidFields naming every option that cannot be used.
    """
    problems = list(_problems(order))
    if problems:
        raise InvalidFields(problems)
    if order.color is not None:
        site.brand = order.color or "#0d6672"
    if order.logo is not None:
        site.logo, site.logo_type = order.logo or None, _picture(order.logo)
    if order.terms is not None:
        text = order.terms.strip()
        site.terms_text, site.terms_at = text or None, real_now() if text else None
    set_policy(site, Policy(support_phone=order.support_phone, support_email=order.support_email))


def _problems(order: Branding) -> list[Problem]:
    found = []
    if order.color and not _COLOR.fullmatch(order.color):
        found.append(Problem("color", "invalid", "Give a color such as #0d6672."))
    if order.logo and (_picture(order.logo) is None or len(order.logo) > MOST_LOGO):
        found.append(Problem("logo", "invalid", "Give a PNG, JPEG or WebP picture of at most 50 kB."))
    if order.terms and len(order.terms) > MOST_TERMS:
        found.append(Problem("terms", "invalid", "Give terms of at most 50,000 letters."))
    return found


def _picture(logo: bytes) -> str | None:
    if logo[:4] == b"RIFF" and logo[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _PICTURES.items() if logo.startswith(start)), None)
