from __future__ import annotations

import pytest

from tests.api.paymennt.client import Paymennt
from tests.harness import Merchant, Portal


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    """A test site in Dubai on the day after the printed example's start."""
    return portal.merchant("Cookie Corner", clock="2021-08-25T08:00", timezone="Asia/Dubai", country="AE")


@pytest.fixture
def client(shop: Merchant) -> Paymennt:
    return Paymennt(shop)
