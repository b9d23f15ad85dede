"""Ids are UUIDv7 (RFC 9562 section 5.7): unguessable enough to show, ordered enough to index."""

from __future__ import annotations

import secrets
import time
import uuid


def new_id() -> uuid.UUID:
    """A UUIDv7 from the real clock in milliseconds and 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | secrets.randbits(12) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def read_id(text: str) -> uuid.UUID | None:
    """The id a client sent, or None where it cannot be one of ours. Ids are opaque outside."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
