"""Invoice numbers: given after settlement in the order of payment, without gaps, for each site its own."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from portal.billing import numbering
from portal.billing.models import Invoice
from portal.billing.numbering import InvoiceCounter
from portal.core.database import db, session, transaction
from portal.core.ids import new_id
from portal.core.jobs import Job
from portal.sites.models import Site
from tests.harness import Customer, Merchant, Portal, at


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


def subscribe(portal: Portal, shop: Merchant, external_id: str) -> None:
    Customer(portal, shop.post(external_id=external_id).json["link"]).confirm()
    portal.run_jobs()


def settled(portal: Portal, shop: Merchant, count: int, *, minutes: int = 0) -> None:
    """So many settled invoices without a number: copies of the first one, each paid a minute before the last."""
    with portal.writing():
        one = session().query(Invoice).filter_by(site_id=uuid.UUID(shop.site_id)).first()
        values = {column.name: getattr(one, column.name) for column in Invoice.__table__.columns}
        session().add_all(
            Invoice(
                **values
                | {"id": new_id(), "slot": f"{minutes}-{place}", "invoice_number": None,
                   "paid_at": at("2026-01-31T09:00") - timedelta(minutes=minutes + place + 1)}
            )
            for place in range(count)
        )  # fmt: skip


def numbers(portal: Portal, shop: Merchant) -> list[str | None]:
    """In the order of payment."""
    mine = portal.rows(Invoice, site_id=uuid.UUID(shop.site_id))
    return [invoice.invoice_number for invoice in sorted(mine, key=lambda one: one.paid_at)]


def give(portal: Portal, shop: Merchant, limit: int = numbering.BATCH) -> int:
    with portal.writing():
        return numbering.number_settled(uuid.UUID(shop.site_id), limit)


def test_numbers_follow_the_order_of_payment_and_stand_in_the_snapshot(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, "first")
    shop.advance("2026-02-01T09:00")
    subscribe(portal, shop, "second")
    shop.advance("2026-03-02T09:00")
    assert numbers(portal, shop) == ["INV-000001", "INV-000002", "INV-000003", "INV-000004"]
    assert [invoice["invoice_number"] for invoice in shop.subscription("first")["invoices"]] == [
        "INV-000001", "INV-000003",
    ]  # fmt: skip
    payment = shop.subscription("first")["invoices"][0]["payments"][0]["id"]
    assert shop.call("GET", f"/payment/{payment}").json["invoice"]["invoiceNumber"] == "INV-000001"


def test_an_invoice_has_no_number_before_it_is_settled(portal: Portal, shop: Merchant) -> None:
    customer = Customer(portal, shop.post().json["link"])
    customer.confirm("4000 0000 0000 0341")
    portal.run_jobs()
    assert portal.row(Invoice).invoice_number is None
    customer.confirm()
    portal.run_jobs()
    assert portal.row(Invoice).invoice_number == "INV-000001"


def test_every_site_counts_for_itself(portal: Portal, shop: Merchant, merchant: Merchant) -> None:
    subscribe(portal, shop, "here")
    subscribe(portal, merchant, "there")
    subscribe(portal, merchant, "there too")
    assert numbers(portal, shop) == ["INV-000001"]
    assert numbers(portal, merchant) == ["INV-000001", "INV-000002"]


def test_a_pass_that_rolls_back_leaves_no_gap(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, "one")
    settled(portal, shop, 3)
    with portal.app.app_context(), pytest.raises(RuntimeError, match="killed"):
        _number_and_die(shop)
    assert give(portal, shop) == 3
    assert sorted(str(number) for number in numbers(portal, shop)) == [f"INV-00000{n}" for n in (1, 2, 3, 4)]
    assert portal.row(InvoiceCounter).last_number == 4


def _number_and_die(shop: Merchant) -> None:
    with transaction():
        assert numbering.number_settled(uuid.UUID(shop.site_id)) == 3
        raise RuntimeError("killed")


def test_many_passes_at_once_give_each_number_once(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, "one")
    settled(portal, shop, 60)
    start, given = threading.Barrier(4), []

    def work() -> None:
        with portal.app.app_context():
            start.wait()
            while True:
                with transaction():
                    done = numbering.number_settled(uuid.UUID(shop.site_id), limit=7)
                if not done:
                    return
                given.append(done)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(given) == 60
    assert sorted(str(number) for number in numbers(portal, shop)) == [f"INV-{n:06}" for n in range(1, 62)]


def test_a_number_beyond_six_digits_goes_on(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, "one")
    settled(portal, shop, 2)
    with portal.writing():
        session().execute(update(InvoiceCounter).values(last_number=999_998))
    give(portal, shop)
    assert numbers(portal, shop)[:2] == ["INV-999999", "INV-1000000"]


def test_a_thousand_invoices_cost_as_many_statements_as_one(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, "one")
    counts = []
    for minutes, size in ((0, 1), (10, 1000)):
        settled(portal, shop, size, minutes=minutes)
        with portal.app.app_context(), counted() as statements:
            with transaction():
                assert numbering.number_settled(uuid.UUID(shop.site_id)) == size
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 5


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that the portal's engine runs inside."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_the_billing_run_gives_no_numbers(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, "one")
    with portal.writing():
        session().execute(update(Site).values(clock_target=at("2026-03-01T00:00")))
    portal.run_jobs(Job.ADVANCE_CLOCK, Job.RUN_BILLING)
    assert numbers(portal, shop) == ["INV-000001", None]
    portal.perform(Job.NUMBER_INVOICES)
    assert numbers(portal, shop) == ["INV-000001", "INV-000002"]


@pytest.fixture(autouse=True)
def _nothing_is_left_waiting(portal: Portal) -> Iterator[None]:
    yield
    with portal.reading():
        assert numbering.waiting_site() is None
