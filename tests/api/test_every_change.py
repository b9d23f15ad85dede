"""Every address that changes something, of every dialect, keeps the promises of all: a new one is held to them too."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.api import dialect
from portal.api.native.versions import SUPERSEDED
from portal.api.operation import Operation, Route, routes
from tests.api.paymennt.client import Paymennt
from tests.api.test_tenant_matrix import PLANNED
from tests.harness import Customer, Merchant, Portal

# What names a subscription, or a payment of one, and yet has no state that a caller could have seen.
UNVERSIONED = {
    "native.simulate_changes": "applies nothing",
    "hyperline.simulate_updates": "applies nothing",
}
OF_A_SUBSCRIPTION = {"subscription_id", "payment_id", "checkout_id", "guid", "subscription_guid"}


def changes(app: Flask) -> Iterator[tuple[Route, Operation]]:
    for route in routes(app):
        if dialect.of(route.rule.rule) is not None and route.method in {"POST", "PATCH", "PUT", "DELETE"}:
            assert route.operation is not None, f"{route.rule} is not described"
            yield route, route.operation


def address(route: Route, values: dict[str, str]) -> str:
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda hole: values.get(hole[1]) or str(uuid.uuid4()), route.rule.rule)


def ask(merchant: Merchant, route: Route, path: str, **headers: str) -> TestResponse:
    """With a body where one is wanted; what is wrong with it is refused, and that is an answer too."""
    sent: dict[str, Any] = {"json": {}} if route.operation and route.operation.body else {}
    key = {"Authorization": f"Bearer {merchant.api_key}"}
    return merchant.portal.client.open(path, method=route.method, headers=key | headers, **sent)


def test_there_are_many_and_every_dialect_has_some(portal: Portal) -> None:
    names = {operation.manual.name for _, operation in changes(portal.app)}
    assert names >= set(dialect.COLUMNS)
    assert len(list(changes(portal.app))) > 25


def test_a_change_of_a_subscription_asks_which_state_its_caller_saw(portal: Portal) -> None:
    unguarded = [
        f"{route.method} {route.rule}"
        for route, operation in changes(portal.app)
        if route.rule.arguments & OF_A_SUBSCRIPTION and not operation.versioned
        if route.rule.endpoint not in UNVERSIONED
    ]
    assert unguarded == [], "these do not look at If-Match"


def test_each_says_what_is_left_of_the_limit_and_under_which_id_it_was_asked(
    portal: Portal, merchant: Merchant
) -> None:
    for route, _ in changes(portal.app):
        answer = ask(merchant, route, address(route, {"version": "v4", "site_id": merchant.site_id}))
        assert {"RateLimit", "RateLimit-Policy", "X-Request-Id"} <= set(answer.headers.keys()), route.rule
        assert answer.status_code < 500, route.rule


def test_each_gives_its_stored_answer_to_the_same_key(portal: Portal, merchant: Merchant) -> None:
    for number, (route, _) in enumerate(changes(portal.app)):
        if route.method not in {"POST", "PATCH"}:
            continue
        path = address(route, {"version": "v4", "site_id": merchant.site_id})
        key = {"Idempotency-Key": f"once-{number}"}
        first, again = ask(merchant, route, path, **key), ask(merchant, route, path, **key)
        if first.status_code in {401, 403, 413, 415, 429}:  # never kept: the same call may be fine in a minute
            continue
        assert again.headers.get("Idempotency-Replayed") == "true", route.rule
        assert (again.status_code, again.data) == (first.status_code, first.data), route.rule


@pytest.mark.parametrize("version", sorted(SUPERSEDED))
def test_each_of_a_superseded_version_says_so(portal: Portal, merchant: Merchant, version: str) -> None:
    for route, operation in changes(portal.app):
        if operation.manual.name == "native":
            answer = ask(merchant, route, address(route, {"version": version, "site_id": merchant.site_id}))
            assert "Deprecation" in answer.headers, route.rule
            assert 'rel="successor-version"' in answer.headers["Link"], route.rule


def test_each_of_the_native_ones_refuses_an_older_state_and_changes_nothing(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    customer.confirm()
    portal.run_jobs()
    found = merchant.subscription()
    planned = merchant.call("POST", "/subscription/439772921/update", json=PLANNED)
    ids = {
        "version": "v4",
        "site_id": merchant.site_id,
        "subscription_id": found["id"],
        "payment_id": found["invoices"][0]["payments"][0]["id"],
        "update_id": planned.json["id"],
    }
    before = merchant.subscription()
    bodies = {"native.add_update": {"external_id": "439772921", "amount": 1}, "native.change_line": PLANNED}
    asked = 0
    for route, operation in changes(portal.app):
        if operation.manual.name == "native" and operation.versioned:
            sent = {"json": bodies[route.rule.endpoint]} if route.rule.endpoint in bodies else {}
            path = address(route, ids).partition(merchant.site_id)[2]
            answer = merchant.call(route.method, path, headers={"If-Match": '"0"'}, **sent)
            assert answer.status_code == 412, f"{route.rule}: {answer.text}"
            asked += 1
    assert asked > 10
    assert merchant.subscription() == before


def test_a_paymennt_client_that_saw_an_older_state_is_refused_by_its_400(portal: Portal) -> None:
    merchant = portal.merchant(clock="2021-08-25T09:00")
    api = Paymennt(merchant)
    made = api.subscribe()
    portal.run_jobs()
    path = f"subscription/{made['id']}"
    seen = api.call("GET", path).headers["ETag"]
    assert "read it again" in api.error("POST", f"{path}/pause", headers={"If-Match": '"0"'}).lower()
    paused = api.call("POST", f"{path}/pause", headers={"If-Match": seen})
    assert paused.json["result"]["status"] == "INACTIVE"
    api.error("POST", f"{path}/resume", headers={"If-Match": seen})
    assert api.call("POST", f"{path}/resume", headers={"If-Match": paused.headers["ETag"]}).status_code == 200
    asked = merchant.call("GET", f"/subscription/{made['id']}/requests", "v3").json["data"][0]["id"]
    api.error("POST", f"checkout/{asked}/cancel", headers={"If-Match": seen})
    assert api.get(f"checkout/{asked}")["status"] == "PENDING"
