"""Cancelling with money back: by unused days, the last invoice or an amount; now, or on the day that was planned."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.billing.cancellation_models import Cancellation
from portal.billing.refund_models import Refund
from portal.core.database import session
from portal.core.jobs import Job
from portal.sites.models import ApiKey
from tests.api.hyperline.client import GOLD, Hyperline
from tests.harness import Merchant, Portal

SETUP = {"product_name": "Setup", "billing_interval_period": "once", "prices": [{"type": "fee", "amount": 5000}]}


def returned(shop: Merchant) -> list[float]:
    return [entry["amount"] for entry in shop.ledger() if entry["outcome"] == "refunded"]


@pytest.fixture
def path(shop: Merchant, client: Hyperline) -> str:
    """Gold, paid for January and February; today is February 15, so that 14 of 28 days are left."""
    made = client.confirmed()
    shop.advance("2026-02-15T15:00")
    return f"subscriptions/{made['id']}"


@pytest.mark.parametrize(
    ("body", "amounts"),
    [
        ({}, []),
        ({"cancellation_strategy": "none"}, []),
        ({"cancellation_strategy": "refund_prorata"}, [1750]),
        ({"pro_rata": True}, [1750]),
        ({"cancellation_strategy": "refund_last_invoice"}, [3499]),
        ({"cancellation_strategy": "refund_custom", "cancellation_amount": 1000}, [1000]),
        ({"cancellation_strategy": "refund_custom", "cancellation_amount": 5000}, [3499, 1501]),
    ],
)
def test_what_goes_back_is_what_the_strategy_says(
    shop: Merchant, client: Hyperline, path: str, body: dict[str, Any], amounts: list[int]
) -> None:
    answer = client.post(f"{path}/cancel", body)
    assert answer["status"] == "cancelled"
    assert [(one["amount"], one["status"]) for one in answer["refunds"]] == [(one, "succeeded") for one in amounts]
    assert returned(shop) == [amount / 100 for amount in amounts]
    assert "refunds" not in client.get(path)


def test_what_was_billed_once_is_used_up(shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed(products=[GOLD, SETUP])
    shop.advance("2026-01-17T15:00")
    client.post(f"subscriptions/{made['id']}/cancel", {"cancellation_strategy": "refund_prorata"})
    assert returned(shop) == [16.93]  # 15 of 31 days of 34.99


def test_more_than_is_left_is_refused_and_it_goes_on(shop: Merchant, client: Hyperline, path: str) -> None:
    body = {"cancellation_strategy": "refund_custom", "cancellation_amount": 2 * 3499 + 1}
    assert "more than the customer has paid" in client.refused("POST", f"{path}/cancel", json=body)
    assert (client.get(path)["status"], returned(shop)) == ("active", [])


def test_nothing_goes_back_twice(portal: Portal, shop: Merchant, client: Hyperline, path: str) -> None:
    body = {"cancellation_strategy": "refund_prorata"}
    client.post(f"{path}/cancel", body)
    assert "has ended already" in client.refused("POST", f"{path}/cancel", json=body)
    assert client.post(f"{path}/reinstate")["status"] == "active"
    assert client.post(f"{path}/cancel", body)["refunds"][0]["amount"] == 3499 - 1750  # all that is left of it
    assert returned(shop) == [17.50, 17.49]


def test_the_same_call_under_its_key_sends_back_once(shop: Merchant, client: Hyperline, path: str) -> None:
    def ask() -> Any:
        body = {"cancellation_strategy": "refund_last_invoice"}
        return client.call("POST", f"{path}/cancel", json=body, headers={"Idempotency-Key": "end"})

    first, again = ask(), ask()
    assert (first.status_code, again.json) == (200, first.json)
    assert returned(shop) == [34.99]


def test_a_key_without_the_scope_sends_nothing_back(
    portal: Portal, shop: Merchant, client: Hyperline, path: str
) -> None:
    with portal.writing():
        row = session().scalars(select(ApiKey).where(ApiKey.key_id == shop.key_id)).one()
        row.scopes = "read write"
    words = client.refused("POST", f"{path}/cancel", 403, json={"cancellation_strategy": "refund_prorata"})
    assert "scope refund" in words
    assert client.post(f"{path}/cancel")["status"] == "cancelled"


@pytest.mark.parametrize(
    ("strategy", "amount"), [("refund_prorata", 11.25), ("refund_last_invoice", 34.99), ("refund_custom", 7.00)]
)
def test_a_planned_end_sends_back_on_its_day_what_it_promised(
    portal: Portal, shop: Merchant, client: Hyperline, path: str, strategy: str, amount: float
) -> None:
    client.post(f"{path}/cancel", {"cancel_at": "2026-03-20", "cancellation_strategy": "refund_prorata"})
    body = {"cancel_at": "2026-02-20", "cancellation_strategy": strategy}
    more = {"cancellation_amount": 700} if strategy == "refund_custom" else {}
    planned = client.post(f"{path}/cancel", body | more)
    assert (planned["status"], planned["refunds"], planned["cancellation_strategy"]) == ("active", [], strategy)
    shop.advance("2026-02-19T12:00")
    assert returned(shop) == []
    shop.advance("2026-02-21T12:00")
    found = client.get(path)
    assert (found["status"], found["cancellation_strategy"]) == ("cancelled", strategy)
    assert found["cancel_at"] == "2026-02-20T00:00:00-06:00"
    assert returned(shop) == [amount]
    assert [row.status for row in portal.rows(Cancellation)] == ["withdrawn", "done"]


@pytest.mark.parametrize("undo", ["reinstate", "put", "cancel now"])
def test_a_plan_that_was_taken_back_sends_nothing(
    portal: Portal, shop: Merchant, client: Hyperline, path: str, undo: str
) -> None:
    client.post(f"{path}/cancel", {"cancel_at": "2026-02-20", "cancellation_strategy": "refund_prorata"})
    if undo == "reinstate":
        client.post(f"{path}/reinstate")
    elif undo == "put":
        client.put(path, {"cancel_at": None})
    else:
        client.post(f"{path}/cancel")
    shop.advance("2026-02-25T12:00")
    assert returned(shop) == []
    assert client.get(path)["status"] == ("cancelled" if undo == "cancel now" else "active")
    assert portal.rows(Cancellation)[0].status == "withdrawn"
    assert portal.rows(Refund) == []


def test_the_day_comes_also_where_every_hint_is_lost(
    portal: Portal, shop: Merchant, client: Hyperline, path: str
) -> None:
    client.post(f"{path}/cancel", {"cancel_at": "2026-02-20", "cancellation_strategy": "refund_last_invoice"})
    shop.call("POST", "/clock/advance", json={"to": "2026-02-21T12:00:00Z"})
    portal.run_jobs(lose_hints=True)
    assert returned(shop) == [34.99]
    (row,) = portal.rows(Cancellation)
    portal.perform(Job.END_CANCELED, str(row.id))  # a hint that comes late finds nothing to do
    assert returned(shop) == [34.99]


def test_money_that_went_back_meanwhile_is_not_sent_again(
    portal: Portal, shop: Merchant, client: Hyperline, path: str
) -> None:
    client.post(
        f"{path}/cancel",
        {"cancel_at": "2026-02-20", "cancellation_strategy": "refund_custom", "cancellation_amount": 6000},
    )
    subscription = path.removeprefix("subscriptions/")
    newest = shop.call("GET", f"/subscription/{subscription}/payments").json["data"][0]["id"]
    assert shop.call("POST", f"/payment/{newest}/refund").status_code == 200
    shop.advance("2026-02-21T12:00")
    (row,) = portal.rows(Cancellation)
    assert (row.status, row.words) == ("refused", "This is more than the customer has paid.")
    assert returned(shop) == [34.99]
