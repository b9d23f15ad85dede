"""semantics.md section 5 and case 52: after an outage late instalments keep their dates and are taken one a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.billing.models import Invoice
from portal.core.database import session
from portal.core.jobs import Job
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from tests.billing.bank import Bank, bank, subscriber
from tests.harness import Merchant, Portal, at


@pytest.fixture
def the_bank(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Bank:
    return bank(portal, monkeypatch)


def jump(portal: Portal, moment: str) -> None:
    """The scheduler was down until now: the site's clock goes there without stops, and all of it is due."""
    with portal.writing():
        session().execute(update(Site).values(clock_at=at(moment)))
        session().execute(
            update(Subscription)
            .where(Subscription.site_due_at <= at(moment))
            .values(due_at=at("2026-01-01T00:00"), site_due_at=None)
        )


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant(clock="2027-01-29T15:00")


def test_case_52_each_has_its_date_and_one_is_taken_a_day(portal: Portal, shop: Merchant, the_bank: Bank) -> None:
    subscriber(portal, shop, frequency="Daily", number_of_payments=5)
    the_bank.orders.clear()
    jump(portal, "2027-02-02T18:00")
    portal.run_jobs()
    assert [invoice.slot for invoice in portal.rows(Invoice)][1:] == ["2027-01-30"]
    shop.advance("2027-02-10T00:00")
    assert [order.reference.split("/")[1] for order in the_bank.orders] == [
        "2027-01-30", "2027-01-31", "2027-02-01", "2027-02-02",
    ]  # fmt: skip
    assert the_bank.asked_at == ["2027-02-02T18:00", "2027-02-03T15:00", "2027-02-04T15:00", "2027-02-05T15:00"]
    invoices = portal.rows(Invoice)
    assert [invoice.invoice_on.isoformat() for invoice in invoices[1:]] == [
        "2027-01-30", "2027-01-31", "2027-02-01", "2027-02-02",
    ]  # fmt: skip
    assert shop.subscription()["close_reason"] == "completed"


def test_one_that_is_late_by_itself_is_taken_at_once_and_the_next_on_its_day(
    portal: Portal, shop: Merchant, the_bank: Bank
) -> None:
    subscriber(portal, shop, frequency="Weekly")
    the_bank.orders.clear()
    jump(portal, "2027-02-07T20:00")  # February 5 was missed
    portal.run_jobs()
    shop.advance("2027-02-13T00:00")
    assert the_bank.asked_at == ["2027-02-07T20:00", "2027-02-12T15:00"]


def test_two_dates_that_the_zone_made_one_are_both_taken_then(portal: Portal, the_bank: Bank) -> None:
    """Apia left December 30, 2011 out: that day and the next fall on the same instant."""
    shop = portal.merchant(clock="2011-12-29T19:00", timezone="Pacific/Apia")
    subscriber(portal, shop, frequency="Daily", number_of_payments=3)
    the_bank.orders.clear()
    shop.advance("2011-12-30T18:59")
    assert the_bank.orders == []
    shop.advance("2012-01-02T00:00")
    assert [order.reference.split("/")[1] for order in the_bank.orders] == ["2011-12-30", "2011-12-31"]
    assert len(set(the_bank.asked_at)) == 1


def test_on_the_real_time_too(portal: Portal, merchant: Merchant, the_bank: Bank) -> None:
    subscriber(portal, merchant, frequency="Daily")
    the_bank.orders.clear()
    with portal.writing():
        subscription = session().query(Subscription).one()
        assert subscription.anchor_on is not None
        assert subscription.next_due_on is not None
        assert subscription.due_at is not None
        subscription.anchor_on -= timedelta(days=4)
        subscription.next_due_on -= timedelta(days=4)
        subscription.due_at -= timedelta(days=4)
        session().query(Invoice).update({"slot": "an earlier one"})
    portal.run_jobs(Job.RUN_BILLING, Job.CHARGE)
    assert len(the_bank.orders) == 1
    after = portal.the_subscription()
    assert after.due_at is not None
    assert after.next_due_on is not None
    assert after.due_at.date() > after.next_due_on
