"""The log of API calls: every call with a known key, masked, written after the answer, forgotten after 90 days."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from portal.api import request_log
from portal.core.clock import real_now
from portal.core.database import db
from portal.core.jobs import Job
from portal.sites.api_requests import ApiRequest
from tests.harness import SAMPLE, Merchant, Portal

BODY = {name: value for name, value in SAMPLE.items() if name != "webhook_url"}


def logged(portal: Portal) -> list[ApiRequest]:
    portal.log_calls()
    return portal.rows(ApiRequest)


def test_a_call_is_kept_with_what_was_sent_and_answered(portal: Portal, merchant: Merchant) -> None:
    answer = merchant.call("POST", "/subscription/addUpdate?x=1", "v3", json=BODY)
    [call] = logged(portal)
    assert (call.key_id, str(call.site_id), call.dialect) == (merchant.key_id, merchant.site_id, "native")
    assert (call.method, call.path) == ("POST", f"/api/v3/site/{merchant.site_id}/subscription/addUpdate")
    assert (call.status, call.query, call.is_replayed, call.is_cut) == (200, "x=1", False, False)
    assert call.request_id == answer.headers["X-Request-Id"]
    assert 0 <= call.duration_ms < 60_000
    assert json.loads(call.body or "")["customer"]["first_name"] == "J…"
    kept = json.loads(call.answer or "")
    assert (kept["action"], kept["link"].rpartition("/")[2]) == ("added", "…")


def test_no_secret_and_no_contact_of_a_call_is_in_its_row(portal: Portal, merchant: Merchant) -> None:
    token = merchant.post().json["link"].rpartition("/")[2]
    merchant.call("GET", "/subscription/439772921")
    rows = " ".join(repr(vars(row)) for row in logged(portal))
    for secret in (token, merchant.api_key, "johndoe@", "1112223333", "111-222-3333", "John", "Doe"):
        assert secret not in rows, secret


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"json": {"external_id": "x"}}, 422), ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": "x"}, 415), ({"data": "x" * 1_000_001, "content_type": "application/json"}, 413),
        ({"json": BODY, "headers": {"If-Match": "*"}}, 412),
    ],
)  # fmt: skip
def test_refused_calls_are_kept_too(portal: Portal, merchant: Merchant, options: dict[str, Any], status: int) -> None:
    assert merchant.call("POST", "/subscription/addUpdate", **options).status_code == status
    assert [call.status for call in logged(portal)] == [status]


def test_a_replay_says_that_it_is_one(portal: Portal, merchant: Merchant) -> None:
    for _ in range(2):
        merchant.call("POST", "/subscription/addUpdate", headers={"Idempotency-Key": "k"}, json=BODY)
    assert [(call.idempotency_key, call.is_replayed) for call in logged(portal)] == [("k", False), ("k", True)]


def test_a_call_with_an_unknown_key_leaves_no_row_so_that_nobody_can_fill_the_log(
    portal: Portal, merchant: Merchant
) -> None:
    merchant.call("GET", "/clock", headers={"Authorization": "Bearer sk_test_unknown"})
    assert portal.calls == []


def test_the_answer_does_not_wait_for_the_log_nor_fail_with_it(
    portal: Portal, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(call: Any) -> None:
        raise OSError

    portal.app.extensions["portal_request_log"] = broken
    assert merchant.post().status_code == 200


def test_the_logs_own_thread_writes_many_calls_by_few_commits(portal: Portal, merchant: Merchant) -> None:
    from bench.statements import counting

    with portal.app.app_context():
        engine = db.engine
    merchant.call("GET", "/clock")
    [call] = portal.calls
    writer = request_log.Writer(portal.app)
    with counting(engine) as count:
        for _ in range(500):
            writer(_again(call))
        writer.drain()
    assert len(portal.rows(ApiRequest)) == 500
    assert count.commits <= 20


def test_a_flood_of_429_is_kept_once_a_second(portal: Portal, merchant: Merchant) -> None:
    merchant.call("GET", "/clock")
    [call] = portal.calls
    writer = request_log.Writer(portal.app)
    for _ in range(50):
        writer(_again(call, status=429))
    writer.drain()
    assert 1 <= len(portal.rows(ApiRequest)) < 10


def test_the_log_goes_on_after_a_batch_that_could_not_be_written(
    portal: Portal, merchant: Merchant, caplog: pytest.LogCaptureFixture
) -> None:
    merchant.call("GET", "/clock")
    [call] = portal.calls
    writer = request_log.Writer(portal.app)
    writer(call)
    writer.drain()
    writer(call)  # the same id: refused by the table
    writer.drain()
    writer(_again(call))
    writer.drain()
    assert len(portal.rows(ApiRequest)) == 2
    assert "calls not logged" in caplog.text


def test_after_90_days_a_call_is_forgotten(portal: Portal, merchant: Merchant) -> None:
    merchant.call("GET", "/clock")
    logged(portal)
    with time_machine.travel(real_now() + timedelta(days=90, hours=7), tick=True):
        merchant.call("GET", "/clock")
        assert len(logged(portal)) == 2
        portal.run_jobs(Job.SWEEP)
        [left] = portal.rows(ApiRequest)
        assert left.at > real_now() - timedelta(minutes=5)


def _again(call: request_log.Call, **changes: Any) -> request_log.Call:
    from dataclasses import replace

    from portal.core.ids import new_id

    return replace(call, id=new_id(), **changes)
