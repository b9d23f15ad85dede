"""What happens after a refused charge: a site's policy says when it is tried again, how often, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from portal.core.errors import InvalidFields, Problem
from portal.core.instants import days_later
from portal.sites.models import Site

MOST_OFFSETS, LONGEST_WINDOW = 15, 60
# Visa's limit on tries of one card for one invoice: 15, since 2025 20; Mastercard's on declines of one card a day.
NETWORK_TRIES, NETWORK_WITHIN, NETWORK_A_DAY = 20, timedelta(days=30), 10


@dataclass(frozen=True, slots=True)
class DunningPolicy:
    """When a refused charge is tried again, in hours from the first failure (offsets, not gaps: dunning.md D1).

    `most_tries` counts every try of a card for an invoice in 30 days, automatic or by hand; `most_a_day` the declines
    of a card on one day at the site. The end is always the same: the subscription is failed, the invoice stays owed.
    """

    offset_hours: tuple[int, ...] = (2, 24, 72, 120, 168)
    window_days: int = 7
    most_tries: int = 15
    most_a_day: int = 10

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise InvalidFields(problems)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DunningPolicy:
        """A policy as it was stored or typed; what is left out is the default. Raises InvalidFields."""
        known = {field.name for field in fields(cls)}
        unknown = [Problem(name, "invalid", "There is no such setting.") for name in values if name not in known]
        if unknown:
            raise InvalidFields(unknown)
        offsets = values.get("offset_hours", cls().offset_hours)
        if not isinstance(offsets, (list, tuple)):
            raise InvalidFields([Problem("offset_hours", "invalid", "Give a list of hours, such as [2, 24, 72].")])
        return cls(**{**values, "offset_hours": tuple(offsets)})

    def as_dict(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "offset_hours": list(self.offset_hours)
        }


def _problems(policy: DunningPolicy) -> list[Problem]:
    found = []
    whole = {"window_days": LONGEST_WINDOW, "most_tries": NETWORK_TRIES, "most_a_day": NETWORK_A_DAY}
    for name, most in whole.items():
        if not _is_whole(getattr(policy, name), most):
            found.append(Problem(name, "invalid", f"Give a whole number from 1 to {most}."))
    hours = policy.offset_hours
    longest = policy.window_days * 24 if _is_whole(policy.window_days, LONGEST_WINDOW) else LONGEST_WINDOW * 24
    if len(hours) > MOST_OFFSETS or not all(_is_whole(hour, longest) for hour in hours):
        words = f"Give at most {MOST_OFFSETS} whole hours from the first failure, none after the window."
        found.append(Problem("offset_hours", "invalid", words))
    elif list(hours) != sorted(set(hours)):
        found.append(Problem("offset_hours", "invalid", "Give rising hours from the first failure, each once."))
    return found


def _is_whole(value: Any, most: int) -> bool:
    return type(value) is int and 1 <= value <= most


DEFAULT = DunningPolicy()


def policy_of(site: Site) -> DunningPolicy:
    return DunningPolicy.from_dict(site.dunning) if site.dunning else DEFAULT


@dataclass(frozen=True, slots=True)
class Dunning:
    """One payment in dunning: the policy, its first failure and the zone in which its days are counted."""

    policy: DunningPolicy
    first_failed_at: datetime
    zone: str

    @property
    def ends_at(self) -> datetime:
        return self._after(self.policy.window_days * 24)

    def tries_at(self) -> list[datetime]:
        return [self._after(hours) for hours in self.policy.offset_hours]

    def next_try(self, decline: str | None, now: datetime, not_before: datetime | None = None) -> datetime | None:
        """When it is tried again by itself; `not_before`: the networks' advice. What has passed is left out."""
        if decline != "soft":
            return None
        at = next((moment for moment in self.tries_at() if moment > now), None)
        at = max(at, not_before) if at is not None and not_before is not None else at
        return at if at is not None and at <= self.ends_at else None

    def next_step(self, decline: str | None, now: datetime, not_before: datetime | None = None) -> datetime | None:
        """The next try, or when to stop waiting for the customer; None: it is over."""
        if now >= self.ends_at:
            return None
        return self.next_try(decline, now, not_before) or self.ends_at

    def owes_try(self, decline: str | None, last_at: datetime, now: datetime) -> bool:
        """True where an automatic try is due: always for a soft refusal, after the window only for a moment in it."""
        if decline != "soft":
            return False
        return now < self.ends_at or any(last_at < moment <= now for moment in self.tries_at())

    def _after(self, hours: int) -> datetime:
        """Whole days keep the hour of the day when the clocks change (D16)."""
        days, rest = divmod(hours, 24)
        return days_later(self.first_failed_at, days, self.zone) + timedelta(hours=rest)


def of(site: Site, first_failed_at: datetime) -> Dunning:
    return Dunning(policy_of(site), first_failed_at, site.timezone)
