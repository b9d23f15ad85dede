"""The model's acts: what the customer and the merchant may do, and what follows at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.life.dues import Card
from tests.life.model import Coupon, Life, Plan, Refused
from tests.life.walk import EVERY_DAYS, Walk

MOST_COUPONS = 10


class ActedLife(Life):
    """A life in which something is done."""

    # What the customer does

    def confirm(self, card: Card) -> None:
        if self.status != "pending" or self.accepted:
            raise Refused
        self.accepted, self.card = True, card
        self.walk = Walk(self.plan.frequency, self.plan.units, self.plan.start or self.today)
        if self.walk.anchor > self.today:
            self.status = "active"
            self._place(self.walk.anchor)
        else:
            slot = self.walk.last_until(self.today)
            self.next = self.walk.first_after(self.today)
            self._first(slot, card)
        self.settle()

    def _first(self, slot: date, card: Card) -> None:
        """An invoice that an earlier yes left unpaid is dated anew."""
        left = [due for due in self.dues if due.status == "open"]
        self.made += not left
        for due in left:
            self.dues.remove(due)
        self._owe(slot, card)
        if self.dues[-1].status == "paid":
            self.status = "active"
            self._place(self.next)
            self.complete()

    def change_card(self, card: Card) -> None:
        if self.status not in {"active", "failed"}:
            raise Refused
        self.card = card
        for due in self.unpaid:
            if not due.is_unknown:
                due.by_another(card, self.now)
        self.settle()

    def pay_now(self) -> None:
        """The customer's tap and the merchant's retry alike."""
        if self.archived_from or self.status not in {"active", "failed", "closed"} or not self.unpaid:
            raise Refused
        if self.card is None or any(due.is_unknown for due in self.dues):
            raise Refused
        due = self.unpaid[0]
        if due.card is not self.card:
            due.by_another(self.card, self.now)
        due.at = None
        self._try(due)
        self.settle()

    # What the merchant does

    def add_coupon(self, amount: int, payments: int) -> None:
        """Off so many whole instalments, from the next one that is made."""
        self.refuse_archived()
        before_the_yes = self.status == "pending" and not self.accepted
        if not (before_the_yes or self.status == "active") or len(self.coupons) >= MOST_COUPONS:
            raise Refused
        self.coupons.append(Coupon(amount, 1 if before_the_yes else self.made + 1, payments))

    def pause(self, until: date | None, payments: int | None) -> None:
        self.refuse_archived()
        if self.status not in {"active", "failed", "paused"} or (until and until <= self.today):
            raise Refused
        self.resume_on = until
        if payments and self.next and self.walk:
            day = self.next
            for _ in range(payments):
                day = self.walk.first_after(day)
            self.resume_on = None if self.ends and day >= self.ends else day
        self.status = "paused"

    def resume(self) -> None:
        self.refuse_archived()
        if self.status not in {"paused", "failed"}:
            raise Refused
        was_paused, self.status, self.resume_on = self.status == "paused", "active", None
        self._skip_past()
        if was_paused:
            for due in self.unpaid:
                if due.status == "open" and due.at is None:
                    due.at = self.now
        self.complete()
        self.settle()

    def refuse_archived(self) -> None:
        if self.archived_from:
            raise Refused

    def change(self, **values: object) -> None:
        """New terms: before the yes freely; afterwards the paid period runs to its end, then the new step counts."""
        self.refuse_archived()
        if self.status == "closed":
            raise Refused
        old, self.plan = self.plan, replace(self.plan, **values)  # type: ignore[arg-type]
        if self.plan == old:
            return
        if self.accepted:
            self._rebase(old)
        if self.plan.end and self.plan.end < self.today and self.status != "closed":
            self._close("expired")
        self.complete("active", "paused")
        self.settle()

    def _rebase(self, old: Plan) -> None:
        assert self.walk is not None
        had_next = self.next is not None
        if (old.frequency, old.units) != (self.plan.frequency, self.plan.units):
            self._step_from_next(old)
        self._place(self.next if had_next else self.walk.first_after(self.today))

    def _step_from_next(self, old: Plan) -> None:
        assert self.walk is not None
        day = None if old.frequency in EVERY_DAYS else self.walk.day or self.walk.anchor.day
        anchor = self.next or self.walk.anchor
        self.walk = Walk(self.plan.frequency, self.plan.units, anchor, day if self.next else self.walk.day)
