"""Amounts that no column holds are refused as wrong fields, however they come to be: never a broken answer."""

from __future__ import annotations

from typing import Any

import pytest

from portal.subscriptions.models import Subscription
from tests.harness import Merchant, Portal

HUGE = 999999999999


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": HUGE, "quantity": 1_000_000},
        {"lines": [{"description": "x", "amount": HUGE, "quantity": 1_000_000}]},
        {"lines": [{"description": "x", "amount": -HUGE, "quantity": 1_000_000}]},
        {"lines": [{"description": "x", "kind": "one_off", "amount": HUGE, "quantity": 1_000_000}]},
    ],
)
def test_too_much_is_a_wrong_amount(portal: Portal, merchant: Merchant, changes: Any) -> None:
    answer = merchant.post(**changes)
    assert (answer.status_code, answer.json["errors"]) == (422, ["invalid amount"])
    assert portal.rows(Subscription) == []


def test_too_much_of_a_line_is_refused_where_it_is_changed(merchant: Merchant) -> None:
    merchant.post(lines=[{"id": "x", "description": "x", "amount": HUGE}])
    update = {"type": "update_count", "line": "x", "quantity": 1_000_000}
    answer = merchant.call("POST", "/subscription/439772921/update", json=update)
    assert (answer.status_code, answer.json["errors"]) == (422, ["invalid amount"])
    assert merchant.post(amount=HUGE).status_code == 200
