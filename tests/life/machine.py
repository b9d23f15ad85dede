"""The machine: every move a merchant, a customer or time can make, in any order, and what must hold after each."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.harness import Portal, at
from tests.life import judge
from tests.life.dues import Card
from tests.life.endings import WholeLife
from tests.life.model import Plan, Refused
from tests.life.walk import FREQUENCIES
from tests.life.world import World

BEGIN = at("2026-01-31T16:00")  # ten in the morning at the site: an hour after what fell due today
UNITS = {"Daily": (5, 9), "Weekly": (1, 3), "Bi-Weekly": (1, 2), "Semi-Monthly": (1, 3)}
rhythms = st.sampled_from(FREQUENCIES).flatmap(
    lambda name: st.tuples(st.just(name), st.integers(*UNITS.get(name, (1, 2))))
)
amounts = st.integers(500, 5000)
counts = st.none() | st.integers(1, 4)
days_ahead = st.integers(1, 100)
good_cards = st.sampled_from(["good", "good", "soft", "hard", "bank", "lost", "lost"])
first_cards = st.none() | good_cards
starts = st.none() | st.integers(-40, 40)
cards = good_cards | st.just("not saved")
steps = st.sampled_from([0, 1, 2, 7, 8, 16, 31, 31, 62])


class WholeLifeMachine(RuleBasedStateMachine):
    """`portal` is set by the test; each run has a site of its own in it."""

    portal: ClassVar[Portal]

    @initialize(
        rhythm=rhythms, amount=amounts, start=starts, count=counts, end=st.none() | days_ahead, card=first_cards
    )
    def add(
        self, rhythm: Any, amount: int, start: int | None, count: int | None, end: int | None, card: str | None
    ) -> None:
        self.life = WholeLife(BEGIN, Plan(amount, *rhythm))
        today = self.life.today
        start_on = None if start is None else today + timedelta(days=start)
        end_on = None if end is None else max(today, start_on or today) + timedelta(days=end)
        self.life.plan = Plan(amount, *rhythm, start_on, count, end_on)
        self.world = World(self.portal, self.portal.merchant(clock=f"{BEGIN:%Y-%m-%dT%H:%M}"))
        self.world.add(**body(self.life.plan))
        if card is not None:
            self.confirm(card)

    def plays(self, act: Callable[[], bool], move: Callable[[], None], *, may_write: bool = False) -> None:
        """Do it on both sides: both take it or both refuse it, and what is refused has changed nothing."""
        before, whole = deepcopy(self.life), self.world.fingerprint()
        try:
            move()
            expected = True
        except Refused:
            self.life, expected = before, False
        assert act() == expected, f"the rules say {'yes' if expected else 'no'}"
        if not expected and not may_write:
            assert self.world.fingerprint() == whole
        self.portal.run_jobs()

    # The merchant changes the terms

    @rule(amount=amounts)
    def change_amount(self, amount: int) -> None:
        self.plays(lambda: self.world.post(amount=amount / 100), lambda: self.life.change(amount=amount))

    @rule(rhythm=rhythms)
    def change_rhythm(self, rhythm: tuple[str, int]) -> None:
        name, units = rhythm
        self.plays(
            lambda: self.world.post(frequency=name, frequency_units=units),
            lambda: self.life.change(frequency=name, units=units),
        )

    @rule(count=counts)
    def change_count(self, count: int | None) -> None:
        self.plays(lambda: self.world.post(number_of_payments=count), lambda: self.life.change(count=count))

    @rule(days=st.none() | days_ahead)
    def change_end(self, days: int | None) -> None:
        first = max(self.life.today, self.life.plan.start or self.life.today)
        end = None if days is None else first + timedelta(days=days)
        self.plays(lambda: self.world.post(end_date=end and str(end)), lambda: self.life.change(end=end))

    @rule()
    def the_same_again(self) -> None:
        whole = self.world.fingerprint()
        self.plays(lambda: self.world.post(**body(self.life.plan)), self.life.change)
        assert self.world.fingerprint() == whole

    # The customer

    @rule(kind=cards)
    def confirm(self, kind: str) -> None:
        if self.life.status == "pending" and not self.life.accepted and not self.life.archived_from:
            self.gives_card("confirm", kind)
        else:
            self.plays(lambda: self.world.give_card("confirm", kind), self.refuse)

    @rule(kind=cards)
    def change_card(self, kind: str) -> None:
        self.gives_card("change-method", kind)

    def gives_card(self, tap: str, kind: str) -> None:
        move = self.life.confirm if tap == "confirm" else self.life.change_card
        act = self.world.confirm if tap == "confirm" else lambda kind: self.world.give_card(tap, kind)
        given = Card(kind)
        self.plays(lambda: act(kind), (lambda: move(given)) if kind != "not saved" else self.refuse, may_write=True)

    def refuse(self) -> None:
        raise Refused

    @precondition(lambda self: self.life.status == "pending" and not self.life.accepted)
    @rule(amount=amounts)
    def confirm_what_has_changed_meanwhile(self, amount: int) -> None:
        customer = self.world.customer
        page = customer.page()
        if 'value="confirm"' not in page.text or amount == self.life.plan.amount:
            return
        self.change_amount(amount)
        if self.life.status == "pending" and not self.life.archived_from:
            assert customer.tap(page).status_code == 409

    @rule()
    def pay_now(self) -> None:
        self.plays(self.world.pay_now, self.life.pay_now)

    # The merchant collects, rests, ends

    @rule()
    def retry(self) -> None:
        self.plays(lambda: self.world.call("retry"), self.life.pay_now)

    @rule(days=st.integers(-1, 70))
    def pause_until(self, days: int) -> None:
        until = self.life.today + timedelta(days=days)
        self.plays(lambda: self.world.call("pause", {"until": str(until)}), lambda: self.life.pause(until, None))

    @rule(payments=st.none() | st.integers(1, 3))
    def pause(self, payments: int | None) -> None:
        wanted = {"payments": payments} if payments else {}
        self.plays(lambda: self.world.call("pause", wanted), lambda: self.life.pause(None, payments))

    @rule()
    def resume(self) -> None:
        self.plays(lambda: self.world.call("resume"), self.life.resume)

    @rule()
    def close(self) -> None:
        self.plays(lambda: self.world.call("close"), self.life.cancel)

    @rule(days=st.integers(-1, 70))
    def cancel_on(self, days: int) -> None:
        day = self.life.today + timedelta(days=days)
        self.plays(lambda: self.world.cancel_on(day), lambda: self.life.cancel(day))

    @rule()
    def undo_cancellation(self) -> None:
        self.plays(self.world.undo, self.life.undo)

    @rule()
    def reinstate(self) -> None:
        self.plays(self.world.reinstate, self.life.reinstate)

    @rule(active=st.booleans())
    def set_active(self, active: bool) -> None:
        move = self.life.reopen if active else self.life.withdraw
        self.plays(lambda: self.world.post(active=active), move)

    @rule()
    def archive(self) -> None:
        self.plays(lambda: self.world.call("archive"), self.life.archive)

    @rule()
    def unarchive(self) -> None:
        self.plays(lambda: self.world.call("unarchive"), self.life.unarchive)

    @precondition(lambda self: self.life.dues)
    @rule(place=st.integers(0, 5), part=st.none() | st.integers(1, 6000))
    def refund(self, place: int, part: int | None) -> None:
        due = self.life.dues[place % len(self.life.dues)]
        self.plays(lambda: self.world.give_back(due.slot, "refund", part), lambda: self.life.refund(due, part))

    @precondition(lambda self: self.life.dues)
    @rule(place=st.integers(0, 5))
    def void(self, place: int) -> None:
        due = self.life.dues[place % len(self.life.dues)]
        self.plays(lambda: self.world.give_back(due.slot, "void"), lambda: self.life.void(due), may_write=True)

    # Time

    @rule(days=steps, hours=st.sampled_from([0, 1, 3]))
    def time_passes(self, days: int, hours: int) -> None:
        to = self.life.now + timedelta(days=days, hours=hours)
        self.world.shop.advance(f"{to:%Y-%m-%dT%H:%M}")
        self.life.advance(to)

    # What holds after every move

    @invariant()
    def all_is_right(self) -> None:
        if hasattr(self, "world"):
            judge.agree(self.life, self.world)
            judge.books(self.life, self.world)


def body(plan: Plan) -> dict[str, Any]:
    """The plan as the merchant posts it."""

    def day(value: date | None) -> str | None:
        return value and value.isoformat()

    return {
        "amount": plan.amount / 100,
        "frequency": plan.frequency,
        "frequency_units": plan.units,
        "start_date": day(plan.start),
        "number_of_payments": plan.count,
        "end_date": day(plan.end),
    }
