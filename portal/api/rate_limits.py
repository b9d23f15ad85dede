"""How many calls a key may make: a bucket for each key, told in every answer, refused with 429 when it is empty."""

from __future__ import annotations

from flask import Response, current_app, g

from portal.api.buckets import Buckets, Level
from portal.core.errors import PortalError
from portal.core.security import digest
from portal.core.settings import Settings
from portal.sites.keys import KnownKey, Limit

NAME = "key"
_SECOND = 1_000_000_000


class TooManyCalls(PortalError):
    status, code = 429, "too_many_requests"
    message = "Too many calls with this key. Wait as long as Retry-After says, then go on more slowly."


class RateLimiter:
    """The buckets, and which limit each known secret has, so that a flood is turned away without the database."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._known: dict[bytes, tuple[str, Limit]] = {}  # by hash; only keys that exist, so it stays small

    def take_if_known(self, secret: str) -> tuple[Level, Limit] | None:
        known = self._known.get(digest(secret))
        return None if known is None else (self._buckets.take(*known), known[1])

    def take(self, secret: str, key: KnownKey, *, is_counted: bool) -> tuple[Level, Limit] | None:
        """Count the call where it is not counted yet, and remember the limit as it now stands in the database."""
        self._known[digest(secret)] = (key.key_id, key.limit)
        return None if is_counted else (self._buckets.take(key.key_id, key.limit), key.limit)


def make_limiter(settings: Settings) -> RateLimiter:
    """Shared through Redis where the processes are several, else in this process."""
    return RateLimiter(Buckets.over(settings.broker_url))


def take_if_known(secret: str) -> bool:
    """Count a call of a key that was seen before; False for one that was not. Raises TooManyCalls."""
    return _judge(_limiter().take_if_known(secret))


def take(secret: str, key: KnownKey, *, is_counted: bool) -> None:
    """Count a call of this key. Raises TooManyCalls."""
    _judge(_limiter().take(secret, key, is_counted=is_counted))


def tell(response: Response) -> Response:
    """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10), and Retry-After on 429.

    The policy says a bucket in the words of the draft: `q` calls in the `w` seconds that refill it.
    """
    found: tuple[Level, Limit] | None = g.get("rate")
    if found is None:
        return response
    level, limit = found
    window = -(-limit.burst // limit.rate)
    response.headers["RateLimit-Policy"] = f'"{NAME}";q={limit.burst};w={window}'
    response.headers["RateLimit"] = f'"{NAME}";r={level.left};t={_seconds(level.full_in_ns)}'
    if not level.is_allowed:
        response.headers["Retry-After"] = str(max(1, _seconds(level.next_in_ns)))
    return response


def _judge(found: tuple[Level, Limit] | None) -> bool:
    if found is None:
        return False
    g.rate = found
    if not found[0].is_allowed:
        raise TooManyCalls
    return True


def _limiter() -> RateLimiter:
    found: RateLimiter = current_app.extensions["portal_rate_limiter"]
    return found


def _seconds(nanoseconds: int) -> int:
    return -(-nanoseconds // _SECOND)
