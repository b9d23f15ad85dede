from __future__ import annotations

import pytest

from tests.api.hyperline.client import Hyperline
from tests.harness import Merchant, Portal


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    """A test site in Chicago whose clock stands at nine in the morning of January 1, 2026."""
    return portal.merchant("Acme Fitness", clock="2026-01-01T15:00")


@pytest.fixture
def client(shop: Merchant) -> Hyperline:
    return Hyperline(shop)
