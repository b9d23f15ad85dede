"""What the API's description says once for all operations: the way in, headers, refusals, keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

API_VERSION = "0.1.0"

LEAD = """\
Merchants create subscriptions; the customer gets a link, opens it on a phone and confirms a payment method; charges \
then run on schedule.

* Send your key as `Authorization: Bearer sk_test_…`, never in the query string.
* Money is an exact decimal number with the currency's own digits (34.99); dates are `YYYY-MM-DD`, times RFC 3339.
* v3 and v3.1 write snake_case, v4 writes camelCase. Both spellings are read everywhere; an empty text reads as null.
* Send an `Idempotency-Key` with every POST: the same key with the same body gives the stored answer again.
* Every answer carries `X-Request-Id`: name it when you ask support.
* Ids are opaque texts. Wherever an id of a subscription stands in an address, your own external id does too.\
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status with which something is refused: what it means and the headers it brings."""

    words: str
    headers: tuple[str, ...] = ("X-Request-Id",)


REPEATED = (409, 422)  # of a call under an Idempotency-Key: these two leave unchanged in every dialect
REFUSALS: dict[int, Refusal] = {
    400: Refusal("The request cannot be read: bad JSON, duplicate keys, NaN, nesting over 32 levels."),
    401: Refusal("No key, or one that is unknown or revoked.", ("X-Request-Id", "WWW-Authenticate")),
    403: Refusal("The key does not have the scope for this."),
    404: Refusal("There is nothing with this id at your site."),
    409: Refusal("The present state does not allow it, or the same Idempotency-Key is still running. Nothing changed."),
    412: Refusal("It was changed since the version in If-Match. Read it again, then repeat."),
    413: Refusal("The body is too large."),
    415: Refusal("The body has another type than this operation reads."),
    422: Refusal("Fields are missing or invalid, or the Idempotency-Key was used with another body. Nothing changed."),
    429: Refusal("Too many requests.", ("X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy")),
}


def _header(words: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"description": words, "schema": schema, "example": example}


TEXT = {"type": "string"}

HEADERS: dict[str, Any] = {
    "X-Request-Id": _header("Names this request in logs, webhooks and the console.", TEXT, "req_5f2d0c1b9a8e7d6c5b4a")
    | {"required": True},
    "Idempotency-Replayed": _header("The answer was stored; nothing was done again.", TEXT, "true"),
    "ETag": _header("The version, for If-Match and If-None-Match.", TEXT, '"3"'),
    "Retry-After": _header("Seconds to wait.", TEXT, "1"),
    "RateLimit": _header("What is left of the limit.", TEXT, '"key";r=299;t=1'),
    "RateLimit-Policy": _header("The limit itself.", TEXT, '"key";q=300;w=3'),
    "WWW-Authenticate": _header("How to identify yourself.", TEXT, "Bearer"),
}

PARAMETERS: dict[str, Any] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Any text of your own, new for each thing you want done. Kept 24 hours for each API key: the "
        "same key and body give the stored answer, another body is refused (422), one still running is 409.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "9f0c8b1e-order-1234",
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The ETag that you read. When somebody has changed it since, nothing is done (412).",
        "schema": {"type": "string", "pattern": '^("[^"]*"|\\*)$'},
        "example": '"3"',
    },
}
