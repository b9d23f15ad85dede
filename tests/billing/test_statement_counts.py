"""What a charge costs is counted here: statements and commits at 10,000 due, so that no run ever goes row by row."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bench.gateways import AtOnce
from bench.statements import counting
from portal.billing import run
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.core.bulk import insert_rows
from portal.core.clock import real_now
from portal.core.database import Row, db, session, transaction
from portal.core.ids import new_ids
from portal.core.jobs import Job
from portal.customers.models import Customer
from portal.gateways import registry
from portal.links.models import Link, PaymentRequest
from portal.notifications.models import Message
from portal.subscriptions.models import Subscription, Terms
from portal.webhooks.models import Delivery, Event
from tests.harness import Merchant, Portal

DUE = 10_000
MOST_BY_LINK = 12
TABLES: tuple[type[Row], ...] = (Invoice, PaymentRequest, Link, Message, Event, Delivery, Payment)


@pytest.fixture
def due_now(portal: Portal, merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many subscriptions of the merchant that are due, each with a customer, terms and a card of its own."""
    monkeypatch.setitem(registry._gateways, AtOnce.name, AtOnce())
    with portal.writing():
        _store(uuid.UUID(merchant.site_id), DUE)
    return DUE


@pytest.mark.slow
def test_a_charge_costs_a_fiftieth_of_a_statement_and_a_two_hundredth_of_a_commit(portal: Portal, due_now: int) -> None:
    with portal.app.app_context():
        engine = db.engine
    with counting(engine) as count:
        portal.perform(Job.RUN_BILLING)
        while portal.waiting:
            job, ids = portal.waiting.pop(0)
            portal.perform(job, *ids)
    with portal.reading():
        for table in (Invoice, Payment, Attempt, Event):
            assert session().scalar(select(func.count()).select_from(table)) == due_now
        assert set(session().scalars(select(Payment.status).distinct())) == {"succeeded"}
    assert count.statements / due_now <= 0.02
    assert count.commits / due_now <= 0.005


BY_LINK = {"collection": "link", "payment_method_id": None, "webhook_url": "https://yourcompany.com/webhook"}
REACHED = {"mobile_phone": "+12125550123", "email": "ada@example.com", "notify_phone": True, "notify_email": True}


def test_a_batch_by_link_costs_the_same_statements_whether_ten_are_asked_or_a_thousand(
    portal: Portal, merchant: Merchant
) -> None:
    """Each has its invoice, its request, a link and a message on both channels, its event and its delivery."""
    with portal.writing():
        _store(uuid.UUID(merchant.site_id), 1010, **BY_LINK)
        session().execute(update(Customer).values(REACHED))
    with portal.app.app_context():
        engine = db.engine
        counts = []
        for size in (10, 1000):
            with counting(engine) as count, transaction():
                assert run.open_due(size).found == size
            counts.append((count.statements, count.commits))
    assert counts[0] == counts[1]
    assert counts[0][0] <= MOST_BY_LINK
    assert counts[0][1] == 1
    with portal.reading():
        made = {table: session().scalar(select(func.count()).select_from(table)) for table in TABLES}
        assert set(session().scalars(select(Invoice.sent_at.is_not(None)))) == {True}
        assert set(session().scalars(select(Subscription.sequence))) == {1}
    assert made == dict.fromkeys(TABLES, 1010) | {Link: 2020, Message: 2020, Payment: 0}


def _store(site_id: uuid.UUID, count: int, **changes: Any) -> None:
    now = real_now()
    customers, subscriptions, terms, methods = (new_ids(count) for _ in range(4))
    born = {"site_id": site_id, "created_at": now}
    insert_rows(Customer, [born | {"id": one, "updated_at": now} for one in customers])
    rows: dict[type[Row], list[dict[str, Any]]] = {Subscription: [], Terms: [], PaymentMethod: []}
    for customer, subscription, version, method in zip(customers, subscriptions, terms, methods, strict=True):
        rows[Subscription].append(
            born
            | {"id": subscription, "customer_id": customer, "status": "active", "version": 1, "terms_id": version,
               "binding_terms_id": version, "payment_method_id": method, "anchor_on": now.date(), "next_index": 0,
               "next_due_on": now.date(), "accepted_at": now, "updated_at": now, "due_at": now - timedelta(hours=1)}
            | _defaults(Subscription)
            | changes
        )  # fmt: skip
        rows[Terms].append(
            born
            | {"id": version, "subscription_id": subscription, "version": 1, "description": "Gold+ Plan",
               "amount_minor": 3499, "currency": "USD", "frequency": "Monthly", "frequency_units": 1}
            | _defaults(Terms)
        )  # fmt: skip
        rows[PaymentMethod].append(
            born
            | {"id": method, "customer_id": customer, "gateway": AtOnce.name, "gateway_ref": method.hex,
               "kind": "payment_card", "brand": "Visa", "last4": "4242", "exp_month": 12, "exp_year": 2049}
        )  # fmt: skip
    for model, made in rows.items():
        insert_rows(model, made)


def _defaults(model: type[Row]) -> dict[str, Any]:
    """What the model itself fills in for columns that nobody names; lists begin empty."""
    columns = [column for column in model.__table__.columns if column.default is not None and column.name != "id"]
    return {column.name: [] if column.default.is_callable else column.default.arg for column in columns}
