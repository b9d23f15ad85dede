"""Two editors of one subscription: `If-Match` or `version` says which state a caller saw; another one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from portal.core.errors import VersionMismatch, invalid
from portal.subscriptions.models import Subscription


def etag(subscription: Subscription) -> dict[str, str]:
    """The header of an answer that shows a subscription, or a payment of it: the sequence rises with every change."""
    return {"ETag": f'"{subscription.sequence}"'}


def require(subscription: Subscription | None, body: Mapping[str, Any] | None = None) -> None:
    """Raises VersionMismatch where the caller saw another state than that of this locked subscription.

    `If-Match` names the ETag of an answer; `version` in the body names the version of the terms. None: there is no
    subscription yet, which only `If-Match` can contradict.
    """
    wanted = request.if_match
    if wanted and (subscription is None or not (wanted.star_tag or wanted.is_strong(str(subscription.sequence)))):
        raise VersionMismatch
    version = None if subscription is None or body is None else _version(body)
    if version is not None and subscription is not None and version != subscription.version:
        raise VersionMismatch


def _version(body: Mapping[str, Any]) -> int | None:
    value = body.get("version")
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid("version", "Give the version that you read, as a whole number.")
    return value
