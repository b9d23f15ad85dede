"""The merchant withdraws the request before it is accepted, and opens it again."""

from __future__ import annotations

import pytest

from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser


def test_an_open_page_shows_that_the_link_was_withdrawn_and_that_it_works_again(
    merchant: Merchant, customer: Customer
) -> None:
    link = merchant.asks_for_payment()
    assert customer.opens(link) == 200
    customer.listens()
    customer.marks_the_page()

    merchant.posts(active=False)
    customer.sees(f"{merchant.name} has withdrawn this request")
    customer.reads("Nothing was taken")
    assert customer.buttons() == []
    assert customer.is_on_the_marked_page()
    customer.keeps_picture("1-withdrawn")
    assert customer.opens(link) == 410

    customer.listens()
    customer.marks_the_page()
    merchant.posts(active=True)
    customer.sees("Gold+ Plan")
    assert customer.buttons() == ["Confirm payment method"]
    assert customer.is_on_the_marked_page()
    customer.keeps_picture("2-open-again")
    assert customer.opens(link) == 200

    customer.confirms()
    customer.sees("You're all set")
    assert merchant.outcomes() == ["captured"]
