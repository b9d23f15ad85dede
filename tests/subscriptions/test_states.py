"""The state table: each refused edge refuses and changes nothing, each allowed one leads where it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from portal.billing import holds
from portal.core.changes import Change
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.sites.models import Site
from portal.subscriptions import ending, pausing
from portal.subscriptions.models import Subscription, Terms
from tests.harness import Customer, Merchant, Portal

Verb = Callable[[Site, Subscription, Terms], Any]

VERBS: dict[str, Verb] = {
    "pause": lambda site, row, terms: pausing.pause(site, row, terms, reason="holiday"),
    "resume": holds.resume,
    "cancel": ending.cancel,
    "cancel later": lambda site, row, terms: ending.cancel(site, row, terms, on=date(2026, 3, 31)),
    "undo cancel": ending.undo_cancel,
    "reinstate": ending.reinstate,
    "archive": lambda site, row, _: ending.archive(site, row),
    "unarchive": lambda site, row, _: ending.unarchive(site, row),
}

STATES = ("pending", "active", "paused", "failed", "withdrawn", "canceled", "closed", "archived")

# verb → state before → state after; a state that is not named refuses.
TABLE: dict[str, dict[str, str]] = {
    "pause": {"active": "paused", "paused": "paused", "failed": "paused"},
    "resume": {"paused": "active", "failed": "active"},
    "cancel": dict.fromkeys(("pending", "active", "paused", "failed", "withdrawn", "canceled", "closed"), "closed"),
    "cancel later": {
        "pending": "closed", "active": "active", "paused": "paused", "failed": "failed",
        "withdrawn": "closed", "canceled": "closed", "closed": "closed",
    },
    "undo cancel": {},
    "reinstate": {"canceled": "active"},
    "archive": dict.fromkeys(STATES, "closed"),
    "unarchive": {"archived": "paused"},
}  # fmt: skip


def bring_to(portal: Portal, shop: Merchant, state: str) -> None:
    """A subscription in this state, brought there as it would be."""
    customer = Customer(portal, shop.post().json["link"])
    if state == "withdrawn":
        shop.post(active=False)
    if state in {"pending", "withdrawn"}:
        return
    customer.confirm()
    portal.run_jobs()
    if state == "failed":
        customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], "4000 0000 0000 0341")
        portal.run_jobs()
        shop.advance("2026-03-10T00:00")
    elif state == "closed":
        shop.post(active=False)
    elif state in {"paused", "canceled", "archived"}:
        apply(portal, {"paused": "pause", "canceled": "cancel", "archived": "archive"}[state])


def apply(portal: Portal, verb: str) -> None:
    with portal.writing():
        row = session().query(Subscription).with_for_update().one()
        terms = session().get_one(Terms, row.binding_terms_id or row.terms_id)
        VERBS[verb](session().get_one(Site, row.site_id), row, terms)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", list(VERBS))
def test_the_table_of_moves(portal: Portal, merchant_on_clock: Merchant, verb: str, state: str) -> None:
    bring_to(portal, merchant_on_clock, state)
    before, lines = portal.the_subscription(), len(portal.rows(Change))
    if state in TABLE[verb]:
        apply(portal, verb)
        assert portal.the_subscription().status == TABLE[verb][state]
        return
    with pytest.raises(NotAllowedNow):
        apply(portal, verb)
    after = portal.the_subscription()
    assert (after.status, after.sequence, len(portal.rows(Change))) == (before.status, before.sequence, lines)


def days(shop: Merchant) -> list[str]:
    return [entry["at"][:10] for entry in shop.ledger() if entry["outcome"] == "captured"]


def test_nothing_is_charged_for_a_pause_and_resuming_says_the_exact_next_charge(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    shop = merchant_on_clock
    bring_to(portal, shop, "active")
    shop.advance("2026-03-05T12:00")
    paused = shop.call("POST", "/subscription/439772921/pause", json={"reason": "on holiday"})
    assert (paused.status_code, paused.json["status"]) == (200, "paused")
    shop.advance("2026-05-20T12:00")
    resumed = shop.call("POST", "/subscription/439772921/resume", version="v3")
    assert resumed.json["next_charge"] == {"date": "2026-05-31", "amount": 34.99, "currency": "USD"}
    shop.advance("2026-07-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-02-28", "2026-05-31", "2026-06-30"]


def test_a_pause_for_two_payments_ends_by_itself(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    bring_to(portal, shop, "active")
    shop.call("POST", "/subscription/439772921/pause", json={"payments": 2})
    shop.advance("2026-06-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-04-30", "2026-05-31"]


def test_a_pause_until_a_due_date_charges_on_that_very_day(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    bring_to(portal, shop, "active")
    shop.call("POST", "/subscription/439772921/pause", json={"until": "2026-03-31"})
    shop.advance("2026-04-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-03-31"]


def test_the_count_goes_on_after_a_pause(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    Customer(portal, shop.post(number_of_payments=3).json["link"]).confirm()
    portal.run_jobs()
    shop.call("POST", "/subscription/439772921/pause", json={"until": "2026-04-15"})
    shop.advance("2026-12-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-04-30", "2026-05-31"]
    assert shop.subscription()["close_reason"] == "completed"


def test_the_end_date_passes_in_a_pause_too(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    Customer(portal, shop.post(end_date="2026-04-15").json["link"]).confirm()
    portal.run_jobs()
    shop.call("POST", "/subscription/439772921/pause", json={})
    shop.advance("2026-05-01T00:00")
    assert shop.subscription()["close_reason"] == "expired"


def test_a_cancellation_on_a_due_date_does_not_bill_that_date(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    bring_to(portal, shop, "active")
    apply(portal, "cancel later")
    shop.advance("2026-05-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-02-28"]
    assert shop.subscription()["close_reason"] == "canceled_merchant"


def test_a_cancellation_that_was_taken_back_ends_nothing(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    bring_to(portal, shop, "active")
    apply(portal, "cancel later")
    apply(portal, "undo cancel")
    shop.advance("2026-05-01T00:00")
    assert days(shop) == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_a_try_that_rested_with_a_pause_is_taken_up_again(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    bring_to(portal, shop, "active")
    customer = Customer(portal, shop.messages()[0]["link"])
    customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], "4000 0000 0000 9995")
    portal.run_jobs()
    shop.advance("2026-02-28T15:30")
    shop.call("POST", "/subscription/439772921/pause", json={})
    shop.advance("2026-03-20T00:00")
    assert len(shop.ledger()) == 2
    shop.call("POST", "/subscription/439772921/resume")
    portal.run_jobs()
    assert [entry["outcome"] for entry in shop.ledger()] == ["captured", "declined", "declined"]


def test_the_schedule_gives_five_dates_after_the_next_one_with_the_reason(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    shop = merchant_on_clock
    bring_to(portal, shop, "active")
    dates = shop.call("GET", "/subscription/439772921/schedule").json["data"]
    assert [each["date"] for each in dates] == ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31"]
    assert dates[0] == {"date": "2026-03-31", "amount": 34.99, "reason": "Back to the 31st"}
    assert "has no 31st" in dates[1]["reason"]
    assert shop.call("GET", "/subscription/439772921/schedule?count=0").status_code == 422
