"""A payment by link as support reads it: the request of each instalment, its state, and the card it was paid with."""

from __future__ import annotations

from portal.links.models import PaymentRequest
from tests.billing.by_link_shop import links, payer, subscribe
from tests.console.browser import REQUESTS, Person, words
from tests.harness import Merchant, Portal


def test_each_instalment_is_a_request_that_is_paid_or_waits(
    portal: Portal, merchant_on_clock: Merchant, maya: Person
) -> None:
    shop = merchant_on_clock
    subscribe(shop)
    shop.advance("2026-02-28T20:00")
    payer(portal, links(shop)[1]).pays()
    listed = words(maya.get(REQUESTS))
    assert "$100.00" in listed
    for asked in portal.rows(PaymentRequest):
        page = maya.get(f"{REQUESTS}/{asked.id}")
        assert page.status_code == 200
        assert "$100.00" in words(page)
    subscription = portal.the_subscription()
    page = maya.get(f"/console/subscriptions/{subscription.id}")
    assert page.status_code == 200
    assert "Visa" in words(page)
    assert "4242" in words(page)


def test_support_sends_an_unpaid_instalment_again(portal: Portal, merchant_on_clock: Merchant, maya: Person) -> None:
    shop = merchant_on_clock
    subscribe(shop)
    shop.advance("2026-02-28T20:00")
    asked, _ = portal.rows(PaymentRequest)
    assert payer(portal, links(shop)[1]).pays().heading == "Paid. Thank you"
    page = maya.get(f"{REQUESTS}/{asked.id}")
    answer = maya.post(f"{REQUESTS}/{asked.id}/send-again", page)
    assert answer.status_code in {302, 303}
    portal.run_jobs()
    assert len(set(links(shop))) == 3
    assert payer(portal, links(shop)[-1]).pays().heading == "Paid. Thank you"
