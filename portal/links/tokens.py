"""Link tokens: HMAC over the link's id and its random nonce: a row can make its token again but never holds it."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import uuid

from portal.core.security import digest, keys

PURPOSE = "links"
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
PLACEHOLDER = re.compile(r"\{link:([0-9a-f-]{36})\}")


def new_nonce() -> bytes:
    return secrets.token_bytes(16)


def make(link_id: uuid.UUID, nonce: bytes, key_id: str) -> str | None:
    """22 characters, 128 bits; None when the key they were made under has left SECRET_KEY."""
    key = keys().find(PURPOSE, key_id)
    if key is None:
        return None
    mac = hmac.digest(key.secret, link_id.bytes + nonce, "sha256")
    return base64.urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def current_key_id() -> str:
    return keys().current(PURPOSE).id


def found_in(text: str) -> str | None:
    """The token in what a phone made of it: texts wrap lines, mail clients add a full stop or a bracket."""
    match = TOKEN.match("".join(text.split()))
    return match.group() if match else None


def hashed(token: str) -> bytes:
    return digest(token)


def placeholder(link_id: uuid.UUID) -> str:
    """How rendered words, logs and stored answers name a link without opening it."""
    return f"{{link:{link_id}}}"
