"""Idempotency-Key: the work is done once, its answer is given again, and no crash comes between the two."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from werkzeug.test import TestResponse

from portal.api import idempotency
from portal.billing.models import Payment
from portal.billing.refund_models import Refund
from portal.core.jobs import Job
from portal.gateways.registry import sandbox
from portal.notifications.models import Message
from portal.sites.kept_answers import KeptAnswer
from portal.subscriptions.models import Subscription
from tests.harness import SAMPLE, Customer, Merchant, Portal

BODY = {name: value for name, value in SAMPLE.items() if name != "webhook_url"}
KEY = "order-439772921"


def post(
    merchant: Merchant, key: str | None = KEY, path: str = "/subscription/addUpdate", **options: Any
) -> TestResponse:
    options.setdefault("json", BODY)
    headers = {"Idempotency-Key": key} if key is not None else {}
    return merchant.call("POST", path, headers=headers, **options)


def replayed(answer: TestResponse) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def later(**ago: float) -> Any:
    return time_machine.travel(datetime.now(UTC) + timedelta(**ago), tick=True)


def test_the_same_call_again_gives_the_stored_answer_to_the_letter(portal: Portal, merchant: Merchant) -> None:
    first, again = post(merchant), post(merchant)
    assert (first.status_code, replayed(first)) == (200, False)
    assert (again.status_code, replayed(again)) == (200, True)
    assert again.data == first.data
    assert again.json["action"] == "added"
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert len(portal.rows(Message)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"json": BODY | {"amount": 35}},
        {"path": "/clock/advance"},
        {"path": "/subscription/addUpdate?x=1"},
        {"version": "v3"},
    ],
)
def test_the_key_with_another_call_is_refused_and_does_nothing(
    portal: Portal, merchant: Merchant, change: dict[str, Any]
) -> None:
    post(merchant)
    refused = post(merchant, **change)
    assert refused.status_code == 422
    assert refused.json["details"][0]["code"] == "idempotency_mismatch"
    assert portal.the_subscription().sequence == 1
    assert replayed(post(merchant))


def test_a_key_belongs_to_its_api_key_alone(portal: Portal, merchant: Merchant) -> None:
    other = portal.merchant("Other")
    assert post(merchant).json["action"] == "added"
    assert post(other).json["action"] == "added"
    assert len(portal.rows(Subscription)) == 2


def test_refusals_that_did_nothing_are_given_again_too(merchant: Merchant) -> None:
    bad = BODY | {"amount": -1}
    first, again = post(merchant, json=bad), post(merchant, json=bad)
    assert (first.status_code, again.status_code) == (422, 422)
    assert (first.data, replayed(again)) == (again.data, True)
    unknown = f"/subscription/{uuid.uuid4()}/close"
    post(merchant, "close", unknown, json=None)
    assert replayed(post(merchant, "close", unknown, json=None))


def test_a_refusal_that_says_nothing_of_the_call_is_not_kept(portal: Portal, merchant: Merchant) -> None:
    assert post(merchant, data="{}", json=None, content_type="text/plain").status_code == 415
    assert portal.rows(KeptAnswer) == []
    assert post(merchant).status_code == 200


@pytest.mark.parametrize("key", ["", " ", "two words", "é", "x" * 256, "tab\tbed"])
def test_a_key_that_is_none_is_refused(merchant: Merchant, key: str) -> None:
    answer = post(merchant, key.encode().decode("latin-1"))
    assert answer.status_code == 400
    assert answer.json["details"][0]["code"] == "invalid_idempotency_key"


def test_a_get_with_a_key_is_a_get(portal: Portal, merchant: Merchant) -> None:
    post(merchant, None)
    answer = merchant.call("GET", "/subscription/439772921", headers={"Idempotency-Key": KEY})
    assert (answer.status_code, portal.rows(KeptAnswer)) == (200, [])


def test_what_is_stored_names_the_link_and_never_holds_its_token(portal: Portal, merchant: Merchant) -> None:
    first = post(merchant)
    token = first.json["link"].rpartition("/")[2]
    [row] = portal.rows(KeptAnswer)
    assert token not in repr(vars(row))
    assert f"{{link:{row.link_ids[0]}}}" in row.body
    assert Customer(portal, post(merchant).json["link"]).page().status == 200


def test_a_placeholder_that_a_merchant_wrote_opens_nobodys_link(portal: Portal, merchant: Merchant) -> None:
    other = portal.merchant("Other")
    post(other)
    [foreign] = portal.rows(KeptAnswer)
    trap = BODY | {"external_id": f"{{link:{foreign.link_ids[0]}}}", "amount": 0}
    for _ in range(2):
        assert "/p/" not in post(merchant, "trap", json=trap).text


def test_after_24_hours_the_key_is_new_again(portal: Portal, merchant: Merchant) -> None:
    post(merchant)
    with later(hours=23, minutes=59):
        assert replayed(post(merchant))
    with later(hours=24, seconds=1):
        answer = post(merchant)
    assert (answer.json["action"], replayed(answer)) == ("updated", False)
    assert len(portal.rows(KeptAnswer)) == 1


def test_the_sweep_forgets_what_is_older_than_a_day(portal: Portal, merchant: Merchant) -> None:
    post(merchant, "old")
    with later(hours=25, seconds=1):
        post(merchant, "young")
        portal.run_jobs(Job.SWEEP)
    assert [row.key for row in portal.rows(KeptAnswer)] == ["young"]


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The process stops at this point, as far as its database can tell."""

    def at(point: str) -> None:
        def reach(name: str) -> None:
            if name == point:
                raise Killed

        monkeypatch.setattr(idempotency, "reach", reach)

    return at


