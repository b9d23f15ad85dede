"""Before a card expires its customer is told twice, 30 and 7 days ahead, while something is charged after it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete

from portal.billing import expiry
from portal.billing.expiry_models import ExpiryNotice
from portal.core.database import session
from portal.core.jobs import Job
from portal.notifications.models import Message
from tests.harness import Customer, Merchant, Page, Portal


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


def save(portal: Portal, customer: Customer, address: str, expiry: str, card: str = "4242 4242 4242 4242") -> None:
    form = Page(portal.client.get(address)).hidden()
    typed = {"number": card, "expiry": expiry, "code": "123", "name": "John Doe"}
    answer = portal.client.post(address, data=form | typed)
    assert answer.status_code == 303, answer.text
    portal.run_jobs()


def subscriber(portal: Portal, shop: Merchant, expiry: str = "12/28", **changes: Any) -> Customer:
    customer = Customer(portal, shop.post(**changes).json["link"])
    save(portal, customer, customer.tap(customer.page()).headers["Location"], expiry)
    return customer


def notices(portal: Portal) -> list[tuple[str, str]]:
    rows = [m for m in portal.rows(Message) if m.purpose == "card_expires"]
    return [(m.channel, m.created_at.isoformat()[:16]) for m in rows]


def test_thirty_and_seven_days_before_the_end_of_the_cards_month(portal: Portal, shop: Merchant) -> None:
    customer = subscriber(portal, shop)
    shop.advance("2028-12-01T14:59")
    assert notices(portal) == []
    shop.advance("2028-12-31T23:00")
    assert notices(portal) == [("sms", "2028-12-01T15:00"), ("sms", "2028-12-24T15:00")]
    text = next(m for m in portal.rows(Message) if m.purpose == "card_expires")
    assert "your Visa ending 4242 for Gold+ Plan expires on Sunday, December 31" in text.body
    assert customer.page().heading == "You're all set"
    assert {notice.status for notice in portal.rows(ExpiryNotice)} == {"sent"}


def test_a_card_that_was_saved_before_there_were_notices_gets_them_with_the_upgrade(
    portal: Portal, shop: Merchant
) -> None:
    subscriber(portal, shop)
    subscriber(portal, shop, "11/27", external_id="2")
    with portal.writing():
        session().execute(delete(ExpiryNotice))
    for _ in range(2):  # a second upgrade finds nothing to do
        with portal.writing():
            expiry.plan_missing(at_once=1)
    assert sorted(notice.days_before for notice in portal.rows(ExpiryNotice)) == [7, 7, 30, 30]
    shop.advance("2028-12-31T23:00")
    assert [when for _, when in notices(portal)] == [
        "2027-10-31T14:00", "2027-11-23T15:00", "2028-12-01T15:00", "2028-12-24T15:00",
    ]  # fmt: skip


def test_a_new_card_takes_the_place_of_the_old_one(portal: Portal, shop: Merchant) -> None:
    customer = subscriber(portal, shop)
    shop.advance("2028-12-05T00:00")
    save(portal, customer, customer.tap(customer.page(), "change-method").headers["Location"], "01/31")
    shop.advance("2029-02-01T00:00")
    assert len(notices(portal)) == 1  # the first of the old card alone
    shop.advance("2031-02-01T00:00")
    assert [when for _, when in notices(portal)[1:]] == [
        "2031-01-01T15:00", "2031-01-24T15:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"number_of_payments": 3}, {"end_date": "2028-12-31"}, {"frequency": "Yearly", "end_date": "2028-12-31"}],
)
def test_nobody_is_told_where_nothing_is_charged_afterwards(
    portal: Portal, shop: Merchant, changes: dict[str, Any]
) -> None:
    subscriber(portal, shop, "12/28", **changes)
    shop.advance("2029-01-02T00:00")
    assert notices(portal) == []
    assert {notice.status for notice in portal.rows(ExpiryNotice)} == {"dropped"}


def test_the_last_payment_on_the_day_after_the_month_still_needs_a_card(portal: Portal, shop: Merchant) -> None:
    subscriber(portal, shop, "12/26", number_of_payments=13)  # January 31, 2027 is the thirteenth
    shop.advance("2027-01-01T00:00")
    assert len(notices(portal)) == 2


def test_nobody_is_told_after_the_end(portal: Portal, shop: Merchant) -> None:
    subscriber(portal, shop)
    shop.post(active=False)
    shop.advance("2029-01-02T00:00")
    assert notices(portal) == []


def test_a_card_that_is_saved_in_its_last_month_is_told_of_once(portal: Portal, shop: Merchant) -> None:
    customer = subscriber(portal, shop)
    shop.advance("2027-12-15T00:00")
    save(portal, customer, customer.tap(customer.page(), "change-method").headers["Location"], "12/27")
    shop.advance("2028-01-02T00:00")
    assert [when for channel, when in notices(portal) if channel == "sms"] == ["2027-12-24T15:00"]


def test_however_often_the_job_comes_it_is_told_once(portal: Portal, shop: Merchant) -> None:
    subscriber(portal, shop)
    shop.advance("2028-12-01T15:00")
    for notice in portal.rows(ExpiryNotice):
        for _ in range(3):
            portal.perform(Job.NOTICE_EXPIRY, str(notice.id))
    portal.run_jobs()
    assert len(notices(portal)) == 1
