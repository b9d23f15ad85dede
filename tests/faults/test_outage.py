"""After an outage: what fell due meanwhile is charged in due order, once, however many look for it at the same time."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from portal.billing.models import Invoice, Payment
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.ids import new_id
from portal.core.jobs import Job
from portal.subscriptions.models import Subscription
from tests.faults.books import Books
from tests.faults.conftest import Referee
from tests.faults.crew import Crew
from tests.faults.money import i12_money
from tests.faults.referee import i1_lost_charge, i2_phantom, i3_double
from tests.harness import Customer, Merchant, Portal
from workers import work

pytestmark = pytest.mark.faults

OUTAGE, EACH_LOOK = timedelta(hours=6), 5


def accepted(portal: Portal, shop: Merchant, copies: int) -> None:
    """So many subscriptions beside a confirmed one, alike but for their names."""
    Customer(portal, shop.post().json["link"]).confirm()
    portal.run_jobs()
    with portal.writing():
        model = session().scalars(select(Subscription)).one()
        columns = {column.key: getattr(model, column.key) for column in Subscription.__mapper__.column_attrs}
        session().add_all(
            Subscription(**columns | {"id": new_id(), "external_id": f"copy {number}", "sequence": 0})
            for number in range(copies)
        )


def test_six_hours_of_outage_are_made_up_for_in_due_order_and_once(portal: Portal, merchant: Merchant) -> None:
    accepted(portal, merchant, 19)
    ids = [row.id for row in portal.rows(Subscription)]
    random.Random(7).shuffle(ids)
    began = real_now() - OUTAGE
    with portal.writing():
        for place, row_id in enumerate(ids):
            due_at = began + place * OUTAGE / len(ids)
            session().execute(update(Subscription).where(Subscription.id == row_id).values(due_at=due_at))
    for look in range(len(ids) // EACH_LOOK):
        with portal.app.app_context():
            assert work.bill_batch(EACH_LOOK) == EACH_LOOK
        assert (Job.RUN_BILLING, ()) in portal.waiting  # a full batch asks for others to go on while it calls
        opened = {invoice.subscription_id for invoice in portal.rows(Invoice, invoice_on=next_due(portal))}
        assert opened == set(ids[: (look + 1) * EACH_LOOK])
    portal.run_jobs()
    for payment in portal.rows(Payment):
        portal.perform(Job.CHARGE, str(payment.id))  # a hint that comes once more
    portal.perform(Job.RUN_BILLING)
    books = Books.read(portal.settings.database_url)
    assert len(books.captured()) == 1 + len(ids)
    assert {name: found for name, found in verdicts(books).items() if found} == {}


def next_due(portal: Portal) -> object:
    """The one period that all of them owe: the original's newest invoice is for it."""
    return max(invoice.invoice_on for invoice in portal.rows(Invoice))


def test_three_schedulers_and_three_workers_at_once_charge_everybody_once(
    portal: Portal, merchant: Merchant, crew: Crew, referee: Referee
) -> None:
    number = 100 if portal.settings.on_sqlite else 1199  # a full batch, and another
    accepted(portal, merchant, number)
    with portal.writing():
        session().execute(update(Subscription).values(due_at=real_now() - OUTAGE))
    crew.lease = timedelta(minutes=10)  # nobody dies here: no worker may be taken for dead on a busy machine
    for _ in range(3):
        crew.start()
    succeeded = text("SELECT count(*) FROM payments WHERE status = 'succeeded' AND due_at IS NULL")

    def all_are_paid() -> bool:
        with referee.watching.connect() as connection:
            return connection.scalar(succeeded) == number + 2

    crew.works_until(all_are_paid, within=240)
    books = Books.read(portal.settings.database_url)
    assert len(books.captured()) == number + 2
    assert {name: found for name, found in verdicts(books).items() if found} == {}


def verdicts(books: Books) -> dict[str, list[str]]:
    rules = {"I1": i1_lost_charge, "I2": i2_phantom, "I3": i3_double, "I12": i12_money}
    return {name: rule(books) for name, rule in rules.items()}