class Killed(BaseException):
    """Caught by nobody."""


def test_a_call_that_runs_holds_the_key_for_a_minute_then_another_takes_over(
    portal: Portal, merchant: Merchant, dying: Callable[[str], None]
) -> None:
    dying("idempotency.claimed")
    with pytest.raises(Killed):
        post(merchant)
    dying("")
    running = post(merchant)
    assert (running.status_code, running.json["details"][0]["code"]) == (409, "idempotency_running")
    assert post(merchant, json=BODY | {"amount": 1}).status_code == 422
    with later(seconds=61):
        assert (post(merchant).json["action"], replayed(post(merchant))) == ("added", True)
    assert len(portal.rows(Subscription)) == 1


def test_killed_before_the_commit_neither_work_nor_answer_stands(
    portal: Portal, merchant: Merchant, dying: Callable[[str], None]
) -> None:
    dying("idempotency.kept")
    with pytest.raises(Killed):
        post(merchant)
    dying("")
    assert portal.rows(Subscription) == []
    assert [row.answered_at for row in portal.rows(KeptAnswer)] == [None]
    with later(seconds=61):
        assert (post(merchant).status_code, len(portal.rows(Subscription))) == (200, 1)


def test_killed_after_the_commit_the_answer_stands_at_once(
    portal: Portal, merchant: Merchant, dying: Callable[[str], None]
) -> None:
    dying("idempotency.view_done")
    with pytest.raises(Killed):
        post(merchant)
    dying("")
    answer = post(merchant)
    assert (answer.json["action"], replayed(answer)) == ("added", True)


def test_of_two_that_believe_to_hold_the_key_the_first_to_commit_wins(
    portal: Portal, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first was away for longer than its lease; meanwhile the second did the work."""
    second: list[TestResponse] = []

    def reach(name: str) -> None:
        if name == "idempotency.claimed" and not second:
            second.append(TestResponse([], "500", {}, None))  # type: ignore[arg-type]
            with later(seconds=61):
                second[0] = post(merchant)

    monkeypatch.setattr(idempotency, "reach", reach)
    first = post(merchant)
    assert (second[0].status_code, second[0].json["action"]) == (200, "added")
    assert (first.status_code, first.json["details"][0]["code"]) == (409, "idempotency_running")
    assert post(merchant).data == second[0].data
    assert portal.the_subscription().sequence == 1


def test_work_whose_answer_a_view_did_not_keep_is_never_done_twice(
    portal: Portal, merchant: Merchant, dying: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "keep", lambda response: None)
    assert post(merchant, "finished").status_code == 200
    assert replayed(post(merchant, "finished"))
    dying("idempotency.view_done")
    other = BODY | {"external_id": "other"}
    with pytest.raises(Killed):
        post(merchant, "cut", json=other)
    dying("")
    with later(seconds=61):
        lost = post(merchant, "cut", json=other)
    assert (lost.status_code, lost.json["details"][0]["code"]) == (409, "idempotency_answer_lost")
    assert {row.sequence for row in portal.rows(Subscription)} == {1}


@pytest.mark.parametrize("threads", [2, 20])
def test_threads_that_post_at_once_do_the_work_once(portal: Portal, merchant: Merchant, threads: int) -> None:
    together = threading.Barrier(threads)

    def call(_: int) -> TestResponse:
        together.wait()
        return post(merchant)

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(call, range(threads)))
    done = [answer for answer in answers if answer.status_code == 200]
    assert sum(not replayed(answer) for answer in done) == 1
    assert len({answer.data for answer in done}) == 1
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert replayed(post(merchant))
    assert portal.the_subscription().sequence == 1


@pytest.fixture
def payment(portal: Portal, merchant: Merchant, customer: Customer) -> Payment:
    customer.confirm()
    portal.run_jobs()
    found: Payment = portal.row(Payment)
    return found


def refund(merchant: Merchant, payment: Payment) -> TestResponse:
    return post(merchant, "refund", f"/payment/{payment.id}/refund", json={"amount_minor": 1000})


def test_a_refund_cut_off_before_the_gateway_answered_is_not_opened_twice(
    portal: Portal, merchant: Merchant, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = type(sandbox())
    whole = gateway.refund

    async def cut_off(*_: Any) -> Any:
        raise Killed

    monkeypatch.setattr(gateway, "refund", cut_off)
    with pytest.raises(Killed):
        refund(merchant, payment)
    monkeypatch.setattr(gateway, "refund", whole)
    again = refund(merchant, payment)
    assert (again.status_code, replayed(again), again.json["refund"]["status"]) == (202, True, "pending")
    with later(seconds=61):
        portal.run_jobs()
        assert refund(merchant, payment).status_code == 202
    assert [(row.amount_minor, row.status) for row in portal.rows(Refund)] == [(1000, "succeeded")]


def test_a_refund_keeps_its_last_word(portal: Portal, merchant: Merchant, payment: Payment) -> None:
    first = refund(merchant, payment)
    assert (first.status_code, first.json["refund"]["status"]) == (200, "succeeded")
    again = refund(merchant, payment)
    assert (again.data, replayed(again)) == (first.data, True)
    assert len(portal.rows(Refund)) == 1
