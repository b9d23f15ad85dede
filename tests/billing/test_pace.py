"""A payment provider over HTTP that answers 429: nothing is lost, nothing goes out twice, nobody waits behind a run."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from portal.billing import calling, charge, run
from portal.billing.models import Attempt, Payment, PaymentMethod
from portal.billing.settle import settle
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.due import LEASE
from portal.core.jobs import Job
from portal.gateways import pacing, registry
from portal.gateways.base import NOT_YET, ChargeOrder, ChargeResult, Pace, TooFast
from portal.subscriptions.models import Subscription
from tests.harness import Customer, Merchant, Portal


class Provider:
    """A server that takes money once for a key, and says 429 first as often as it was told to for each key."""

    def __init__(self) -> None:
        self.refuses = 0
        self.asked: list[str] = []
        self.taken: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._say(*provider.charge(self.headers["Idempotency-Key"]))

            def do_GET(self) -> None:
                self._say(*provider.look_up(self.path.removeprefix("/charges/")))

            def _say(self, status: int, body: dict[str, Any]) -> None:
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/charges"

    def charge(self, key: str) -> tuple[int, dict[str, Any]]:
        self.may_answer.wait(30)
        self.asked.append(key)
        if self.asked.count(key) <= self.refuses:
            return 429, {"error": "slow down"}
        if key not in self.taken:
            self.taken.append(key)
        return 200, {"id": f"ch_{key[-16:]}"}

    def look_up(self, key: str) -> tuple[int, dict[str, Any]]:
        if self.refuses:
            return 429, {"error": "slow down"}
        return (200, {"id": f"ch_{key[-16:]}"}) if key in self.taken else (404, {})


class OverHttp:
    """What a charge needs of a gateway, over HTTP; a 429 is TooFast."""

    name = "provider"

    def __init__(self, address: str) -> None:
        self.address = address
        self.rate: Pace | None = None

    def pace(self, site_id: uuid.UUID) -> Pace | None:
        return self.rate

    async def charge(self, order: ChargeOrder) -> ChargeResult | TooFast:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(self.address, headers={"Idempotency-Key": order.key})
        return _read(answer)

    async def look_up(self, site_id: uuid.UUID, key: str) -> ChargeResult | TooFast | None:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.address}/{key}")
        return None if answer.status_code == 404 else _read(answer)


def _read(answer: httpx.Response) -> ChargeResult | TooFast:
    if answer.status_code == 429:
        return TooFast(float(answer.headers["Retry-After"]))
    return ChargeResult("succeeded", answer.json()["id"], code="approved", words="Approved")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The server, and itself as a gateway; a pause after a 429 is a hundredth of a second here."""
    monkeypatch.setattr(pacing, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(pacing, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(pacing, "SLOWEST", 1000.0)
    monkeypatch.setattr(pacing, "LEARNT", 1000.0)
    made = Provider()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    monkeypatch.setitem(registry._gateways, OverHttp.name, OverHttp(made.address))  # type: ignore[arg-type]
    yield made
    made.may_answer.set()
    made.server.shutdown()
    made.server.server_close()


def call(key: str, site_id: uuid.UUID) -> calling.Call:
    order = ChargeOrder(key, site_id, "card_1", 3499, "USD", "Gold+ Plan", real_now())
    return calling.Call(uuid.uuid4(), OverHttp.name, "charge", order)


def due_at_the_provider(portal: Portal, merchant: Merchant) -> Payment:
    """A renewal that the billing run has opened, with a card at the provider; no turn has come for it yet."""
    answer = merchant.post()
    customer = Customer(portal, answer.json["link"])
    customer.confirm()
    portal.run_jobs()
    with portal.writing():
        session().execute(update(PaymentMethod).values(gateway=OverHttp.name))
        session().execute(update(Subscription).values(due_at=real_now(), site_due_at=None))
        opened = run.open_due()
    with portal.writing():
        settle([(call, NOT_YET) for call in opened.calls])
        session().execute(update(Payment).where(Payment.status == "pending").values(due_at=real_now()))
    found: Payment = portal.row(Payment, gateway=OverHttp.name)
    return found


def attempt_of(portal: Portal, payment: Payment) -> Attempt:
    found: Attempt = portal.row(Attempt, payment_id=payment.id)
    return found


def test_what_was_refused_by_rate_goes_out_again_under_the_same_key(provider: Provider) -> None:
    provider.refuses = 2
    site_id, answers = uuid.uuid4(), list[calling.Answered]()
    calling.collect([call(f"key-{n}", site_id) for n in range(8)], answers.extend)
    assert [result.outcome for _, result in answers] == ["succeeded"] * 8
    assert sorted(provider.taken) == sorted(f"key-{n}" for n in range(8))
    assert all(provider.asked.count(key) == 3 for key in provider.taken)


def test_a_charge_refused_by_rate_is_one_attempt_and_one_taking(
    portal: Portal, merchant: Merchant, provider: Provider
) -> None:
    payment = due_at_the_provider(portal, merchant)
    provider.refuses = 1
    portal.perform(Job.CHARGE, str(payment.id))
    attempt = attempt_of(portal, payment)
    assert (attempt.number, attempt.status) == (1, "succeeded")
    assert provider.asked == [attempt.key] * 2
    assert provider.taken == [attempt.key]
    assert portal.row(Payment, id=payment.id).status == "succeeded"


def test_what_finds_no_turn_under_its_lease_is_prepared_again_and_due_soon(
    portal: Portal, merchant: Merchant, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = due_at_the_provider(portal, merchant)
    provider.refuses = 10**6
    monkeypatch.setattr(calling, "SEND_WITHIN", 0.2)
    portal.perform(Job.CHARGE, str(payment.id))
    put_off, attempt = portal.row(Payment, id=payment.id), attempt_of(portal, payment)
    assert (put_off.status, attempt.status, attempt.sent_at) == ("pending", "pending", None)
    assert put_off.due_at is not None
    assert put_off.due_at - real_now() < timedelta(seconds=10)
    assert provider.taken == []

    provider.refuses = 0
    monkeypatch.undo()
    monkeypatch.setitem(registry._gateways, OverHttp.name, OverHttp(provider.address))  # type: ignore[arg-type]
    with portal.writing():
        session().execute(update(Payment).where(Payment.id == payment.id).values(due_at=real_now()))
    portal.perform(Job.CHARGE, str(payment.id))
    again = attempt_of(portal, payment)
    assert (again.id, again.key, again.status) == (attempt.id, attempt.key, "succeeded")
    assert set(provider.asked) == set(provider.taken) == {attempt.key}


def test_a_question_refused_by_rate_stays_a_question(
    portal: Portal, merchant: Merchant, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker died after the provider had the money: whatever its rate says, the try is not taken for unsent."""
    payment = due_at_the_provider(portal, merchant)
    with portal.writing():
        calls = charge.claim([payment.id])
    calling.collect(calls, lambda answers: None)
    with portal.writing():
        session().execute(update(Payment).where(Payment.id == payment.id).values(due_at=real_now() - LEASE))
    provider.refuses = 1
    monkeypatch.setattr(calling, "SEND_WITHIN", 0.2)
    portal.perform(Job.CHARGE, str(payment.id))
    attempt = attempt_of(portal, payment)
    assert attempt.status == "pending"
    assert attempt.sent_at is not None
    assert portal.row(Payment, id=payment.id).due_at > real_now()

    provider.refuses = 0
    with portal.writing():
        session().execute(update(Payment).where(Payment.id == payment.id).values(due_at=real_now()))
    portal.perform(Job.CHARGE, str(payment.id))
    assert provider.asked == [attempt.key]
    assert portal.row(Payment, id=payment.id).status == "succeeded"


def test_a_try_that_was_settled_meanwhile_is_not_prepared_again(
    portal: Portal, merchant: Merchant, provider: Provider
) -> None:
    payment = due_at_the_provider(portal, merchant)
    with portal.writing():
        calls = charge.claim([payment.id])
    with portal.writing():
        settle([(calls[0], ChargeResult("succeeded", "ch_1", code="approved", words="Approved"))])
    with portal.writing():
        settle([(calls[0], NOT_YET)])
    assert attempt_of(portal, payment).status == "succeeded"
    assert portal.row(Payment, id=payment.id).due_at is None


def test_somebody_who_waits_goes_before_the_rest_of_a_run(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "AT_ONCE", 1)
    provider.may_answer.clear()
    site_id, caller = uuid.uuid4(), calling._caller()
    run, one = calling._Batch(caller.loop, 10), calling._Batch(caller.loop, 1)
    caller.ask([call(f"run-{n}", site_id) for n in range(10)], run)
    caller.ask([call("customer", site_id)], one)
    provider.may_answer.set()
    assert sum(len(group) for batch in (one, run) for group in batch.groups()) == 11
    assert provider.asked[:2] == ["run-0", "customer"]


def test_an_adapter_that_fails_leaves_a_question_and_harms_no_other_call(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = OverHttp.charge

    async def broken(self: OverHttp, order: ChargeOrder) -> ChargeResult | TooFast:
        if order.key == "bad":
            raise KeyError("id")
        return await honest(self, order)

    monkeypatch.setattr(OverHttp, "charge", broken)
    site_id, answers = uuid.uuid4(), list[calling.Answered]()
    calling.collect([call(key, site_id) for key in ("good", "bad", "fine")], answers.extend)
    assert {asked.order.key: result.outcome for asked, result in answers} == {
        "good": "succeeded",
        "bad": "unknown",
        "fine": "succeeded",
    }


def test_a_gateway_that_does_not_answer_in_time_leaves_a_question(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "ANSWER_WITHIN", 0.0)
    monkeypatch.setattr(calling, "WATCH", 0.05)
    provider.may_answer.clear()
    answers: list[calling.Answered] = []
    calling.collect([call("silent", uuid.uuid4())], answers.extend)
    assert [result.code for _, result in answers] == ["no_answer"]
