"""Link tokens: HMAC over the link's id and its random nonce: a row can make its token again but never holds it."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import uuid
from dataclasses import dataclass

from portal.core.security import digest, keys

PURPOSE = "links"
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
PLACEHOLDER = re.compile(r"\{link:([0-9a-f-]{36})\}")


@dataclass(frozen=True, slots=True)
class Seed:
    """What a new link's row keeps of its token: enough to make it again and to find it, not to read it."""

    nonce: bytes
    key_id: str
    token_hash: bytes


def new(link_id: uuid.UUID) -> Seed:
    """A token under the newest key, for a link that is being made."""
    nonce, key_id = secrets.token_bytes(16), current_key_id()
    token = make(link_id, nonce, key_id)
    assert token is not None
    return Seed(nonce, key_id, hashed(token))


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
