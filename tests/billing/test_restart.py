"""Going on from a pause with another start or end (semantics cases 41 and 42, states.md D19 and D20)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.core.clock import real_now
from portal.core.database import session
from portal.subscriptions.models import Subscription
from tests.harness import Customer, Merchant, Portal


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


def paused(portal: Portal, shop: Merchant, on: str = "2026-03-05T15:00", **fields: Any) -> None:
    customer = Customer(portal, shop.post(**fields).json["link"])
    customer.confirm()
    portal.run_jobs()
    shop.advance(on)
    assert shop.call("POST", "/subscription/439772921/pause", json={}).status_code == 200


def resume(shop: Merchant, **body: Any) -> Any:
    return shop.call("POST", "/subscription/439772921/resume", version="v3", json=body)


def days(shop: Merchant) -> list[str]:
    return [entry["at"][:10] for entry in shop.ledger() if entry["outcome"] == "captured"]


def test_a_new_start_is_the_new_anchor_and_payments_made_still_count(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop, number_of_payments=4)
    answer = resume(shop, start_date="2026-06-15")
    assert answer.json["next_charge"] == {"date": "2026-06-15", "amount": 34.99, "currency": "USD"}
    shop.advance("2027-01-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-02-28", "2026-06-15", "2026-07-15"]
    assert shop.subscription()["close_reason"] == "completed"


def test_a_new_start_on_a_day_that_is_billed_goes_on_with_the_date_after_it(portal: Portal, shop: Merchant) -> None:
    """The last of two instalments is still to come, and the answer says when."""
    paused(portal, shop, on="2026-01-31T16:00", number_of_payments=2)
    assert resume(shop, start_date="2026-01-31").json["next_charge"]["date"] == "2026-02-28"
    assert shop.subscription()["next_due_date"] == "2026-02-28"
    shop.advance("2027-01-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-02-28"]
    assert shop.subscription()["close_reason"] == "completed"


def test_a_run_that_finds_a_period_billed_leaves_the_number_of_payments_as_it_was(
    portal: Portal, shop: Merchant
) -> None:
    """Whatever set its next date back: the period is not billed again, and the last instalment still comes."""
    paused(portal, shop, on="2026-01-31T16:00", number_of_payments=2)
    resume(shop)
    with portal.writing():
        row = session().scalars(select(Subscription)).one()
        row.next_index, row.next_due_on, row.due_at, row.site_due_at = 0, row.anchor_on, real_now(), None
    portal.run_jobs()
    shape = shop.subscription()
    assert (shape["status"], shape["next_due_date"]) == ("active", "2026-02-28")
    shop.advance("2027-01-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-02-28"]


def test_on_a_fixed_day_it_is_billed_on_the_first_such_day_from_the_new_start(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop, fixed_day=1)
    assert resume(shop, start_date="2026-06-15").json["next_charge"]["date"] == "2026-07-01"


def test_an_end_is_kept_replaced_or_taken_away(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop, end_date="2026-12-31")
    assert resume(shop, end_date="2026-04-30").status_code == 200
    assert shop.subscription()["end_date"] == "2026-04-30"
    shop.call("POST", "/subscription/439772921/pause", json={})
    assert resume(shop, start_date="2026-03-05").status_code == 200
    assert shop.subscription()["end_date"] == "2026-04-30"
    shop.call("POST", "/subscription/439772921/pause", json={})
    assert resume(shop, end_date="").status_code == 200
    assert shop.subscription()["end_date"] is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"start_date": "2026-03-04"}, "invalid start_date"),
        ({"start_date": "2026-06-15", "end_date": "2026-06-14"}, "invalid end_date"),
        ({"end_date": "2026-03-04"}, "invalid end_date"),
    ],
)
def test_a_start_in_the_past_or_after_its_end_is_refused_and_it_stays_paused(
    portal: Portal, shop: Merchant, body: dict[str, str], error: str
) -> None:
    paused(portal, shop)
    answer = resume(shop, **body)
    assert (answer.status_code, answer.json["errors"]) == (422, [error])
    assert shop.subscription()["status"] == "paused"


def test_only_a_pause_is_restarted(portal: Portal, shop: Merchant) -> None:
    paused(portal, shop)
    resume(shop)
    assert resume(shop, start_date="2026-06-15").status_code == 409


@pytest.mark.parametrize("hour", ["13:00", "20:00"])
def test_resumed_on_a_due_date_it_is_charged_that_day_before_and_after_the_hour(
    portal: Portal, shop: Merchant, hour: str
) -> None:
    paused(portal, shop, on="2026-03-15T15:00")
    shop.advance(f"2026-04-30T{hour}")
    assert resume(shop).json["next_charge"]["date"] == "2026-04-30"
    shop.advance("2026-04-30T23:00")
    assert days(shop)[-1] == "2026-04-30"


@pytest.mark.parametrize("collection", ["automatic", "link"])
def test_a_new_start_on_a_day_that_was_billed_bills_it_once_and_loses_no_payment(
    portal: Portal, shop: Merchant, collection: str
) -> None:
    customer = Customer(portal, shop.post(number_of_payments=2, collection=collection).json["link"])
    if collection == "automatic":
        customer.confirm()
    portal.run_jobs()
    shop.call("POST", "/subscription/439772921/pause", json={})
    assert resume(shop, start_date="2026-01-31").status_code == 200
    shop.advance("2026-06-01T00:00")
    invoices = shop.subscription()["invoices"]
    assert [one["invoice_date"] for one in invoices] == ["2026-01-31", "2026-02-28"]
