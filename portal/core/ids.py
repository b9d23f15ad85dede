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


def new_ids(count: int) -> list[uuid.UUID]:
    """Many ids of this moment, from one draw of random bytes."""
    head = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80 | 0x7 << 76 | 0b10 << 62
    drawn = secrets.token_bytes(10 * count)
    ids = []
    for start in range(0, 10 * count, 10):
        bits = int.from_bytes(drawn[start : start + 10], "big")
        ids.append(_id(head | (bits >> 68) << 64 | bits & (1 << 62) - 1))
    return ids


# UUID's own constructor looks through six ways of being called: three times the cost of all else about an id.
_new, _set, _safe = uuid.UUID.__new__, object.__setattr__, uuid.SafeUUID.unknown


def _id(value: int) -> uuid.UUID:
    made = _new(uuid.UUID)
    _set(made, "int", value)
    _set(made, "is_safe", _safe)
    return made
