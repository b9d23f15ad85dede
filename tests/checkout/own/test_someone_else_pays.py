"""Somebody else pays: a link that shows amount and merchant alone, their own yes and card, ended by either side."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from portal.billing.models import Consent, Invoice, Payment, PaymentMethod
from portal.billing.payer_models import Payer
from portal.core.changes import Change
from portal.links.models import Link
from portal.subscriptions.models import Subscription
from tests.checkout.own.told import looks, names, taps, words
from tests.harness import GOOD_CARD, Customer, Merchant, Page, Portal

PAGE = "someone-else"
OF_THE_CUSTOMER = ("John", "Doe", "3333", "abc.com", "Gold+", "439772921", "39772634")


def invites(customer: Customer) -> Customer:
    """The owner makes the link; the payer who opens it."""
    answer = taps(customer, PAGE, looks(customer, PAGE), "invite-payer")
    assert answer.status_code == 303
    address = re.search(r'id="address" value="([^"]+)"', looks(customer, PAGE).text)
    assert address
    return Customer(customer.portal, address.group(1))


def pays(payer: Customer, name: str = "Aunt Mary", card: str = GOOD_CARD) -> Page:
    answer = payer.tap(payer.page(), "pay-for", name=name)
    assert answer.status_code == 303, answer.text
    back = payer.enter_card(answer.headers["Location"], card)
    payer.portal.run_jobs()
    return back


@pytest.fixture
def owner(portal: Portal, merchant_on_clock: Merchant) -> Customer:
    link = merchant_on_clock.post().json["link"]
    portal.run_jobs()
    return Customer(portal, link)


def test_the_payer_is_shown_amount_and_merchant_and_nothing_of_the_customer(owner: Customer) -> None:
    payer = invites(owner)
    page = payer.page()
    assert page.heading == "Acme Fitness asks you to pay for someone else"
    assert "$34.99 today, then every month" in words(page)
    for secret in OF_THE_CUSTOMER:
        assert secret not in page.text
    assert owner.path not in page.text
    gateway = payer.portal.client.get(payer.tap(page, "pay-for", name="Aunt Mary").headers["Location"])
    for secret in OF_THE_CUSTOMER:
        assert secret not in gateway.text


@pytest.mark.parametrize(
    "page", ["papers", "agreed", "agreed.pdf", "choices", "genuine", "method", "pause", "cancel", "dates.ics", PAGE]
)
def test_a_payers_link_opens_none_of_the_customers_pages(owner: Customer, page: str) -> None:
    payer = invites(owner)
    pays(payer)
    assert looks(payer, page).status == 404
    assert payer.portal.client.post(f"{payer.path}/{page}").status_code in {404, 405}
    payment = owner.portal.row(Payment)
    assert looks(payer, f"receipt/{payment.id}").status == 404
    assert looks(payer, f"receipt/{payment.id}.pdf").status == 404


def test_their_yes_and_their_card_confirm_it_and_the_evidence_says_whose_it_was(
    portal: Portal, merchant_on_clock: Merchant, owner: Customer
) -> None:
    payer = invites(owner)
    assert pays(payer).heading == "Being confirmed"
    assert portal.the_subscription().status == "active"
    row, consent, method = portal.row(Payer), portal.row(Consent), portal.row(PaymentMethod)
    assert (row.name, row.ended_at) == ("Aunt Mary", None)
    assert consent.payer_id == method.payer_id == row.id
    assert consent.shown.startswith("Acme Fitness: $34.99 today, then every month.")
    assert "Gold" not in consent.shown
    assert [entry["amount"] for entry in merchant_on_clock.ledger()] == [34.99]
    page = payer.page()
    assert page.heading == "You pay for someone else"
    assert "Visa ending 4242" in words(page)
    assert "Sat, Jan 31 Paid: $34.99" in words(page)


def test_the_owner_sees_who_pays_but_nothing_of_their_card(portal: Portal, owner: Customer) -> None:
    pays(invites(owner))
    page = owner.page()
    assert page.heading == "You're all set"
    assert not names(page.text, "4242")
    assert "taken from the card of the person who pays" in words(page)
    assert looks(owner, PAGE).heading == "Aunt Mary pays for you"
    assert "Aunt Mary, who pays for you, on Saturday, January 31" in words(looks(owner, "agreed"))
    payment, invoice = portal.row(Payment), portal.row(Invoice)
    assert not names(looks(owner, f"receipt/{payment.id}").text, "4242")
    pdf = portal.client.get(f"{owner.path}/invoice/{invoice.id}.pdf").data
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "Aunt Mary" in text
    assert not names(text, "4242")
    assert "Doe" not in text


def test_the_payers_card_is_never_among_the_customers_saved_ones(portal: Portal, owner: Customer) -> None:
    from portal.billing import change_method
    from portal.core.database import session
    from portal.sites.models import Site

    pays(invites(owner))
    with portal.reading():
        subscription = session().query(Subscription).one()
        assert change_method.saved(session().query(Site).one(), subscription) == ()


def test_somebody_takes_over_what_is_paid_already_and_nothing_is_charged_by_that(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    payer = invites(confirmed)
    page = payer.page()
    assert "$34.99 every month" in words(page)
    assert "Jan 31" not in words(page)
    pays(payer)
    assert len(merchant_on_clock.ledger()) == 1
    merchant_on_clock.advance("2026-03-01T00:00")
    assert len(merchant_on_clock.ledger()) == 2
    assert "Sat, Feb 28 Paid: $34.99" in words(payer.page())
    assert "Jan 31" not in words(payer.page())
    assert len(portal.rows(Consent)) == 2


def test_older_terms_are_not_confirmed_by_the_payer(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    payer = invites(confirmed)
    old = payer.page()
    merchant_on_clock.post(amount=39.99)
    portal.run_jobs()
    answer = payer.tap(old, "pay-for", name="Aunt Mary")
    assert answer.status_code == 409
    assert Page(answer).heading == "The terms changed before you confirmed"
    assert "$39.99" in answer.text
    assert portal.row(Payer).name is None


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_without_a_name_for_the_invoices_nothing_begins(owner: Customer, name: str) -> None:
    payer = invites(owner)
    answer = payer.tap(payer.page(), "pay-for", name=name)
    assert answer.status_code == 422


def test_the_owner_takes_the_link_back_before_anybody_said_yes(portal: Portal, owner: Customer) -> None:
    payer = invites(owner)
    old = payer.page()
    assert taps(owner, PAGE, looks(owner, PAGE), "end-payer").status_code == 303
    assert (payer.page().status, payer.page().heading) == (410, "This link no longer works")
    assert payer.tap(old, "pay-for", name="Aunt Mary").status_code == 410
    assert owner.page().heading == "Gold+ Plan"
    again = invites(owner)
    assert again.path != payer.path
    assert [line.actor for line in portal.rows(Change, entity="payer")] == ["customer"] * 3


def test_a_card_that_was_saved_after_the_link_was_taken_back_is_not_kept(portal: Portal, owner: Customer) -> None:
    payer = invites(owner)
    gateway = payer.tap(payer.page(), "pay-for", name="Aunt Mary").headers["Location"]
    taps(owner, PAGE, looks(owner, PAGE), "end-payer")
    payer.enter_card(gateway)
    portal.run_jobs()
    assert portal.rows(PaymentMethod) == []
    assert portal.the_subscription().status == "pending"


@pytest.mark.parametrize("by", ["payer", "customer"])
def test_whoever_ends_it_their_card_is_not_charged_any_more(
    portal: Portal, merchant_on_clock: Merchant, owner: Customer, by: str
) -> None:
    payer = invites(owner)
    pays(payer)
    if by == "payer":
        assert payer.tap(payer.page(), "stop-paying").status_code == 303
    else:
        assert taps(owner, PAGE, looks(owner, PAGE), "end-payer").status_code == 303
    assert (payer.page().status, payer.page().heading) == (410, "This link no longer works")
    assert portal.row(Payer).ended_by == by
    assert portal.the_subscription().status == "paused"
    assert owner.page().heading == "Nobody pays for your Gold+ Plan now"
    merchant_on_clock.advance("2026-05-10T00:00")
    assert len(merchant_on_clock.ledger()) == 1
    assert merchant_on_clock.call("POST", "/subscription/439772921/resume", json={}).status_code == 409


def test_it_goes_on_with_the_next_date_as_soon_as_the_customer_gives_a_card(
    portal: Portal, merchant_on_clock: Merchant, owner: Customer
) -> None:
    payer = invites(owner)
    pays(payer)
    payer.tap(payer.page(), "stop-paying")
    merchant_on_clock.advance("2026-05-10T00:00")
    page = owner.page()
    assert "Starting again now takes $34.99 on Sunday, May 31." in words(page)
    owner.enter_card(owner.tap(page, "change-method").headers["Location"], GOOD_CARD)
    portal.run_jobs()
    assert owner.page().heading == "You're all set"
    assert "4242" in owner.page().text
    merchant_on_clock.advance("2026-06-01T00:00")
    assert len(merchant_on_clock.ledger()) == 2


def test_a_pause_by_the_merchant_with_an_end_waits_for_a_card_too(
    portal: Portal, merchant_on_clock: Merchant, owner: Customer
) -> None:
    payer = invites(owner)
    pays(payer)
    payer.tap(payer.page(), "stop-paying")
    merchant_on_clock.call("POST", "/subscription/439772921/pause", json={"until": "2026-03-10"})
    merchant_on_clock.advance("2026-05-10T00:00")
    assert portal.the_subscription().status == "paused"
    assert len(merchant_on_clock.ledger()) == 1


def test_what_was_overdue_is_not_tried_on_the_old_card_but_on_the_new_one(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    payer = invites(confirmed)
    pays(payer, card="4000 0000 0000 0341")
    merchant_on_clock.advance("2026-03-01T00:00")
    payer.tap(payer.page(), "stop-paying")
    confirmed.enter_card(confirmed.tap(confirmed.page(), "change-method").headers["Location"], GOOD_CARD)
    portal.run_jobs()
    merchant_on_clock.advance("2026-03-10T00:00")
    taken = [entry["outcome"] for entry in merchant_on_clock.ledger()]
    assert taken == ["captured", "declined", "captured"]
    assert confirmed.page().heading == "You're all set"


def test_the_customers_own_card_ends_the_payer(portal: Portal, merchant_on_clock: Merchant, owner: Customer) -> None:
    payer = invites(owner)
    pays(payer)
    owner.enter_card(owner.tap(owner.page(), "change-method").headers["Location"], "4000 0000 0000 9995")
    portal.run_jobs()
    row = portal.row(Payer)
    assert (row.ended_by, portal.row(Link, id=row.link_id).revoked_at is not None) == ("method", True)
    assert "9995" in owner.page().text
    assert payer.page().status == 410
    assert portal.the_subscription().status == "active"


def test_two_taps_make_one_link_and_one_end(portal: Portal, owner: Customer) -> None:
    page = looks(owner, PAGE)
    taps(owner, PAGE, page, "invite-payer")
    taps(owner, PAGE, page, "invite-payer")
    assert len(portal.rows(Payer)) == 1
    shown = looks(owner, PAGE)
    taps(owner, PAGE, shown, "end-payer")
    assert taps(owner, PAGE, shown, "end-payer").status_code == 303
    assert len(portal.rows(Change, what="payer ended")) == 1


def test_the_merchants_own_link_is_never_the_payers(
    portal: Portal, merchant_on_clock: Merchant, owner: Customer
) -> None:
    payer = invites(owner)
    answer = merchant_on_clock.post(amount=39.99)
    assert payer.path not in answer.json["link"]
    assert Customer(portal, answer.json["link"]).page().heading == "Gold+ Plan"


def test_a_payers_link_has_no_live_channel(owner: Customer) -> None:
    payer = invites(owner)
    assert "data-live" not in payer.page().text
    assert "Set-Cookie" not in payer.page().answer.headers
