"""A customer who has confirmed and whose first payment was taken, on a site with its own clock."""

from __future__ import annotations

import pytest

from tests.harness import Customer, Merchant, Portal


@pytest.fixture
def confirmed(portal: Portal, merchant_on_clock: Merchant) -> Customer:
    """John, who confirmed on Saturday, January 31, 2026; $34.99 was taken that day."""
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    customer.confirm()
    portal.run_jobs()
    assert customer.page().heading == "You're all set"
    return customer
