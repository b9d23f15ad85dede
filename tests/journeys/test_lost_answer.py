"""The gateway takes the money and its answer is lost: nobody may pay twice, nobody may be left in doubt."""

from __future__ import annotations

import pytest

from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser

ANSWER_LOST = "4000 0000 0000 4954"


def test_a_lost_answer_is_said_asked_for_and_never_charged_again(
    merchant_on_clock: Merchant, customer: Customer
) -> None:
    merchant = merchant_on_clock
    link = merchant.asks_for_payment()
    customer.opens(link)
    customer.confirms(ANSWER_LOST)
    customer.sees("Your payment is being checked")
    customer.reads("You will not be charged twice.")
    assert customer.buttons() == []
    customer.keeps_picture("1-being-checked")
    assert customer.opens(link) == 200
    customer.sees("Your payment is being checked")
    customer.listens()
    customer.marks_the_page()

    merchant.advances("2026-01-31T09:05:00Z")

    customer.sees("You're all set")
    assert customer.is_on_the_marked_page()
    customer.keeps_picture("2-all-set")
    assert merchant.outcomes() == ["captured"]
