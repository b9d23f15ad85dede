"""Pause, cancel, start again, undo by the customer: the page says the effect, the tap does exactly that or nothing."""

from __future__ import annotations

import re

import pytest

from portal.billing.models import Invoice
from portal.core.changes import Change
from portal.core.database import session
from portal.sites.models import Site
from tests.checkout.own.told import looks, taps, words
from tests.harness import Customer, Merchant, Page, Portal


def state(portal: Portal) -> tuple[str, str | None]:
    subscription = portal.the_subscription()
    return subscription.status, subscription.close_reason


def test_the_pause_page_says_which_dates_are_left_out_and_the_exact_next_charge(confirmed: Customer) -> None:
    page = looks(confirmed, "pause")
    assert page.heading == "Pause your Gold+ Plan?"
    assert "Feb 28 is not taken. Next: $34.99 on Tuesday, March 31." in words(page)
    assert "Feb 28 and Mar 31 are not taken. Next: $34.99 on Thursday, April 30." in words(page)
    assert "Feb 28, Mar 31, and Apr 30 are not taken. Next: $34.99 on Sunday, May 31." in words(page)
    assert state(confirmed.portal) == ("active", None)


def test_a_pause_of_two_payments_leaves_out_just_those(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    assert taps(confirmed, "pause", looks(confirmed, "pause"), payments="2").status_code == 303
    paused = confirmed.page()
    assert paused.heading == "Your Gold+ Plan is paused"
    assert "on Thursday, April 30" in words(paused)
    merchant_on_clock.advance("2026-05-01T00:00")
    assert confirmed.page().heading == "You're all set"
    assert [invoice.slot for invoice in portal.rows(Invoice)] == ["2026-01-31", "2026-04-30"]
    line = portal.rows(Change, what="subscription paused")[0]
    assert (line.actor, line.actor_name) == ("customer", "link")


def test_an_open_pause_lasts_until_the_customer_starts_again(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    taps(confirmed, "pause", looks(confirmed, "pause"), payments="open")
    merchant_on_clock.advance("2026-06-10T00:00")
    paused = confirmed.page()
    assert "Starting again now takes $34.99 on Tuesday, June 30." in words(paused)
    assert taps(confirmed, "resume", paused).status_code == 303
    assert confirmed.page().heading == "You're all set"
    merchant_on_clock.advance("2026-07-01T00:00")
    assert [entry["amount"] for entry in merchant_on_clock.ledger()] == [34.99, 34.99]


def test_a_pause_by_the_merchant_is_not_ended_by_the_customer(merchant_on_clock: Merchant, confirmed: Customer) -> None:
    merchant_on_clock.call("POST", "/subscription/439772921/pause", json={"reason": "broken door"})
    page = confirmed.page()
    assert "Start again now" not in page.text
    assert "Cancel subscription" in page.text


def test_the_cancel_page_says_until_when_it_is_paid_and_what_is_not_taken(confirmed: Customer) -> None:
    page = looks(confirmed, "cancel")
    said = words(page)
    assert page.heading == "Cancel your Gold+ Plan?"
    assert "Fri, Feb 27 Last day Gold+ Plan is paid until here and stays yours." in said
    assert "Sat, Feb 28 Not taken: $34.99 Not taken. Nothing is taken after today." in said
    assert "You can undo this here until Friday, February 27." in said
    assert state(confirmed.portal) == ("active", None)


def test_canceling_ends_it_at_once_and_nothing_more_is_taken(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    assert taps(confirmed, "cancel", looks(confirmed, "cancel")).status_code == 303
    assert state(portal) == ("closed", "canceled_customer")
    after = confirmed.page()
    assert (after.status, after.heading) == (410, "Your Gold+ Plan is canceled")
    assert "It is paid until Friday, February 27 and stays yours until then." in words(after)
    merchant_on_clock.advance("2026-04-01T00:00")
    assert len(merchant_on_clock.ledger()) == 1
    assert confirmed.page().heading == "Your Gold+ Plan has ended"
    line = portal.rows(Change, what="subscription closed")[0]
    assert (line.actor, line.actor_name) == ("customer", "link")


@pytest.mark.parametrize("day", ["2026-01-31T18:00", "2026-02-20T12:00", "2026-02-28T05:00"])
def test_undoing_within_the_paid_days_bills_no_day_twice(
    merchant_on_clock: Merchant, confirmed: Customer, day: str
) -> None:
    taps(confirmed, "cancel", looks(confirmed, "cancel"))
    merchant_on_clock.advance(day)
    canceled = confirmed.page()
    assert "Next: $34.99 on Saturday, February 28." in words(canceled)
    assert taps(confirmed, "undo", canceled).status_code == 303
    assert state(confirmed.portal) == ("active", None)
    assert merchant_on_clock.subscription()["next_due_date"] == "2026-02-28"
    merchant_on_clock.advance("2026-03-01T00:00")
    assert len(merchant_on_clock.ledger()) == 2


def test_after_the_paid_days_it_cannot_be_undone(merchant_on_clock: Merchant, confirmed: Customer) -> None:
    taps(confirmed, "cancel", looks(confirmed, "cancel"))
    old = confirmed.page()
    merchant_on_clock.advance("2026-02-28T07:00")
    assert taps(confirmed, "undo", old).status_code == 303
    assert state(confirmed.portal) == ("closed", "canceled_customer")
    assert confirmed.page().heading == "Your Gold+ Plan has ended"


def test_what_was_paused_is_paused_again_after_an_undo(merchant_on_clock: Merchant, confirmed: Customer) -> None:
    taps(confirmed, "pause", looks(confirmed, "pause"), payments="1")
    taps(confirmed, "cancel", looks(confirmed, "cancel"))
    canceled = confirmed.page()
    assert "brings it back paused" in words(canceled)
    taps(confirmed, "undo", canceled)
    assert state(confirmed.portal) == ("paused", None)
    merchant_on_clock.advance("2026-05-01T00:00")
    assert len(merchant_on_clock.ledger()) == 1


def test_a_cancellation_comes_in_writing_with_the_way_to_undo_it(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    taps(confirmed, "cancel", looks(confirmed, "cancel"))
    portal.run_jobs()
    newest = merchant_on_clock.messages()[0]
    assert newest["purpose"] == "canceled"
    said = re.sub(r" \(check words: \w+ \w+\)", "", newest["body"].partition("http")[0])
    assert said == (
        "Acme Fitness: you canceled Gold+ Plan. Nothing more is taken. It stays yours until Friday, February 27. "
        "Not you, or changed your mind? "
    )
    by_text = Customer(portal, newest["link"])
    assert taps(by_text, "undo", by_text.page()).status_code == 303
    taps(confirmed, "cancel", looks(confirmed, "cancel"))
    portal.run_jobs()
    assert [message["purpose"] for message in merchant_on_clock.messages()[:2]] == ["canceled", "canceled"]


def test_a_debt_is_named_before_the_tap_and_is_not_wiped_out(portal: Portal, merchant_on_clock: Merchant) -> None:
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    customer.confirm()
    portal.run_jobs()
    setup = customer.tap(customer.page(), "change-method")
    customer.enter_card(setup.headers["Location"], "4000 0000 0000 0341")
    portal.run_jobs()
    merchant_on_clock.advance("2026-03-01T00:00")
    assert "Pause" not in customer.page().text
    page = looks(customer, "cancel")
    assert "$34.99 from before is still to pay." in words(page)
    assert "You can't undo this here." in words(page)
    taps(customer, "cancel", page)
    assert state(portal) == ("closed", "canceled_customer")
    assert [invoice.status for invoice in portal.rows(Invoice)] == ["paid", "open"] or [
        invoice.status for invoice in portal.rows(Invoice)
    ] == ["paid", "uncollectible"]


@pytest.mark.parametrize("page", ["pause", "cancel"])
def test_a_page_that_is_out_of_date_comes_back_and_nothing_is_done(
    merchant_on_clock: Merchant, confirmed: Customer, page: str
) -> None:
    old = looks(confirmed, page)
    merchant_on_clock.post(amount=29.99)
    answer = taps(confirmed, page, old, payments="1")
    assert answer.status_code == 409
    assert Page(answer).heading == "Something changed in the meantime"
    assert "$29.99" in answer.text
    assert state(confirmed.portal) == ("active", None)
    assert taps(confirmed, page, Page(answer), payments="1").status_code == 303
    assert state(confirmed.portal)[0] != "active"


def test_a_message_that_was_delivered_meanwhile_does_not_make_the_page_stale(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    page = looks(confirmed, "cancel")
    sequence = portal.the_subscription().sequence
    merchant_on_clock.call("POST", "/subscription/439772921/send")
    portal.run_jobs()
    assert portal.the_subscription().sequence > sequence
    assert taps(confirmed, "cancel", page).status_code == 303
    assert state(portal)[0] == "closed"


@pytest.mark.parametrize("page", ["pause", "cancel"])
def test_two_taps_are_one_wish(portal: Portal, confirmed: Customer, page: str) -> None:
    shown = looks(confirmed, page)
    taps(confirmed, page, shown, payments="1")
    sequence = portal.the_subscription().sequence
    assert taps(confirmed, page, shown, payments="1").status_code in {303, 409, 410}
    assert portal.the_subscription().sequence == sequence


@pytest.mark.parametrize("page", ["pause", "cancel"])
def test_a_form_of_another_page_is_refused(confirmed: Customer, page: str) -> None:
    shown = looks(confirmed, "cancel" if page == "pause" else "pause")
    other = shown.hidden()
    answer = confirmed.portal.client.post(f"{confirmed.path}/{page}", data=other | {"payments": "1"})
    assert answer.status_code == 422
    assert state(confirmed.portal) == ("active", None)


@pytest.mark.parametrize("page", ["pause", "cancel", "resume", "undo"])
def test_another_sites_form_is_refused(confirmed: Customer, page: str) -> None:
    answer = confirmed.portal.client.post(f"{confirmed.path}/{page}", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("page", ["pause", "cancel"])
def test_where_the_merchant_does_not_allow_it_there_is_no_such_way(
    portal: Portal, confirmed: Customer, page: str
) -> None:
    shown = looks(confirmed, page)
    with portal.writing():
        site = session().query(Site).one()
        site.allow_pause = site.allow_cancel = False
    assert f"{confirmed.path}/{page}" not in confirmed.page().text
    assert looks(confirmed, page).status == 303
    assert taps(confirmed, page, shown, payments="1").status_code == 303
    assert state(portal) == ("active", None)


@pytest.mark.parametrize("page", ["pause", "cancel"])
def test_before_the_yes_and_for_unknown_links_there_is_nothing(portal: Portal, customer: Customer, page: str) -> None:
    assert looks(customer, page).status == 303
    assert portal.client.get(f"/p/{'A' * 22}/{page}").status_code == 404
    assert portal.client.post(f"/p/{'A' * 22}/{page}").status_code == 404
