"""How a caller shows an API key: in a header of its dialect, never in the address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.core.errors import PortalError

SECRET = re.compile(r"sk_(?:test|live)_[A-Za-z0-9_-]{8,}")
_NAMES = frozenset({"apikey", "accesstoken", "authorization", "xapikey", "apisecret", "bearertoken"})


class Unauthorized(PortalError):
    status, code = 401, "unauthorized"
    message = "Give a valid API key: Authorization: Bearer sk_…"


class KeyInAddress(Unauthorized):
    code = "key_in_address"
    message = (
        "Never send an API key in the address: addresses end up in logs. Send it as a header, Authorization: Bearer "
        "sk_…, and replace the key that you sent."
    )


@dataclass(frozen=True, slots=True)
class Presented:
    """What was shown; `key_id` where the dialect names the key beside its secret."""

    secret: str
    key_id: str | None = None


Headers = Callable[[str], str | None]  # the value of a header by its name
Way = Callable[[Headers], Presented | None]


def bearer(headers: Headers) -> Presented | None:
    """`Authorization: Bearer <api_key>`, the scheme in any case (RFC 9110 section 11.1)."""
    scheme, _, secret = (headers("Authorization") or "").partition(" ")
    return Presented(secret.strip()) if scheme.lower() == "bearer" and secret.strip() else None


def bare(headers: Headers) -> Presented | None:
    """`Authorization: <api_key>`, without a scheme."""
    secret = (headers("Authorization") or "").strip()
    return Presented(secret) if secret and " " not in secret else None


def pair(id_header: str, secret_header: str) -> Way:
    """A header with the key's id and one with its secret."""

    def read(headers: Headers) -> Presented | None:
        key_id, secret = (headers(id_header) or "").strip(), (headers(secret_header) or "").strip()
        return Presented(secret, key_id) if key_id and secret else None

    return read


def presented(headers: Headers, ways: tuple[Way, ...]) -> Presented:
    """What the caller shows by the first way that fits. Raises Unauthorized where none does."""
    for way in ways:
        shown = way(headers)
        if shown is not None:
            return shown
    raise Unauthorized


def refuse_in_address(query: Mapping[str, str]) -> None:
    """Raises KeyInAddress where the query string carries what is, or is called, a key."""
    for name, value in query.items():
        if SECRET.search(value) or SECRET.search(name) or re.sub(r"[-_]", "", name.lower()) in _NAMES:
            raise KeyInAddress
