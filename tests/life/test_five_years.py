"""Five years of forty subscriptions on a site's clock: every charge on its day, to the cent, and not one more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from portal.billing.models import Invoice, Payment
from portal.gateways.registry import sandbox
from portal.subscriptions.models import Subscription
from tests.harness import Customer, Merchant, Portal, at
from tests.life.portfolio import BEGIN, END, MORNING, RESTS_FROM, RESUMED_ON, Plan, portfolio

pytestmark = pytest.mark.slow

NO_FUNDS_TWICE = "4000 0000 0000 9995"


def test_five_years_of_a_mixed_portfolio(portal: Portal) -> None:
    shop, plans = portal.merchant(clock="2026-01-31T09:00"), portfolio()
    assert at("2026-01-31T09:00") == BEGIN
    for plan in plans:
        subscribed(portal, shop, plan)
    shop.advance(f"{RESTS_FROM}{MORNING}")
    for plan in plans:
        pause(shop, plan)
    shop.advance(f"{RESUMED_ON}{MORNING}")
    for plan in plans:
        if plan.rest == RESUMED_ON:
            assert shop.call("POST", f"/subscription/{plan.name}/resume").status_code == 200
    portal.run_jobs()
    shop.advance(f"{END:%Y-%m-%dT%H:%M}")

    owed = sorted(charge for plan in plans for charge in plan.charges())
    ledger = entries(portal, shop)
    taken = [entry for entry in ledger if entry[-1] == "captured"]
    assert sorted(entry[:-1] for entry in taken) == owed
    assert len(ledger) - len(taken) == 2 * sum(plan.soft for plan in plans)
    assert_in_due_order(ledger)
    assert_books_agree(portal, len(owed), sum(amount for _, _, amount, _ in owed))
    assert_ends(portal, plans)


def subscribed(portal: Portal, shop: Merchant, plan: Plan) -> None:
    answer = shop.post(
        external_id=plan.name,
        description=plan.name,
        amount=f"{plan.amount_minor // 100}.{plan.amount_minor % 100:02}",
        frequency=plan.frequency,
        frequency_units=plan.units,
        start_date=plan.start and plan.start.isoformat(),
        number_of_payments=plan.count,
        end_date=plan.end and plan.end.isoformat(),
        customer={"external_id": plan.name, "email": "customer@example.com"},
    )
    assert answer.status_code == 200, answer.text
    customer = Customer(portal, answer.json["link"])
    customer.confirm()
    portal.run_jobs()
    if plan.soft:
        customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], NO_FUNDS_TWICE)
        portal.run_jobs()


def pause(shop: Merchant, plan: Plan) -> None:
    if plan.rest is None:
        return
    body: dict[str, Any] = {"payments": plan.rest} if isinstance(plan.rest, int) else {"until": f"{plan.rest}"}
    answer = shop.call("POST", f"/subscription/{plan.name}/pause", json={} if plan.rest == RESUMED_ON else body)
    assert answer.status_code == 200, answer.text


def entries(portal: Portal, shop: Merchant) -> list[tuple[str, str, int, datetime, str]]:
    """The gateway's ledger in the order in which it was written."""
    site_id = portal.site(shop).id
    with portal.app.app_context():
        rows = sandbox().entries(site_id)
    return [
        (row.description, row.reference.split("/")[1], row.amount_minor, row.at.replace(tzinfo=UTC), row.outcome)
        for row in rows
    ]


def assert_in_due_order(ledger: list[tuple[str, str, int, datetime, str]]) -> None:
    assert all(earlier[3] <= later[3] for earlier, later in pairwise(ledger))
    for name in {entry[0] for entry in ledger}:
        periods = [entry[1] for entry in ledger if entry[0] == name and entry[-1] == "captured"]
        assert periods == sorted(set(periods))


def assert_books_agree(portal: Portal, charges: int, total: int) -> None:
    payments, invoices = portal.rows(Payment), portal.rows(Invoice)
    assert {payment.status for payment in payments} == {"succeeded"}
    assert (len(payments), sum(payment.amount_minor for payment in payments)) == (charges, total)
    assert {invoice.status for invoice in invoices} == {"paid"}
    numbered = sorted(invoices, key=lambda invoice: invoice.invoice_number)
    assert [invoice.invoice_number for invoice in numbered] == [f"INV-{n:06}" for n in range(1, charges + 1)]
    assert all(earlier.paid_at <= later.paid_at for earlier, later in pairwise(numbered))


def assert_ends(portal: Portal, plans: tuple[Plan, ...]) -> None:
    rows = {row.external_id: row for row in portal.rows(Subscription)}
    for plan in plans:
        made = len(list(plan.charges()))
        reason = "completed" if made == plan.count else "expired" if plan.end and plan.end < END.date() else None
        row = rows[plan.name]
        assert (row.close_reason, row.status, row.installments) == (reason, "closed" if reason else "active", made)
        assert row.next_due_on is None if reason else row.next_due_on >= date(2031, 1, 31)
