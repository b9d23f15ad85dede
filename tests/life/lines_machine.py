"""Lines and coupons that come, change and go in any order, beside money that fails and goes back.

Nothing is predicted invoice by invoice. What must hold is that days are paid for once: all that was billed, and what
waits to be billed or given back, is what the days of the billed periods cost by the lines and coupons of each day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from portal.billing.models import Invoice, Payment
from portal.billing.refund_models import Refund
from portal.subscriptions.item_updates import ItemUpdate
from tests.harness import Portal, at
from tests.life.walk import CHICAGO, Walk
from tests.life.world import PLAN, World

BEGIN = at("2026-01-31T16:00")
pays = st.sampled_from(["immediately", "next_invoice"])
cents = st.integers(100, 9000)


@dataclass(frozen=True)
class Sold:
    """What one day of the subscription is made of. A coupon is a percentage (below 100) or an amount in cents."""

    lines: tuple[tuple[str, int, int], ...] = ()  # id, price of one, how many
    coupons: tuple[tuple[str, str, int], ...] = ()  # id, percent or amount, of how much

    def cost(self, base: int) -> Fraction:
        """Of one whole period: each coupon comes off what those before it left, never below zero."""
        left = Fraction(base + sum(price * count for _, price, count in self.lines))
        for _, kind, value in self.coupons:
            left = left * (100 - value) / 100 if kind == "percent" else max(left - value, Fraction(0))
        return left

    def more_than(self, free: Sold) -> Fraction:
        """Of a period without an invoice of its own: what is above what it began with, which came free.

        An amount off the whole comes with the base, which is not billed here.
        """
        was = {name: price * count for name, price, count in free.lines}
        left = Fraction(sum(max(price * count - was.get(name, 0), 0) for name, price, count in self.lines))
        for _, kind, value in self.coupons:
            left = left * (100 - value) / 100 if kind == "percent" else left
        return left


class LinesMachine(RuleBasedStateMachine):
    """`portal` is set by the test; each run has a site of its own in it."""

    portal: ClassVar[Portal]

    @initialize(
        frequency=st.sampled_from(["Weekly", "Semi-Monthly", "Monthly", "Monthly", "Quarterly"]),
        base=st.integers(1000, 9000),
        tax=st.sampled_from([0, 0, 25]),
    )
    def add(self, frequency: str, base: int, tax: int) -> None:
        self.now, self.base, self.tax, self.number, self.went_back = BEGIN, base, tax, 0, False
        self.walk = Walk(frequency, 1, self.today)
        self.sold = {self.today: Sold()}  # from each day on
        self.world = World(self.portal, self.portal.merchant(clock=f"{BEGIN:%Y-%m-%dT%H:%M}"))
        taxes = [{"name": "VAT", "rate": tax}] if tax else []
        self.world.add(amount=base / 100, frequency=frequency, taxes=taxes)
        assert self.world.confirm("good")
        self.portal.run_jobs()

    @property
    def today(self) -> date:
        return self.now.astimezone(CHICAGO).date()

    @property
    def present(self) -> Sold:
        return self.sold[max(self.sold)]

    # Lines and coupons

    @rule(price=cents, count=st.integers(1, 3), pay=pays)
    def a_line_comes(self, price: int, count: int, pay: str) -> None:
        self.number += 1
        line = (f"line{self.number}", price, count)
        product = {"id": line[0], "description": "Towels", "amount": price / 100, "quantity": count}
        self.changes(pay, lambda sold: replace(sold, lines=(*sold.lines, line)), type="add_product", product=product)

    @rule(data=st.data(), count=st.integers(1, 4), pay=pays)
    def a_line_is_counted_anew(self, data: st.DataObject, count: int, pay: str) -> None:
        self.another(data, pay, lambda line: (line[0], line[1], count), type="update_count", quantity=count)

    @rule(data=st.data(), price=cents, pay=pays)
    def a_line_costs_something_else(self, data: st.DataObject, price: int, pay: str) -> None:
        self.another(data, pay, lambda line: (line[0], price, line[2]), type="update_price", amount=price / 100)

    @rule(data=st.data(), pay=pays)
    def a_line_goes(self, data: st.DataObject, pay: str) -> None:
        self.another(data, pay, lambda _: None, type="remove_product")

    @rule(kind=st.sampled_from(["percent", "amount"]), value=st.integers(5, 60), pay=pays)
    def a_coupon_for_ever_comes(self, kind: str, value: int, pay: str) -> None:
        self.number += 1
        coupon = (f"coupon{self.number}", kind, value)
        body = {"id": coupon[0], "name": "SPRING", kind: value if kind == "percent" else value / 100}
        if len(self.present.coupons) < 3:
            new = lambda sold: replace(sold, coupons=(*sold.coupons, coupon))  # noqa: E731
            self.changes(pay, new, type="add_coupon", coupon=body)

    @rule(data=st.data(), pay=pays)
    def a_coupon_goes(self, data: st.DataObject, pay: str) -> None:
        if self.present.coupons:
            gone = data.draw(st.sampled_from(self.present.coupons))
            new = lambda sold: replace(sold, coupons=tuple(c for c in sold.coupons if c != gone))  # noqa: E731
            self.changes(pay, new, type="remove_coupon", coupon_id=gone[0])

    def another(self, data: st.DataObject, pay: str, new: Callable[[Any], Any], **body: Any) -> None:
        """The same for one line that is there."""
        if not self.present.lines:
            return
        chosen = data.draw(st.sampled_from(self.present.lines))
        after = tuple(new(line) if line == chosen else line for line in self.present.lines)
        lines = tuple(line for line in after if line is not None)
        self.changes(pay, lambda sold: replace(sold, lines=lines), line=chosen[0], **body)

    def changes(self, pay: str, new: Callable[[Sold], Sold], **body: Any) -> None:
        """Taken, it counts from today; refused, it has changed nothing."""
        whole = self.world.fingerprint()
        answer = self.world.shop.call("POST", f"/subscription/{PLAN}/update", json=body | {"payment_schedule": pay})
        assert answer.status_code in {201, 409, 422}, answer.text
        if answer.status_code == 201:
            self.sold[self.today] = new(self.present)
        else:
            assert self.world.row().status != "active" or answer.status_code == 422, answer.text
            assert self.world.fingerprint() == whole
        self.portal.run_jobs()

    # Money

    @rule(kind=st.sampled_from(["good", "good", "soft", "hard", "lost"]))
    def another_card(self, kind: str) -> None:
        self.world.give_card("change-method", kind)
        self.portal.run_jobs()

    @rule()
    def the_customer_pays_now(self) -> None:
        self.world.pay_now()
        self.portal.run_jobs()

    @rule()
    def the_merchant_tries_again(self) -> None:
        self.world.call("retry")
        self.portal.run_jobs()

    @rule(place=st.integers(0, 9), part=st.none() | st.integers(1, 9000), how=st.sampled_from(["refund", "void"]))
    def money_goes_back(self, place: int, part: int | None, how: str) -> None:
        """Of a payment that was taken: what was never paid would make days that nobody pays for."""
        taken = [payment for payment in self.world.rows(Payment) if payment.status == "succeeded"]
        if taken:
            payment = taken[place % len(taken)]
            body = {"amount_minor": part} if part and how == "refund" else {}
            answer = self.world.shop.call("POST", f"/payment/{payment.id}/{how}", json=body)
            assert answer.status_code in {200, 202, 409, 422}, answer.text
            self.portal.run_jobs()
            whole = {payment.status for payment in self.world.rows(Payment)} & {"voided", "refunded"}
            self.went_back |= bool(whole)  # of such a period nobody gives back or bills what it was sold for

    # Time and rest

    @rule(days=st.sampled_from([0, 1, 3, 5, 11, 16, 31]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.world.shop.advance(f"{self.now:%Y-%m-%dT%H:%M}")

    @rule()
    def it_rests(self) -> None:
        self.world.call("pause")

    @rule()
    def it_goes_on(self) -> None:
        self.world.call("resume")
        self.portal.run_jobs()

    @rule(over=st.integers(1, 9))
    def it_rests_over_a_date(self, over: int) -> None:
        """What comes and goes after that falls in a period that nobody was billed for."""
        due_on = self.world.row().next_due_on
        if due_on is not None and self.world.call("pause"):
            self.time_passes(max((due_on - self.today).days, 0) + over)
            self.it_goes_on()

    # What holds after every move

    @invariant()
    def no_invoice_says_another_sum_than_its_lines(self) -> None:
        for invoice in self.invoices():
            if invoice.lines:
                assert sum(line["amount_minor"] for line in invoice.lines) == invoice.amount_minor, invoice.slot
                taxed = sum(line["amount_minor"] for line in invoice.lines if line["kind"] == "tax")
                assert taxed == invoice.tax_minor

    @invariant()
    def the_books_of_both_sides_agree_and_nothing_was_taken_twice(self) -> None:
        if not hasattr(self, "world"):
            return
        ledger, payments = self.world.ledger(), self.world.rows(Payment)
        captured = [entry for entry in ledger if entry.outcome == "captured"]
        slots = Counter(entry.reference.split("/")[1] for entry in captured)
        assert max(slots.values(), default=1) == 1, "charged twice"
        taken = [one for one in payments if one.paid_at is not None or one.status == "unknown"]
        assert sum(entry.amount_minor for entry in captured) == sum(one.amount_minor for one in taken)
        returned = sum(entry.amount_minor for entry in ledger if entry.refund_of)
        asked = [one for one in self.world.rows(Refund) if one.status in {"succeeded", "unknown"}]
        assert returned == sum(one.amount_minor for one in asked)
        assert all(0 <= one.refunded_minor <= one.amount_minor for one in payments)

    @invariant()
    def every_day_is_billed_once_for_what_was_sold_on_it(self) -> None:
        """Also where a pause or a failure went over the date of a period: there only for what has come since."""
        invoices = self.invoices()
        if not invoices or self.went_back:
            return
        billed = {invoice.period_start for invoice in invoices if "+" not in invoice.slot}
        days = Fraction(0)
        for start, end in pairwise(self.walk.dates()):
            if start > self.today:
                break
            days += self.cost_of(start, end, is_billed=start in billed)
        waits = Fraction(0)
        for line in self.world.row().carried or []:
            bears_tax = line["kind"] != "credit"  # what an earlier invoice left over has its tax with it
            waits += Fraction(line["amount_minor"] * (100 + self.tax * bears_tax), 100)
        wanted = days * (100 + self.tax) / 100
        found = sum(invoice.amount_minor for invoice in invoices) + waits
        rounded = 4 + 2 * sum(max(len(one.lines), 1) for one in invoices) + 2 * self.number_of_lines_of_changes()
        assert abs(found - wanted) <= rounded, f"billed and waiting {float(found)}, the days cost {float(wanted)}"

    @invariant()
    def no_more_is_owed_to_the_customer_than_was_billed(self) -> None:
        if hasattr(self, "world"):
            waits = sum(line["amount_minor"] for line in self.world.row().carried or [])
            assert -waits * (100 + self.tax) <= (100 + self.tax) * sum(one.amount_minor for one in self.invoices())

    def invoices(self) -> list[Any]:
        return self.world.rows(Invoice) if hasattr(self, "world") else []

    def number_of_lines_of_changes(self) -> int:
        return sum(len(lines) for row in self.world.rows(ItemUpdate) for lines in row.lines.values())

    def cost_of(self, start: date, end: date, *, is_billed: bool) -> Fraction:
        whole, cost = (end - start).days, Fraction(0)
        free = self.sold_on(start - timedelta(days=1))
        for number in range(whole):
            sold = self.sold_on(start + timedelta(days=number))
            cost += (sold.cost(self.base) if is_billed else sold.more_than(free)) / whole
        return cost

    def sold_on(self, day: date) -> Sold:
        since = max((one for one in self.sold if one <= day), default=min(self.sold))
        return self.sold[since]
