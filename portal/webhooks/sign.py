"""Signatures of webhooks by the Standard Webhooks scheme, one for each secret that is still good."""

from __future__ import annotations

import secrets as randomness
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook


def new_secret() -> str:
    """A fresh secret of 32 random bytes, spelled `whsec_…` as the standard wants it."""
    return "whsec_" + b64encode(randomness.token_bytes(32)).decode("ascii")


def headers(secrets: Sequence[str], message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """The three headers for one try; `timestamp` is an aware instant, `body` UTF-8, sent as it is signed.

    During a rotation both secrets sign, so that the receiver may change over when it likes. Raises ValueError without
    a secret or without a time zone.
    """
    if not secrets:
        raise ValueError("a webhook needs at least one secret")
    if timestamp.tzinfo is None:
        raise ValueError("the timestamp needs a time zone")
    instant = timestamp.astimezone(UTC)  # the library takes the digits as UTC, whatever the zone says
    text = body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(instant.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, instant, text) for secret in secrets),
    }
