"""Webhooks as a merchant receives them: signed, in sequence, once each, and again by the table until taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from portal.webhooks.models import Delivery, DeliveryTry, Event
from tests.harness import Customer, Merchant, Portal

pytestmark = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")


class Receiver:
    """A merchant's server on loopback; answers with `status` and keeps what it got."""

    def __init__(self) -> None:
        self.status, self.got = 200, list[tuple[dict[str, str], bytes]]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def subscribe(portal: Portal, merchant: Merchant, receiver: Receiver, **changes: Any) -> None:
    answer = merchant.post(webhook_url=receiver.url, **changes)
    assert answer.status_code == 200, answer.text
    Customer(portal, answer.json["link"]).confirm()
    portal.run_jobs()


def test_the_life_of_a_subscription_arrives_signed_and_in_sequence(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    subscribe(portal, merchant, receiver)
    verifier = Webhook(merchant.webhook_secret)
    for headers, body in receiver.got:
        verifier.verify(body, {name.lower(): value for name, value in headers.items()})
    bodies = sorted(receiver.bodies(), key=lambda body: body["sequence"])
    assert [body["sequence"] for body in bodies] == list(range(1, len(bodies) + 1))
    told = [body.get("event") or body["action"] for body in bodies]
    assert told[0] == "created"
    assert [name for name in told if name in {"confirmed", "payment", "activated"}] == [
        "confirmed",
        "payment",
        "activated",
    ]
    payment = next(body["data"] for body in bodies if body["action"] == "payment")
    assert (payment["amount"], payment["status"], payment["display_name"]) == (34.99, "succeeded", "Visa **** 4242")
    active = next(body["data"] for body in bodies if body.get("event") == "activated")
    assert active["status"] == "active"


def test_a_receiver_that_fails_is_tried_by_the_table_with_the_same_id_and_body(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver
) -> None:
    receiver.status = 500
    answer = merchant_on_clock.post(webhook_url=receiver.url)
    assert answer.status_code == 200
    created = portal.rows(Event)[0]
    portal.run_jobs()
    for to in ("2026-01-31T09:05", "2026-01-31T10:00", "2026-01-31T11:00", "2026-02-01T09:00", "2026-02-02T09:00"):
        merchant_on_clock.advance(to)
    [delivery] = portal.rows(Delivery, event_id=created.id)
    assert (delivery.tries, delivery.status) == (6, "failed")
    mine = [(headers["webhook-id"], body) for headers, body in receiver.got if headers["webhook-id"] == str(created.id)]
    assert len(mine) == 6
    assert len(set(mine)) == 1
    assert [row.answer_status for row in portal.rows(DeliveryTry, delivery_id=delivery.id)] == [500] * 6


def test_a_receiver_that_recovers_gets_what_it_missed(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver
) -> None:
    receiver.status = 503
    merchant_on_clock.post(webhook_url=receiver.url)
    portal.run_jobs()
    receiver.status = 204
    merchant_on_clock.advance("2026-01-31T09:06")
    assert {delivery.status for delivery in portal.rows(Delivery)} == {"delivered"}


def test_each_delivery_is_sent_once_whatever_the_number_of_hints(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    merchant.post(webhook_url=receiver.url)
    for job, ids in list(portal.waiting) * 3:
        portal.perform(job, *ids)
    portal.run_jobs()
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert len(ids) == len(set(ids))


def test_a_host_that_does_not_resolve_is_taken_when_saved_and_the_try_says_why_it_failed(
    portal: Portal, merchant: Merchant
) -> None:
    merchant.post(webhook_url="http://does-not-exist.invalid/hook")
    portal.run_jobs()
    [tried] = portal.rows(DeliveryTry)[:1]
    assert tried.answer_status is None
    assert tried.error
