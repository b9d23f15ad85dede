"""Two editors of one subscription: `If-Match` or `version` says which state a caller saw, answers carry its `ETag`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from portal.api.body import sent_object
from portal.core.errors import invalid
from portal.subscriptions.models import Subscription
from portal.subscriptions.seen import Seen


def etag(subscription: Subscription) -> dict[str, str]:
    """The header of an answer that shows a subscription, or a payment of it: the sequence rises with every change."""
    return {"ETag": f'"{subscription.sequence}"'}


def seen() -> Seen:
    """What this call says it saw: `If-Match` names the ETag of an answer, `version` in the body that of the terms."""
    return Seen(if_match(), version_in(sent_object()))


def if_match() -> frozenset[str] | None:
    """The states that the header names, or "*"; None where it was not sent."""
    wanted = request.if_match
    sequences = frozenset({"*"} if wanted.star_tag else wanted.as_set(include_weak=False)) if wanted else None
    if sequences is None and "If-Match" in request.headers:
        sequences = frozenset()  # said something that no state of ours has
    return sequences


def version_in(body: Mapping[str, Any]) -> int | None:
    """The `version` of a body. Raises InvalidFields where it is no whole number."""
    value = body.get("version")
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid("version", "Give the version that you read, as a whole number.")
    return value
