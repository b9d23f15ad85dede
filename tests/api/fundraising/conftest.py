from __future__ import annotations

import pytest

from tests.api.fundraising.client import Fundraising
from tests.harness import Merchant, Portal


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    """A test site in Copenhagen on the morning of the first of May 2027."""
    return portal.merchant(
        "Acme Aid", clock="2027-05-01T07:30", timezone="Europe/Copenhagen", country="DK", currency="DKK"
    )


@pytest.fixture
def client(shop: Merchant) -> Fundraising:
    return Fundraising(shop)
