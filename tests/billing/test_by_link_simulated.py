"""Simulating what is collected by link: what would be asked for, and nobody is asked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.billing.by_link_shop import links, subscribe
from tests.harness import Merchant, Portal


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


ADD = {"type": "add_product", "product": {"description": "Towels", "amount": 31}}


def test_it_says_what_is_asked_for_now_and_on_the_next_dates_and_sends_nothing(portal: Portal, shop: Merchant) -> None:
    subscribe(shop)
    shop.advance("2026-02-10T15:00")
    portal.run_jobs()
    before, sent, paid = shop.subscription(version="v4"), len(shop.messages()), len(shop.ledger())
    answer = shop.call("POST", "/subscription/439772921/simulate?count=2", json={"updates": [ADD]})
    assert answer.status_code == 200, answer.text
    assert [one["totals"]["total"] for one in answer.json["now"]] == [19.93]
    assert [(one["date"], one["totals"]["total"]) for one in answer.json["data"]] == [
        ("2026-02-28", 131.00), ("2026-03-31", 131.00),
    ]  # fmt: skip
    portal.run_jobs()
    assert shop.subscription(version="v4") == before
    assert (len(shop.messages()), len(shop.ledger())) == (sent, paid)


def test_what_it_says_is_what_is_then_asked_for(portal: Portal, shop: Merchant) -> None:
    subscribe(shop)
    shop.advance("2026-02-10T15:00")
    coupon = {"type": "add_coupon", "coupon": {"name": "SPRING", "percent": 10, "payments": 1}}
    body = {"amount": 80, "updates": [ADD, coupon]}
    told = shop.call("POST", "/subscription/439772921/simulate?count=2", json=body).json
    shop.post(amount=80)
    for one in (ADD, coupon):
        assert shop.call("POST", "/subscription/439772921/update", json=one).status_code == 201
    shop.advance("2026-04-01T00:00")
    made = [Decimal(str(one["totals"]["total"])) for one in shop.subscription()["invoices"]][1:]
    wanted = [Decimal(str(one["totals"]["total"])) for one in (*told["now"], *told["data"])]
    assert sorted(made) == sorted(wanted)
    assert len(links(shop)) == 1 + len(made)
