"""Every page and reading call asks the database a bounded number of times, whatever the history behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from portal.core.database import db
from tests.harness import Customer, Merchant, Portal


@contextmanager
def counted(portal: Portal) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    with portal.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("months", [1, 24])
def test_the_customers_page_reads_at_most_ten_times(portal: Portal, merchant_on_clock: Merchant, months: int) -> None:
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    customer.confirm()
    portal.run_jobs()
    merchant_on_clock.advance("2026-02-10T00:00" if months == 1 else "2028-02-10T00:00")
    with counted(portal) as statements:
        page = customer.page()
    assert page.heading == "You're all set"
    assert len(statements) <= 10
    assert len(page.text) < 30_000


@pytest.mark.parametrize("months", [1, 24])
def test_reading_a_subscription_reads_at_most_nine_times(
    portal: Portal, merchant_on_clock: Merchant, months: int
) -> None:
    Customer(portal, merchant_on_clock.post().json["link"]).confirm()
    portal.run_jobs()
    merchant_on_clock.advance("2026-02-10T00:00" if months == 1 else "2028-02-10T00:00")
    with counted(portal) as statements:
        shape = merchant_on_clock.subscription()
    assert len(shape["invoices"]) == (1 if months == 1 else 25)
    assert len(statements) <= 9
