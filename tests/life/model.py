"""The model of one subscription's life: written from the rules in plain Python, without a line of the portal's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from tests.life.dues import RETRIES, Card, Due
from tests.life.walk import CHICAGO, Walk, nine_in_the_morning

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """The rules have no such move now."""


@dataclass(frozen=True)
class Plan:
    """What is agreed."""

    amount: int
    frequency: str
    units: int
    start: date | None = None
    count: int | None = None
    end: date | None = None


@dataclass(frozen=True)
class Coupon:
    """An amount off `payments` instalments, the first of them number `first`."""

    amount: int
    first: int
    payments: int


@dataclass
class Life:
    """Where the subscription stands, what it owes, and what has been taken for which period."""

    now: datetime
    plan: Plan
    status: str = "pending"
    reason: str | None = None
    for_good: bool = False
    archived_from: str | None = None
    accepted: bool = False
    walk: Walk | None = None
    next: date | None = None
    made: int = 0
    cancel_on: date | None = None
    resume_on: date | None = None
    card: Card | None = None
    dues: list[Due] = field(default_factory=list)
    coupons: list[Coupon] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.astimezone(CHICAGO).date()

    @property
    def ends(self) -> date | None:
        """The first day on which nothing is charged any more."""
        days = [self.plan.end + timedelta(days=1)] if self.plan.end else []
        return min([*days, *([self.cancel_on] if self.cancel_on else [])], default=None)

    @property
    def unpaid(self) -> list[Due]:
        return sorted((due for due in self.dues if due.status in {"open", "uncollectible"}), key=lambda due: due.slot)

    # Time

    def advance(self, to: datetime) -> None:
        while (moment := self._next_moment()) is not None and moment <= to:
            self.now = max(moment, self.now)
            self.settle()
        self.now = to

    def settle(self) -> None:
        """All that is due by now."""
        while (moment := self._next_moment()) is not None and moment <= self.now:
            self._run()
            for due in self.dues:
                due.comes_back(self.now)
            for due in sorted(self.dues, key=lambda due: due.at or LONG_AGO):
                if due.at is not None and due.at <= self.now:
                    self._come_due(due)

    def _next_moment(self) -> datetime | None:
        looks = [self._looked_at()] if self.status != "closed" else []
        return min(filter(None, (*looks, *(at for due in self.dues for at in (due.at, due.back_at)))), default=None)

    def _looked_at(self) -> datetime | None:
        ends = midnight(self.ends) if self.ends else None
        if self.status == "active" and self.next is not None:
            return nine_in_the_morning(self.next)
        if self.status == "paused" and self.resume_on:
            return min(filter(None, (ends, midnight(self.resume_on))))
        return ends

    def _run(self) -> None:
        """One look of the billing run."""
        moment = self._looked_at() if self.status != "closed" else None
        if moment is None or moment > self.now:
            return
        if self.status == "active" and self.next is not None:
            self._charge_next()
        elif self.ends is not None and self.today >= self.ends:
            canceled = self.cancel_on is not None and self.cancel_on <= self.today
            self._close("canceled" if canceled else "expired")
        else:
            self.resume()

    def _charge_next(self) -> None:
        assert self.next is not None
        assert self.walk is not None
        slot, self.next = self.next, self.walk.first_after(self.next)
        if not any(due.slot == slot for due in self.dues):
            self.made += 1
            assert self.card is not None
            self._owe(slot, self.card)
        self._place(self.next)
        if self.dues[-1].amount == 0:
            self.complete()

    def _owe(self, slot: date, card: Card) -> None:
        """The instalment that was counted last, less its coupons; one of nothing is paid."""
        amount = self.plan.amount
        for coupon in self.coupons:
            if coupon.first <= self.made < coupon.first + coupon.payments:
                amount = max(amount - coupon.amount, 0)
        self.dues.append(Due(slot, amount, card, self.now if amount else None, "open" if amount else "paid"))

    def _place(self, day: date | None) -> None:
        """The next date, unless count or end has come."""
        over = self.plan.count is not None and self.made >= self.plan.count
        self.next = None if day is None or over or (self.ends and day >= self.ends) else day

    def _skip_past(self) -> None:
        if self.walk is not None:
            self._place(self.walk.first_from(max(self.today, self.next or self.today)))

    # Money

    def _come_due(self, due: Due) -> None:
        due.at = None
        if due.is_unknown:
            due.is_unknown = False
            self._paid(due)
        elif self.status in {"closed", "paused"}:
            return
        elif due.refusal == "hard" and due.first_failed and self.now >= due.first_failed + RETRIES[-1]:
            self._give_up(due)
        else:
            self._try(due)

    def _try(self, due: Due) -> None:
        due.tries += 1
        due.refusal = due.card.refusal()
        if due.refusal is None:
            assert due.captured is None, f"{due.slot} would be taken twice"
            due.captured, due.taken_on = due.amount, self.now
            if due.card.loses_answers:
                due.is_unknown, due.at = True, self.now + timedelta(minutes=1)
            else:
                self._paid(due)
            return
        due.first_failed = due.first_failed or self.now
        if self.status == "pending":
            self._take_back()
        elif self.status == "active" and due.status == "open":
            due.at = due.next_try(self.now)
            if due.at is None:
                self._give_up(due)

    def _give_up(self, due: Due) -> None:
        due.status = "uncollectible"
        if self.status == "active":
            self.status = "failed"

    def _paid(self, due: Due) -> None:
        due.status = "paid"
        if self.status == "pending" and self.accepted:
            self.status = "active"
            self._place(self.next)
        self._all_paid()

    def _all_paid(self) -> None:
        if self.status == "failed" and not self.unpaid:
            self.status = "active"
            self._skip_past()
        self.complete()

    def complete(self, *whiles: str) -> None:
        """The last instalment is settled and nothing is owed any more."""
        if (
            self.status in (whiles or ("active",))
            and self.plan.count
            and self.made >= self.plan.count
            and not self.unpaid
        ):
            self._close("completed")

    def _take_back(self) -> None:
        self.accepted, self.walk, self.next, self.card = False, None, None, None

    def _close(self, reason: str) -> None:
        self.status, self.reason = "closed", reason
        self.next = self.resume_on = self.cancel_on = None

    def resume(self) -> None:
        """How a rest ends: acts.py."""
        raise NotImplementedError


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), CHICAGO).astimezone(UTC)
