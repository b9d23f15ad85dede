"""Token buckets: one moment a key says how full its bucket is; kept in this process, or in Redis for all of them."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

import redis

from portal.sites.keys import Limit

log = logging.getLogger(__name__)

_SECOND = 1_000_000_000
_WITHOUT_REDIS = 5 * _SECOND
_MOST_KEPT = 10_000

# The same arithmetic as _taken(), on the broker's clock: hosts need not agree on the time. Microseconds: a number of
# Lua is exact up to 2^53.
_SCRIPT = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local gap, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local allowed = 0
if full + gap - now <= room then
  full = full + gap
  allowed = 1
  redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
end
return {allowed, string.format('%.0f', full - now)}
"""


@dataclass(frozen=True, slots=True)
class Level:
    """Whether a call may go on, how many more may follow at once, when the next may, and when the bucket is full."""

    is_allowed: bool
    left: int
    next_in_ns: int
    full_in_ns: int


class Buckets:
    """In this process. A bucket is the moment at which it will be full again; one that is full is forgotten."""

    def __init__(self) -> None:
        self._full_at: dict[str, int] = {}
        self._lock = threading.Lock()

    @staticmethod
    def over(broker_url: str) -> Buckets:
        return SharedBuckets(broker_url) if broker_url.startswith(("redis://", "rediss://")) else Buckets()

    def take(self, name: str, limit: Limit) -> Level:
        """Take one call out of this bucket if there is one."""
        gap = _SECOND // limit.rate
        with self._lock:
            now = time.monotonic_ns()
            is_allowed, full_in = _taken(max(self._full_at.get(name, 0) - now, 0), gap, gap * limit.burst)
            if is_allowed:
                self._full_at[name] = now + full_in
            if len(self._full_at) > _MOST_KEPT:
                self._full_at = {one: at for one, at in self._full_at.items() if at > now}
        return _level(is_allowed, full_in, gap, gap * limit.burst)


class SharedBuckets(Buckets):
    """In Redis, shared by every process. While it is away each process counts alone: calls are not refused for it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        client = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._script = client.register_script(_SCRIPT)
        self._alone_until = 0

    def take(self, name: str, limit: Limit) -> Level:
        if time.monotonic_ns() < self._alone_until:
            return super().take(name, limit)
        gap = 1_000_000 // limit.rate
        try:
            is_allowed, full_in = self._script(keys=[f"portal:rate:{name}"], args=[gap, gap * limit.burst])
        except redis.RedisError:
            log.warning("rate limits are counted by each process alone: the broker does not answer", exc_info=True)
            self._alone_until = time.monotonic_ns() + _WITHOUT_REDIS
            return super().take(name, limit)
        return _level(bool(is_allowed), int(full_in) * 1_000, gap * 1_000, gap * 1_000 * limit.burst)


def _taken(full_in: int, gap: int, room: int) -> tuple[bool, int]:
    """A call delays the moment of being full by `gap`; it may not lie further ahead than `room`."""
    return (True, full_in + gap) if full_in + gap <= room else (False, full_in)


def _level(is_allowed: bool, full_in: int, gap: int, room: int) -> Level:
    next_in = 0 if is_allowed else max(full_in + gap - room, 0)
    return Level(is_allowed, max(room - full_in, 0) // gap, next_in, full_in)
