"""Stories at the edges of a life: an end before the yes, a change during a charge, a rest with nothing left to take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from portal.billing.models import SetupSession
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job
from tests.harness import Customer, Merchant, Portal
from tests.life.world import World

LOST = "4000 0000 0000 4954"


def subscribed(portal: Portal, shop: Merchant, card: str = "4242 4242 4242 4242", **plan: Any) -> Customer:
    customer = Customer(portal, shop.post(**plan).json["link"])
    customer.confirm(card)
    portal.run_jobs()
    return customer


def captured(shop: Merchant) -> list[str]:
    return [entry["at"][:10] for entry in shop.ledger() if entry["outcome"] == "captured"]


def act(shop: Merchant, verb: str) -> int:
    return shop.call("POST", f"/subscription/439772921/{verb}", json={}).status_code


def closed_as(shop: Merchant) -> Any:
    shape = shop.subscription()
    return shape["close_reason"] if shape["status"] == "closed" else shape["status"]


def test_an_end_date_that_passes_before_the_yes_ends_it_and_nothing_can_be_charged(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    shop = merchant_on_clock
    customer = Customer(portal, shop.post(end_date="2026-02-10").json["link"])
    open_page = customer.page()
    shop.advance("2026-02-11T00:00")  # still the tenth at the site
    assert shop.subscription()["status"] == "pending"
    shop.advance("2026-02-11T07:00")
    assert closed_as(shop) == "expired"
    assert customer.tap(open_page).headers["Location"] == customer.path
    portal.run_jobs()
    assert (customer.page().status, captured(shop)) == (410, [])


def test_an_end_date_moved_into_the_past_before_the_yes_ends_it_now(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    shop = merchant_on_clock
    shop.post(start_date="2026-01-10")
    assert shop.post(start_date="2026-01-10", end_date="2026-01-20").status_code == 200
    assert closed_as(shop) == "expired"


def test_a_new_rhythm_counts_from_the_next_date_though_the_first_charge_is_without_an_answer(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    """The month that was paid runs to its end."""
    shop = merchant_on_clock
    subscribed(portal, shop, LOST)
    shop.post(frequency="Weekly")
    portal.run_jobs()
    shop.advance("2026-03-10T00:00")
    assert captured(shop) == ["2026-01-31", "2026-02-28", "2026-03-07"]


def test_what_was_archived_while_its_first_charge_was_without_an_answer_comes_back_paused(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    shop = merchant_on_clock
    subscribed(portal, shop, LOST)
    assert act(shop, "archive") == 200
    shop.advance("2026-02-02T00:00")
    assert act(shop, "unarchive") == 200
    assert shop.subscription()["status"] == "paused"


def test_what_was_unarchived_expires_on_its_end_date_like_any_other_pause(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    shop = merchant_on_clock
    subscribed(portal, shop, end_date="2026-03-15")
    assert (act(shop, "archive"), act(shop, "unarchive")) == (200, 200)
    shop.advance("2026-03-17T00:00")
    assert closed_as(shop) == "expired"


def test_a_cancellation_after_an_archive_can_be_undone(portal: Portal, merchant_on_clock: Merchant) -> None:
    """Archiving closed it for good; bringing it back took that away."""
    shop = merchant_on_clock
    subscribed(portal, shop)
    for verb in ("archive", "unarchive", "resume", "close"):
        assert act(shop, verb) == 200
    assert World(portal, shop).reinstate()
    assert shop.subscription()["status"] == "active"


def test_a_count_lowered_to_what_was_made_ends_a_pause_too(portal: Portal, merchant_on_clock: Merchant) -> None:
    shop = merchant_on_clock
    subscribed(portal, shop)
    act(shop, "pause")
    shop.post(number_of_payments=1)
    portal.run_jobs()
    assert closed_as(shop) == "completed"


def test_a_last_charge_answered_in_a_pause_completes_it_when_the_pause_ends(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    shop = merchant_on_clock
    subscribed(portal, shop, LOST, number_of_payments=2)
    shop.advance("2026-02-28T15:00")
    act(shop, "pause")
    shop.advance("2026-03-02T00:00")
    assert (captured(shop), closed_as(shop)) == (["2026-01-31", "2026-02-28"], "paused")
    act(shop, "resume")
    assert closed_as(shop) == "completed"


def test_an_end_date_counts_though_the_last_instalment_is_still_owed(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    shop = merchant_on_clock
    customer = subscribed(portal, shop, number_of_payments=3)
    customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], "4000 0000 0000 0341")
    portal.run_jobs()
    shop.advance("2026-02-28T16:00")
    shop.post(number_of_payments=2, end_date="2026-03-02")
    portal.run_jobs()
    shop.advance("2026-03-03T07:00")
    assert closed_as(shop) == "expired"


def test_a_visit_whose_door_died_before_the_gateways_page_was_open_ends_after_five_minutes(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    """Asked for again and again it would stand before everybody else's."""
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    customer.tap(customer.page())
    with portal.writing():
        session().execute(update(SetupSession).values(gateway_ref=None, due_at=real_now()))
    visit = portal.row(SetupSession)
    portal.perform(Job.COMPLETE_SETUP, str(visit.id))
    assert portal.row(SetupSession).due_at > real_now() + timedelta(minutes=4)
    with portal.writing():
        session().execute(update(SetupSession).values(real_created_at=real_now() - timedelta(minutes=6)))
    portal.perform(Job.COMPLETE_SETUP, str(visit.id))
    assert (portal.row(SetupSession).status, portal.row(SetupSession).due_at) == ("expired", None)
