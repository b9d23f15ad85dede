"""The states of the dialect and the calls that move a subscription between them, refused edges included."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from portal.billing.models import Invoice
from tests.api.hyperline.client import Hyperline
from tests.harness import Customer, Merchant, Portal

ACTIONS = ("activate", "pause", "reactivate", "reinstate", "transition-phase", "cancel")
# What each call makes of each state (states.md section 3): the state after it, or "" where it is refused.
TABLE = {
    "pending": {"cancel": "voided"},
    "ahead": {"activate": "pending", "pause": "paused", "reactivate": "pending", "cancel": "cancelled"},
    "active": {"activate": "active", "pause": "paused", "reactivate": "active", "cancel": "cancelled"},
    "paused": {"pause": "paused", "reactivate": "active", "cancel": "cancelled"},
    "errored": {"pause": "paused", "reactivate": "active", "cancel": "cancelled"},
    "cancelled": {"reinstate": "active", "cancel": "cancelled"},
    "voided": {"cancel": "voided"},
}


def taken(shop: Merchant) -> list[float]:
    return [entry["amount"] for entry in shop.ledger() if entry["outcome"] == "captured"]


def in_state(shop: Merchant, client: Hyperline, state: str) -> str:
    """The path of a subscription that reads so."""
    if state in {"pending", "voided"}:
        path = f"subscriptions/{client.subscribe()['id']}"
    elif state == "errored":
        today = datetime.fromisoformat(shop.call("GET", "/clock").json["now"])
        made = client.subscribe(starts_at=(today + timedelta(days=1)).date().isoformat())
        Customer(shop.portal, made["checkout_url"]).confirm("4000 0000 0000 0341")
        path = f"subscriptions/{made['id']}"
        shop.advance((today + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M"))
    else:
        made = client.confirmed(starts_at="2026-06-01" if state == "ahead" else None)
        path = f"subscriptions/{made['id']}"
    if state == "paused":
        client.post(f"{path}/pause")
    if state in {"cancelled", "voided"}:
        client.post(f"{path}/cancel")
    assert client.get(path)["status"] == ("pending" if state == "ahead" else state)
    return path


@pytest.mark.parametrize("state", TABLE)
def test_each_call_does_in_each_state_what_the_table_says(
    portal: Portal, shop: Merchant, client: Hyperline, state: str
) -> None:
    for action in ACTIONS:
        path = in_state(shop, client, state)
        before = client.get(path)
        wanted = TABLE[state].get(action)
        if wanted is None:
            assert client.refused("POST", f"{path}/{action}", json={}), (state, action)
            assert client.get(path) == before
        else:
            assert client.post(f"{path}/{action}")["status"] == wanted, (state, action)


def test_a_pause_leaves_out_what_falls_in_it_and_says_when_it_ends(shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed()
    path = f"subscriptions/{made['id']}"
    paused = client.post(f"{path}/pause", {"reactivate_at": "2026-03-15T00:00:00Z"})
    assert (paused["status"], paused["next_payment_at"]) == ("paused", None)
    assert paused["paused_at"].startswith("2026-01-01T15:00")
    assert paused["reactivate_at"] == "2026-03-15T00:00:00-05:00"
    shop.advance("2026-04-02T00:00")
    assert (client.get(path)["status"], client.get(path)["paused_at"]) == ("active", None)
    assert taken(shop) == [34.99, 34.99]
    assert "reactivate_at: Give a day after today" in client.refused(
        "POST", f"{path}/pause", json={"reactivate_at": "2026-04-01"}
    )


def test_reactivating_on_a_day_waits_for_it(shop: Merchant, client: Hyperline) -> None:
    path = f"subscriptions/{client.confirmed()['id']}"
    client.post(f"{path}/pause")
    waiting = client.post(f"{path}/reactivate", {"reactivate_at": "2026-02-15"})
    assert (waiting["status"], waiting["reactivate_at"]) == ("paused", "2026-02-15T00:00:00-06:00")
    shop.advance("2026-03-02T00:00")
    assert client.get(path)["status"] == "active"
    assert taken(shop) == [34.99, 34.99]


def test_an_errored_one_goes_on_and_its_debt_stays(portal: Portal, shop: Merchant, client: Hyperline) -> None:
    path = in_state(shop, client, "errored")
    assert client.post(f"{path}/reactivate")["status"] == "active"
    assert next(one.status for one in portal.rows(Invoice)) in {"open", "uncollectible"}


def test_cancelling_on_a_day_bills_what_begins_before_it_and_can_be_taken_back(
    shop: Merchant, client: Hyperline
) -> None:
    path = f"subscriptions/{client.confirmed()['id']}"
    planned = client.post(f"{path}/cancel", {"cancel_at": "2026-03-01T00:00:00Z", "cancellation_reason": "Moving"})
    assert (planned["status"], planned["cancel_at"]) == ("active", "2026-03-01T00:00:00-06:00")
    assert (planned["cancellation_strategy"], planned["cancellation_reason"]) == ("do_nothing", "Moving")
    back = client.post(f"{path}/reinstate")
    assert (back["cancel_at"], back["cancellation_strategy"]) == (None, None)
    client.post(f"{path}/cancel", {"cancel_at": "2026-03-01"})
    shop.advance("2026-03-02T18:00")
    assert client.get(path)["status"] == "cancelled"
    assert taken(shop) == [34.99, 34.99]
    assert client.post(f"{path}/reinstate")["status"] == "active"
    shop.advance("2026-04-02T00:00")
    assert taken(shop) == [34.99, 34.99, 34.99]


def test_the_end_of_the_period_is_the_day_of_the_next_payment(shop: Merchant, client: Hyperline) -> None:
    path = f"subscriptions/{client.confirmed()['id']}"
    assert client.post(f"{path}/cancel", {"cancellation_strategy": "end_of_period"})["cancel_at"].startswith(
        "2026-02-01"
    )
    shop.advance("2026-02-02T00:00")
    assert client.get(path)["status"] == "cancelled"
    assert taken(shop) == [34.99]


def test_an_end_agreed_when_it_was_made_ends_it(shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed(cancel_at="2026-02-01T00:00:00Z")
    assert made["cancel_at"] == "2026-02-01T00:00:00-06:00"
    shop.advance("2026-03-02T00:00")
    path = f"subscriptions/{made['id']}"
    assert client.get(path)["status"] == "cancelled"
    assert taken(shop) == [34.99]
    assert "Only a canceled subscription" in client.refused("POST", f"{path}/reinstate", json={})


def test_activating_without_a_method_says_what_is_missing(client: Hyperline) -> None:
    path = f"subscriptions/{client.subscribe()['id']}"
    assert "payment method" in client.refused("POST", f"{path}/activate", json={})


def test_voided_by_its_merchant_its_link_says_so(portal: Portal, client: Hyperline) -> None:
    made = client.subscribe()
    answer = client.post(f"subscriptions/{made['id']}/cancel", {"cancellation_strategy": "refund_prorata"})
    assert (answer["status"], answer["checkout_url"], answer["refunds"]) == ("voided", None, [])
    assert Customer(portal, made["checkout_url"]).page().status == 410


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("cancel", {"cancel_at": "soon"}, "cancel_at: Give a moment"),
    ("cancel", {"cancellation_strategy": "charge_all"}, "cancellation_strategy: Give one of do_nothing"),
    ("cancel", {"cancellation_strategy": "refund_custom"}, "cancellation_amount: Give cancellation_amount"),
    ("cancel", {"cancellation_amount": 5}, "cancellation_amount: Give cancellation_amount"),
    (
        "cancel",
        {"cancellation_strategy": "refund_custom", "cancellation_amount": 3500},
        "more than the customer has paid",
    ),
    ("cancel", {"cancellation_strategy": "end_of_period", "cancel_at": "2026-03-01"}, "cancel_at: end_of_period"),
    ("pause", {"reactivate_at": "2026-01-01"}, "reactivate_at: Give a day after today"),
    ("pause", {"reactivate_at": 5}, "reactivate_at: Give a moment"),
    ("transition-phase", {"transition_date": "2026-02-01"}, "transition_date: A phase begins today"),
    ("transition-phase", {}, "no next phase"),
]


def test_what_is_wrong_is_named_and_it_stays_as_it_was(shop: Merchant, client: Hyperline) -> None:
    path = f"subscriptions/{client.confirmed()['id']}"
    before = client.get(path)
    for action, body, words in WRONG:
        assert words in client.refused("POST", f"{path}/{action}", json=body)
    assert client.get(path) == before
    assert shop.ledger()[-1]["outcome"] == "captured"


def test_an_archived_one_is_left_alone(shop: Merchant, client: Hyperline) -> None:
    made = client.confirmed()
    shop.call("POST", f"/subscription/{made['id']}/archive")
    path = f"subscriptions/{made['id']}"
    assert client.get(path)["status"] == "cancelled"
    for action in ("activate", "pause", "reactivate", "reinstate", "cancel"):
        assert "archived" in client.refused("POST", f"{path}/{action}", json={}), action
    assert "archived" in client.refused("PUT", path, json={"name": "x"})
    assert client.get("subscriptions", status="active")["data"] == []
    assert [one["id"] for one in client.get("subscriptions", status="cancelled")["data"]] == [made["id"]]


def test_a_deleted_one_is_unknown(shop: Merchant, client: Hyperline) -> None:
    made = client.subscribe()
    assert shop.call("DELETE", f"/subscription/{made['id']}").status_code == 200
    assert client.refused("GET", f"subscriptions/{made['id']}", 404) == "Subscription not found"
    assert client.get("subscriptions", status="all")["meta"]["total"] == 0
    assert client.refused("POST", f"subscriptions/{made['id']}/cancel", 404, json={}) == "Subscription not found"
