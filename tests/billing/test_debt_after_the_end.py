"""A debt that is open when a subscription ends: it stays owed and payable, and nobody tries it by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.billing.models import Attempt
from portal.core.database import session
from tests.billing.bank import SOFT, bank, subscriber
from tests.billing.test_items import taken
from tests.harness import Customer, Merchant, Page, Portal


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


@pytest.fixture
def owing(portal: Portal, shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> Customer:
    """February was refused, then the merchant closed it; the bank would say yes now."""
    says = bank(portal, monkeypatch)
    customer = subscriber(portal, shop)
    says.says.append(SOFT)
    shop.advance("2026-02-28T15:00")
    assert shop.call("POST", "/subscription/439772921/close").status_code == 200
    portal.run_jobs()
    return customer


def statuses(shop: Merchant) -> list[str]:
    return [one["status"] for one in shop.subscription()["invoices"]]


def test_nothing_of_it_is_tried_by_itself_any_more(shop: Merchant, owing: Customer) -> None:
    shop.advance("2026-04-15T00:00")
    assert len(taken(shop)) == 1
    assert statuses(shop) == ["paid", "open"]


def test_its_page_is_gone_but_says_what_is_owed_and_takes_it_once(
    portal: Portal, shop: Merchant, owing: Customer
) -> None:
    page = owing.page()
    assert (page.status, page.heading) == (410, "Your Gold+ Plan has ended")
    assert "Still to pay" in page.text
    assert "$34.99" in page.text
    for _ in range(2):  # the second tap of the same page is the same wish
        assert owing.tap(page, "pay-now").status_code == 303
    assert "Nothing more will be taken" not in owing.page().text
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-02-28", "34.99")]
    assert statuses(shop) == ["paid", "paid"]
    after = owing.page()
    assert after.status == 410
    assert "Still to pay" not in after.text
    assert "/receipt/" in after.text
    path = after.text.split('class="link" href="')[1].split('"')[0]
    assert "Receipt" in Page(portal.client.get(path)).text
    assert shop.subscription()["status"] == "closed"


def test_refused_again_it_can_be_paid_again(
    portal: Portal, shop: Merchant, owing: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = bank(portal, monkeypatch)
    says.says.append(SOFT)
    owing.tap(owing.page(), "pay-now")
    portal.run_jobs()
    assert statuses(shop) == ["paid", "open"]
    shop.advance("2026-03-05T00:00")
    owing.tap(owing.page(), "pay-now")
    portal.run_jobs()
    assert statuses(shop) == ["paid", "paid"]


def test_the_merchant_may_try_it_once_more(portal: Portal, shop: Merchant, owing: Customer) -> None:
    answer = shop.call("POST", "/subscription/439772921/retry")
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "closed"
    portal.run_jobs()
    assert statuses(shop) == ["paid", "paid"]
    assert shop.call("POST", "/subscription/439772921/retry").status_code == 409


def test_what_was_asked_for_before_the_end_and_not_sent_is_not_taken_but_stays_owed(
    portal: Portal, shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = bank(portal, monkeypatch)
    customer = subscriber(portal, shop)
    says.says.append(SOFT)
    shop.advance("2026-02-28T15:00")
    customer.tap(customer.page(), "pay-now")
    now = portal.site(shop).clock_at
    assert now is not None
    before = now - timedelta(hours=1)  # on a clock that stands still it would be the moment of the end
    with portal.writing():
        session().execute(update(Attempt).where(Attempt.number == 2).values(started_at=before))
    assert shop.call("POST", "/subscription/439772921/close").status_code == 200
    portal.run_jobs()
    assert (len(taken(shop)), statuses(shop)) == (1, ["paid", "open"])
    customer.tap(customer.page(), "pay-now")
    portal.run_jobs()
    assert statuses(shop) == ["paid", "paid"]


def test_an_archived_one_says_nothing_of_money_and_takes_none(portal: Portal, shop: Merchant, owing: Customer) -> None:
    page = owing.page()
    assert shop.call("POST", "/subscription/439772921/archive").status_code == 200
    after = owing.page()
    assert after.status in {404, 410}
    assert "Still to pay" not in after.text
    owing.tap(page, "pay-now")
    portal.run_jobs()
    assert len(taken(shop)) == 1


def test_an_instalment_by_link_is_paid_after_the_end(portal: Portal, shop: Merchant) -> None:
    link = shop.post(collection="link").json["link"]
    assert shop.call("POST", "/subscription/439772921/close").status_code == 200
    portal.run_jobs()
    page = Customer(portal, link).page()
    assert page.status == 200
    assert "$34.99" in page.text
    answer = Customer(portal, link).tap(page, "pay")
    Customer(portal, link).enter_card(answer.headers["Location"])
    portal.run_jobs()
    assert statuses(shop) == ["paid"]
    assert shop.subscription()["status"] == "closed"
