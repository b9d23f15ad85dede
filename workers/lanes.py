"""Whose webhooks may be under way together: no address, host or site ever holds all the threads that call receivers.

A receiver that hangs holds a thread for the ten seconds of a call. Without a limit, one merchant's dead server with a
morning's events would hold every thread for hours. So an address has at most half of them, all addresses of a host or
of a site three quarters, and those that were slow the last time have one each and share one half. Whoever finds no
room is noted, and hinted at again as soon as there is some: nobody waits in a thread.

The limits are those of one process and its threads, and die with it: what has to be sent is a row, as always.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from dataclasses import dataclass

from portal.webhooks.outbox import Lane

THREADS = 8
SLOW_SECONDS = 2.0
MOST_WAITING = 10_000  # beyond that the sweep reminds us
MOST_SLOW = 1_000  # addresses whose slowness is remembered; the oldest is forgotten first

Kind = tuple[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """One call under way, and what it counts for."""

    lane: Lane
    counts_for: tuple[Kind, ...]


class Lanes:
    """Counts what is under way in this process; safe to use from any of its threads."""

    def __init__(self, threads: int = THREADS) -> None:
        half, most = threads // 2, threads * 3 // 4
        self._limits = {"address": half, "host": most, "site": most, "slow address": 1, "slow": half}
        self._lock = threading.Lock()
        self._under_way: Counter[Kind] = Counter()
        self._slow_in_a_row: dict[Lane, int] = {}
        self._waiting: dict[Lane, dict[uuid.UUID, None]] = {}  # in the order in which their turn comes
        self._number_waiting = 0

    def enter(self, lane: Lane, delivery_id: uuid.UUID) -> Place | None:
        """A place for this call, to be given back by `leave`; None without room: it is hinted at when there is some."""
        with self._lock:
            kinds = self._kinds(lane)
            if not self._has_room(kinds):
                self._note(lane, delivery_id)
                return None
            self._under_way.update(kinds)
            return Place(lane, kinds)

    def leave(self, place: Place, *, seconds: float | None) -> tuple[uuid.UUID | None, int]:
        """Give a place back: a delivery to hint at now, and how many calls of this address were slow in a row.

        `seconds` is what the call took, None where none was made.
        """
        with self._lock:
            for kind in place.counts_for:
                self._under_way[kind] -= 1
                if not self._under_way[kind]:
                    del self._under_way[kind]
            if seconds is not None:
                self._remember(place.lane, is_slow=seconds >= SLOW_SECONDS)
            return self._next(), self._slow_in_a_row.get(place.lane, 0)

    def _kinds(self, lane: Lane) -> tuple[Kind, ...]:
        everyone: tuple[Kind, ...] = (("address", lane), ("host", lane.host), ("site", lane.site_id))
        if lane not in self._slow_in_a_row:
            return everyone
        return (*everyone, ("slow address", lane), ("slow", None))

    def _has_room(self, kinds: tuple[Kind, ...]) -> bool:
        return all(self._under_way[kind] < self._limits[kind[0]] for kind in kinds)

    def _note(self, lane: Lane, delivery_id: uuid.UUID) -> None:
        noted = self._waiting.get(lane, {})
        if self._number_waiting < MOST_WAITING and delivery_id not in noted:
            self._waiting.setdefault(lane, noted)[delivery_id] = None
            self._number_waiting += 1

    def _next(self) -> uuid.UUID | None:
        """The oldest of the first address that has room now; that address then goes to the end of the line."""
        for lane in self._waiting:
            if self._has_room(self._kinds(lane)):
                noted = self._waiting.pop(lane)
                found = next(iter(noted))
                del noted[found]
                self._number_waiting -= 1
                if noted:
                    self._waiting[lane] = noted
                return found
        return None

    def _remember(self, lane: Lane, *, is_slow: bool) -> None:
        before = self._slow_in_a_row.pop(lane, 0)
        if is_slow:
            self._slow_in_a_row[lane] = before + 1
        if len(self._slow_in_a_row) > MOST_SLOW:
            del self._slow_in_a_row[next(iter(self._slow_in_a_row))]
