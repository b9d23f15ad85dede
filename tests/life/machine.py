"""The machine: every move a merchant, a customer or time can make, in any order, and what must hold after each."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.harness import Portal, at
from tests.life import judge
from tests.life.choices import ARGUMENTS, amounts, counts, days_ahead, first_cards, rhythms, starts, steps
from tests.life.dues import Card
from tests.life.endings import WholeLife
from tests.life.model import Plan, Refused
from tests.life.world import World

BEGIN = at("2026-01-31T16:00")  # ten in the morning at the site: an hour after what fell due today


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

    # Many small moves in a few rules, so that time passes as often as something is done

    @rule(data=st.data())
    def the_terms_change(self, data: st.DataObject) -> None:
        self.one_of(data, "change_amount", "change_rhythm", "change_count", "change_end", "the_same_again")

    @rule(data=st.data())
    def the_customer_acts(self, data: st.DataObject) -> None:
        waits = self.life.status == "pending"
        self.one_of(
            data, *(("confirm", "confirm", "confirm_what_has_changed_meanwhile") if waits else ("change_card",))
        )

    @rule(data=st.data())
    def money_moves(self, data: st.DataObject) -> None:
        self.one_of(data, "pay_now", "retry", *(("refund", "refund", "void") if self.life.dues else ()))

    @rule(over=st.integers(0, 20))
    def it_rests_over_a_due_date_and_goes_on(self, over: int) -> None:
        """What the pause left out is never billed: resumed behind the date, on it, and looked at until the next one."""
        if self.life.status != "active" or self.life.next is None or self.life.archived_from:
            return
        self.pause(None)
        self.time_passes((self.life.next - self.life.today).days + over, 0)
        self.resume()
        self.an_hour_of_charging_comes()

    @rule(place=st.integers(0, 5), part=st.integers(1, 6000))
    def more_is_asked_back_than_was_taken(self, place: int, part: int) -> None:
        """Refused by the portal itself, before the gateway hears of it: nothing at all is written."""
        taken = [due for due in self.life.dues if due.status == "paid" and (due.captured or 0) > due.returned]
        if not taken:
            return
        due = taken[place % len(taken)]
        left = (due.captured or 0) - due.returned
        for asked in (left + part, min(part, left), left, 1):
            self.asks_back(due.slot, asked)

    @rule(data=st.data())
    def a_coupon_comes(self, data: st.DataObject) -> None:
        self.one_of(data, "add_coupon")

    @rule(data=st.data())
    def it_rests_or_goes_on(self, data: st.DataObject) -> None:
        rests = self.life.status == "paused"
        self.one_of(data, "resume", "pause", *(("resume",) if rests else ("pause_until", "pause")))

    @rule(data=st.data())
    def it_ends_or_comes_back(self, data: st.DataObject) -> None:
        if self.life.status == "closed" or self.life.cancel_on:
            self.one_of(data, "reinstate", "unarchive", "undo_cancellation", "set_active", "confirm")
        else:
            self.one_of(data, "cancel_on", "cancel_on", "close", "set_active", "archive")

    @rule(days=steps, hours=st.sampled_from([0, 1, 3]))
    def some_time_passes(self, days: int, hours: int) -> None:
        self.time_passes(days, hours)

    @rule()
    def a_month_passes(self) -> None:
        self.time_passes(31, 0)

    @rule()
    def an_hour_of_charging_comes(self) -> None:
        self.time_passes(*((0, 1) if self.life.next is None else ((self.life.next - self.life.today).days, 3)))

    def one_of(self, data: st.DataObject, *names: str) -> None:
        name = data.draw(st.sampled_from(names))
        wanted = {key: data.draw(strategy, label=f"{name}({key})") for key, strategy in ARGUMENTS.get(name, {}).items()}
        getattr(self, name)(**wanted)

    # The merchant changes the terms

    def change_amount(self, amount: int) -> None:
        self.plays(lambda: self.world.post(amount=amount / 100), lambda: self.life.change(amount=amount))

    def change_rhythm(self, rhythm: tuple[str, int]) -> None:
        name, units = rhythm
        self.plays(
            lambda: self.world.post(frequency=name, frequency_units=units),
            lambda: self.life.change(frequency=name, units=units),
        )

    def change_count(self, count: int | None) -> None:
        self.plays(lambda: self.world.post(number_of_payments=count), lambda: self.life.change(count=count))

    def change_end(self, days: int | None) -> None:
        first = max(self.life.today, self.life.plan.start or self.life.today)
        end = None if days is None else first + timedelta(days=days)
        self.plays(lambda: self.world.post(end_date=end and str(end)), lambda: self.life.change(end=end))

    def the_same_again(self) -> None:
        whole = self.world.fingerprint()
        self.plays(lambda: self.world.post(**body(self.life.plan)), self.life.change)
        assert self.world.fingerprint() == whole

    # The customer

    def confirm(self, kind: str) -> None:
        if self.life.status == "pending" and not self.life.accepted and not self.life.archived_from:
            self.gives_card("confirm", kind)
        else:
            self.plays(lambda: self.world.give_card("confirm", kind), self.refuse)

    def change_card(self, kind: str) -> None:
        if any(due.is_unknown for due in self.life.dues):
            self.time_passes(0, 1)  # while a charge is being checked the page offers nothing else
        self.gives_card("change-method", kind)

    def gives_card(self, tap: str, kind: str) -> None:
        move = self.life.confirm if tap == "confirm" else self.life.change_card
        act = self.world.confirm if tap == "confirm" else lambda kind: self.world.give_card(tap, kind)
        given = Card(kind)
        self.plays(lambda: act(kind), (lambda: move(given)) if kind != "not saved" else self.refuse, may_write=True)

    def refuse(self) -> None:
        raise Refused

    def confirm_what_has_changed_meanwhile(self, amount: int) -> None:
        customer = self.world.customer
        page = customer.page()
        if 'value="confirm"' not in page.text or amount == self.life.plan.amount:
            return
        self.change_amount(amount)
        if self.life.status == "pending" and not self.life.archived_from:
            assert customer.tap(page).status_code == 409

    def pay_now(self) -> None:
        self.plays(self.world.pay_now, self.life.pay_now)

    # The merchant collects, rests, ends

    def retry(self) -> None:
        self.plays(lambda: self.world.call("retry"), self.life.pay_now)

    def pause_until(self, days: int) -> None:
        until = self.life.today + timedelta(days=days)
        self.plays(lambda: self.world.call("pause", {"until": str(until)}), lambda: self.life.pause(until, None))

    def pause(self, payments: int | None) -> None:
        wanted = {"payments": payments} if payments else {}
        self.plays(lambda: self.world.call("pause", wanted), lambda: self.life.pause(None, payments))

    def resume(self) -> None:
        self.plays(lambda: self.world.call("resume"), self.life.resume)

    def close(self) -> None:
        self.plays(lambda: self.world.call("close"), self.life.cancel)

    def cancel_on(self, days: int) -> None:
        day = self.life.today + timedelta(days=days)
        self.plays(lambda: self.world.cancel_on(day), lambda: self.life.cancel(day))

    def undo_cancellation(self) -> None:
        self.plays(self.world.undo, self.life.undo)

    def reinstate(self) -> None:
        self.plays(self.world.reinstate, self.life.reinstate)

    def set_active(self, active: bool) -> None:
        move = self.life.reopen if active else self.life.withdraw
        self.plays(lambda: self.world.post(active=active), move)

    def archive(self) -> None:
        self.plays(lambda: self.world.call("archive"), self.life.archive)

    def unarchive(self) -> None:
        self.plays(lambda: self.world.call("unarchive"), self.life.unarchive)

    def refund(self, place: int, part: int | None) -> None:
        due = self.life.dues[place % len(self.life.dues)]
        self.plays(lambda: self.world.give_back(due.slot, "refund", part), lambda: self.life.refund(due, part))

    def asks_back(self, slot: date, part: int) -> None:
        due = next(one for one in self.life.dues if one.slot == slot)  # what was refused has put the life back
        self.plays(lambda: self.world.give_back(slot, "refund", part), lambda: self.life.refund(due, part))

    def add_coupon(self, amount: int, payments: int) -> None:
        self.plays(lambda: self.world.add_coupon(amount, payments), lambda: self.life.add_coupon(amount, payments))

    def void(self, place: int) -> None:
        due = self.life.dues[place % len(self.life.dues)]
        self.plays(lambda: self.world.give_back(due.slot, "void"), lambda: self.life.void(due), may_write=True)

    # Time

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
