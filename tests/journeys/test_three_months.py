"""Three months pass on the clock of a sandbox site, and an open page keeps up with them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser


def test_four_charges_fall_on_the_last_days_of_the_months(merchant_on_clock: Merchant, customer: Customer) -> None:
    merchant = merchant_on_clock
    customer.opens(merchant.asks_for_payment())
    customer.confirms()
    customer.sees("You're all set")
    customer.listens()
    customer.marks_the_page()
    customer.keeps_picture("1-january")

    assert merchant.advances("2026-05-01T12:00:00Z").strip() == "2026-05-01T12:00:00+00:00 ready"

    customer.reads("Thu, Apr 30")
    customer.reads("Sunday, May 31")
    assert customer.is_on_the_marked_page()
    customer.keeps_picture("2-may")

    assert merchant.outcomes() == ["captured"] * 4
    days = [
        datetime.fromisoformat(entry["at"]).astimezone(ZoneInfo("America/Chicago")).date().isoformat()
        for entry in merchant.ledger()
    ]
    assert days == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert len({entry["idempotency_key"] for entry in merchant.ledger()}) == 4
