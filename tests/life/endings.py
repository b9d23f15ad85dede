"""The model's ends: closing for good or not, cancelling on a day, taking it back, and the archive."""

from __future__ import annotations

from datetime import date

from tests.life.acts import ActedLife
from tests.life.dues import Due
from tests.life.model import Refused
from tests.life.walk import CHICAGO


class WholeLife(ActedLife):
    """A life with its ends and with money that goes back."""

    def withdraw(self) -> None:
        """`active: false`: before the yes it can be undone, afterwards never, from the archive neither."""
        if self.archived_from and self.accepted:
            self.archived_from, self.for_good = "closed", True
        self._end_for_good()

    def _end_for_good(self) -> None:
        if self.status != "closed":
            self.for_good = self.accepted
            self._close("canceled" if self.accepted else "voided")

    def reopen(self) -> None:
        """`active: true`."""
        self.refuse_archived()
        if self.status == "closed":
            if self.reason != "voided":
                raise Refused
            self.status, self.reason = "pending", None
        self.settle()

    def cancel(self, on: date | None = None) -> None:
        self.refuse_archived()
        if self.status == "pending":
            self._end_for_good()
        elif self.status != "closed" and (on is None or on <= self.today):
            self._close("canceled")
        elif self.status != "closed":
            self.cancel_on = on
            self._place(self.next)
        self.settle()

    def undo(self) -> None:
        if self.cancel_on is None:
            raise Refused
        self.cancel_on = None
        self._skip_past()
        self.settle()

    def reinstate(self) -> None:
        self.refuse_archived()
        if self.status != "closed" or self.reason != "canceled" or self.for_good:
            raise Refused
        self.status, self.reason = "active", None
        self._skip_past()
        self.complete()
        self.settle()

    def archive(self) -> None:
        if self.archived_from is None:
            self.archived_from = self.status
            self._end_for_good()

    def unarchive(self) -> None:
        if self.archived_from is None:
            raise Refused
        before, self.archived_from = self.archived_from, None
        if before == "closed":
            return
        if before == "pending" and not self.accepted:
            self.status, self.reason = "pending", None
        else:
            self.status, self.reason, self.for_good = "paused", None, False
        self.settle()

    def refund(self, due: Due, amount: int | None) -> None:
        left = (due.captured or 0) - due.returned
        if due.status != "paid" or due.back_at or left <= 0 or (amount is not None and not 0 < amount <= left):
            raise Refused
        due.goes_back(left if amount is None else amount, self.now)

    def void(self, due: Due) -> None:
        """A capture within its day, or what was not taken at all."""
        if due.is_unknown:
            raise Refused
        if due.status == "paid":
            if due.back_at or due.returned or (due.taken_on and due.taken_on.astimezone(CHICAGO).date() < self.today):
                raise Refused
            due.is_voided = True
            due.goes_back(due.captured or 0, self.now)
        elif due.status in {"open", "uncollectible"} and self.status != "pending":
            due.status, due.at = "void", None
            self._all_paid()
            self.settle()
        else:
            raise Refused
