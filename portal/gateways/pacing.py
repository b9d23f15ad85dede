"""How fast one account at a gateway may be called: steadily at its rate, and slower after a refusal."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable

from portal.gateways.base import Pace

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds; twice as long at each refusal after a refusal
SLOWEST = 1.0  # calls a second
LEARNT = 20.0  # calls a second after the first refusal, where the gateway names no rate
FASTER = 1.02  # with every answer, until the gateway's own rate is reached
_chance = secrets.SystemRandom().random


class Pacer:
    """Says when the next call may start. Every moment is handed in: seconds of a clock that only goes forward.

    Several processes that share an account each begin at its full rate; refusals bring them down to what it bears.
    """

    def __init__(self, pace: Pace | None, chance: Callable[[], float] = _chance) -> None:
        self._fullest = pace.per_second if pace else math.inf
        self._burst = pace.burst if pace else 1
        self._rate, self._chance = self._fullest, chance
        self._filled_at = self._closed_until = -math.inf
        self._refusals = 0

    @property
    def per_second(self) -> float:
        """The rate of this moment; infinite while the gateway names none and has refused nothing."""
        return self._rate

    def earliest(self, now: float) -> float:
        """When the next call may start: now, or later."""
        return max(now, self._closed_until, self._filled_at - (self._burst - 1) / self._rate)

    def start(self, now: float) -> None:
        """A call starts now."""
        self._filled_at = max(self._filled_at, now) + 1 / self._rate

    def answered(self, now: float) -> None:
        """A call was let through."""
        if now >= self._closed_until:  # what was under way at a refusal says nothing about the time after it
            self._refusals = 0
            self._rate = min(self._fullest, self._rate * FASTER)

    def refused(self, now: float, retry_after: float | None) -> None:
        """The gateway refused a call by its rate: nothing starts for as long as it asks, or longer, by chance.

        What was under way with the first one refused is refused with it and counts as the same refusal.
        """
        if now >= self._closed_until:
            self._refusals += 1
            self._rate = LEARNT if math.isinf(self._rate) else max(SLOWEST, self._rate / 2)
        pause = max(retry_after or 0.0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._refusals - 1)))
        self._closed_until = max(self._closed_until, now + pause * (1 + self._chance() / 2))
        self._filled_at = self._closed_until + (self._burst - 1) / self._rate  # no burst at the end of the pause
