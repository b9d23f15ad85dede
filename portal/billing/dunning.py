"""What happens after a refused charge: which refusals are tried again, when, and when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta

# Offsets from the first failure, not gaps between tries (dunning.md D1).
SOFT_OFFSETS = (timedelta(hours=2), timedelta(days=1), timedelta(days=3), timedelta(days=5), timedelta(days=7))
WINDOW = timedelta(days=7)


def next_step(first_failed_at: datetime, failures: int, decline: str | None, now: datetime) -> datetime | None:
    """When to try again, or (a hard refusal) when to stop waiting for another card; None once the window is used up.

    `failures` counts the refused tries so far, the first included. A time that has passed already, as after a pause,
    is not made up for at once: the next try is a day away.
    """
    if decline != "soft":
        return first_failed_at + WINDOW
    if failures > len(SOFT_OFFSETS):
        return None
    at = first_failed_at + SOFT_OFFSETS[failures - 1]
    return at if at > now else now + timedelta(days=1)


def is_over(first_failed_at: datetime | None, decline: str | None, now: datetime) -> bool:
    """True when a payment that only another card could save has waited its whole window."""
    return first_failed_at is not None and decline != "soft" and now >= first_failed_at + WINDOW
