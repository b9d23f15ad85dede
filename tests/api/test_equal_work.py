"""What is somebody else's costs the same work as what does not exist, so that the time of an answer tells nothing."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import pytest
from sqlalchemy import event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.core.database import db
from tests.api.test_tenant_matrix import Two, addresses, call
from tests.api.test_tenant_matrix import two as two
from tests.harness import Merchant, Portal

TIMES = 60
# Generous, for a machine that does other things too: the statements above say exactly what this can only hint at.
MOST_APART = 0.25


@contextmanager
def statements(portal: Portal) -> Iterator[list[str]]:
    """Every statement that the block sends, without its values."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with portal.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_another_sites_ids_cost_the_same_statements_as_ones_that_do_not_exist(two: Two) -> None:
    mine = {"version": "v4", "site_id": two.a.site_id}
    theirs = two.ids_of(two.b)

    def work(rule: Rule, method: str, values: dict[str, str]) -> list[str]:
        with statements(two.portal) as sent:
            call(two.portal, rule, method, values, two.a.api_key)
        return sent

    different = []
    for rule, method in addresses(two.portal, only_ids=True):
        if work(rule, method, mine | theirs) != work(rule, method, mine):
            different.append((method, rule.rule))
    assert different == []


def test_another_sites_address_costs_the_same_statements_as_one_that_does_not_exist(two: Two) -> None:
    theirs = {"version": "v4", "site_id": two.b.site_id} | two.ids_of(two.b)
    nobodys = {"version": "v4", "site_id": str(uuid.uuid4())}
    for rule, method in addresses(two.portal, only_ids=False):
        if "site_id" not in rule.arguments:
            continue
        seen = []
        for values in (theirs, nobodys):
            with statements(two.portal) as sent:
                call(two.portal, rule, method, values, two.a.api_key)
            seen.append(sent)
        assert seen[0] == seen[1], rule


def test_a_wrong_key_costs_the_same_statements_however_much_of_it_is_right(portal: Portal, merchant: Merchant) -> None:
    with statements(portal) as sent:
        seen = []
        for key in wrong_keys(merchant):
            assert knock(portal, merchant, key).status_code == 401
            seen.append(list(sent))
            sent.clear()
    assert seen[0]
    assert all(one == seen[0] for one in seen)
    assert all("secret_hash" in one for one in seen[0] if "api_keys" in one)  # found by its hash, never by its parts


def wrong_keys(merchant: Merchant) -> list[str]:
    """Nothing right, the beginning, all but the last letter, another case, and another's key id."""
    right = merchant.api_key
    return [
        "sk_test_" + secrets.token_urlsafe(32),
        right[:20] + secrets.token_urlsafe(32)[: len(right) - 20],
        right[:-1] + ("A" if right[-1] != "A" else "B"),
        right.swapcase(),
    ]


def test_the_times_of_a_foreign_and_an_unknown_id_cannot_be_told_apart(two: Two) -> None:
    theirs = two.ids_of(two.b)["subscription_id"]
    assert_alike(
        lambda: two.a.call("GET", f"/subscription/{theirs}"),
        lambda: two.a.call("GET", f"/subscription/{uuid.uuid4()}"),
    )


def test_the_times_of_a_nearly_right_and_a_wrong_key_cannot_be_told_apart(portal: Portal, merchant: Merchant) -> None:
    wrong, _, nearly, _ = wrong_keys(merchant)
    assert_alike(lambda: knock(portal, merchant, nearly), lambda: knock(portal, merchant, wrong))


def knock(portal: Portal, merchant: Merchant, key: str) -> TestResponse:
    path = f"/api/v4/site/{merchant.site_id}/subscription"
    return portal.client.get(path, headers={"Authorization": f"Bearer {key}"})


def assert_alike(one: Callable[[], object], other: Callable[[], object]) -> None:
    """Turn and turn about, so that whatever else the machine does falls on both; the middle one of many says it.

    Three goes, of which one is enough: work of ours that differs does so every time, the machine's own does not.
    """
    apart = []
    for _ in range(3):
        times: tuple[list[float], list[float]] = [], []
        for turn in range(TIMES):
            for place in (0, 1) if turn % 2 else (1, 0):
                begun = time.perf_counter()
                (one, other)[place]()
                times[place].append(time.perf_counter() - begun)
        first, second = median(times[0]), median(times[1])
        apart.append(abs(first - second) / max(first, second))
        if apart[-1] < MOST_APART:
            return
    pytest.fail(f"the medians are apart by {apart}")
