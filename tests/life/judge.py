"""What must hold after every move: the model and the portal agree, and the books of both sides say the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

from portal.billing.models import Attempt, Invoice, Payment
from portal.billing.refund_models import Refund
from portal.webhooks.models import Event
from tests.life.endings import WholeLife
from tests.life.model import nine_in_the_morning
from tests.life.world import World


def agree(life: WholeLife, world: World) -> None:
    """Status, reason, next date, count; and for each period what was taken and what is owed."""
    row = world.row()
    reason = "canceled" if row.close_reason and row.close_reason.startswith("canceled") else row.close_reason
    seen = row.status, reason, row.archived_at is not None, row.next_due_on, row.installments
    wanted = life.status, life_reason(life), life.archived_from is not None, expected_next(life), life.made
    assert seen == wanted, f"seen {seen}, by the rules {wanted}"
    owed = {due.slot.isoformat(): (due.status, due.amount) for due in life.dues}
    invoices = {i.slot: (i.status, i.amount_minor) for i in world.rows(Invoice)}
    assert invoices == owed, f"invoices {invoices}, by the rules {owed}"
    captured, due = taken(world), {due.slot.isoformat(): due.captured for due in life.dues if due.captured}
    assert captured == due, f"taken {captured}, by the rules {due}"
    if life.status == "active" and row.next_due_on is not None:
        assert nine_in_the_morning(row.next_due_on) > life.now, "a date is due and nothing came of it"


def life_reason(life: WholeLife) -> str | None:
    return life.reason if life.status == "closed" else None


def expected_next(life: WholeLife) -> Any:
    return None if life.status == "closed" else life.next


def taken(world: World) -> dict[str, int]:
    """By period, from the gateway's own ledger; a period that was taken twice stops everything."""
    captures = [entry for entry in world.ledger() if entry.outcome == "captured"]
    periods = Counter(entry.reference.split("/")[1] for entry in captures)
    assert not [period for period, times in periods.items() if times > 1], "charged twice"
    return {entry.reference.split("/")[1]: entry.amount_minor for entry in captures}


def books(life: WholeLife, world: World) -> None:
    """The ledger and our tables, the sequence of events, and what was given back."""
    ledger, payments = world.ledger(), world.rows(Payment)
    paid = [p for p in payments if p.paid_at is not None or p.status == "unknown"]
    captured = [entry for entry in ledger if entry.outcome == "captured"]
    assert sum(entry.amount_minor for entry in captured) == sum(p.amount_minor for p in paid)
    returned = sum(entry.amount_minor for entry in ledger if entry.refund_of)
    asked = [refund for refund in world.rows(Refund) if refund.status in {"succeeded", "unknown"}]
    assert returned == sum(refund.amount_minor for refund in asked) == sum(due.returned for due in life.dues)
    assert all(0 <= p.refunded_minor <= p.amount_minor for p in payments)
    tries = world.rows(Attempt)
    assert len(ledger) - len([entry for entry in ledger if entry.refund_of]) == len(
        [one for one in tries if one.code != "not_sent"]
    )
    assert sorted(event.sequence for event in world.rows(Event)) == list(range(1, world.row().sequence + 1))
