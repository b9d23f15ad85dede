"""Webhooks of the site: told of everything, once each, signed with their own secret; events in an order that holds."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from portal.core.database import session
from portal.core.jobs import Job
from portal.subscriptions.models import Subscription
from portal.webhooks import placing
from portal.webhooks.models import Delivery, Endpoint, Event
from tests.harness import Customer, Merchant, Portal

LOCAL = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")


class Receiver:
    """A merchant's server that notes what it is sent and says 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """The tests say what matters."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def events(merchant: Merchant, query: str = "") -> Any:
    answer = merchant.call("GET", f"/event{query}", "v3")
    assert answer.status_code == 200, answer.text
    return answer.json


@LOCAL
def test_an_endpoint_of_the_site_hears_what_happens_signed_with_its_own_secret(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    added = merchant.call("POST", "/webhook", "v3", json={"url": receiver.url}).json
    assert added["success"] is True
    assert added["secret"].startswith("whsec_")
    merchant.post()
    portal.run_jobs()
    assert receiver.got
    for headers, body in receiver.got:
        Webhook(added["secret"]).verify(body, headers)
    told = [json.loads(body) for _, body in receiver.got]
    assert "created" in {one.get("event") for one in told}
    assert merchant.webhook_secret != added["secret"]


@LOCAL
def test_the_subscriptions_own_address_and_the_sites_both_hear_the_same_event_once(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    merchant.call("POST", "/webhook", json={"url": receiver.url, "actions": ["subscription"]})
    merchant.post(webhook_url=receiver.url)
    portal.run_jobs()
    created = [h["webhook-id"] for h, body in receiver.got if json.loads(body).get("event") == "created"]
    assert len(created) == 2
    assert len(set(created)) == 1
    notices = [body for _, body in receiver.got if json.loads(body)["action"] == "notification"]
    assert len(notices) == 1  # the site's address asked for subscriptions alone


@LOCAL
def test_the_secret_is_shown_once_and_a_removed_address_hears_nothing_more(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    added = merchant.call("POST", "/webhook", json={"url": receiver.url}).json
    [listed] = merchant.call("GET", "/webhook").json["data"]
    assert listed["url"] == receiver.url
    assert "secret" not in listed
    merchant.post()
    portal.run_jobs(Job.PLACE_EVENTS)
    assert merchant.call("DELETE", f"/webhook/{added['id']}").json["deleted"] is True
    portal.run_jobs()
    assert receiver.got == []
    assert {one.status for one in portal.rows(Delivery)} == {"failed"}
    assert merchant.call("GET", "/webhook").json["data"] == []
    assert merchant.call("DELETE", f"/webhook/{added['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "missing url"),
        ({"url": ""}, "invalid url"),
        ({"url": "ftp://example.com/"}, "invalid url"),
        ({"url": "http://127.0.0.1/"}, "invalid url"),
        ({"url": "http://169.254.169.254/latest"}, "invalid url"),
        ({"url": "https://example.invalid/", "actions": ["everything"]}, "invalid actions"),
        ({"url": "https://example.invalid/", "actions": []}, "invalid actions"),
        ({"url": "https://example.invalid/", "style": "xml"}, "invalid style"),
    ],
)
def test_an_address_that_we_do_not_send_to_is_refused(
    portal: Portal, merchant: Merchant, body: Any, error: str
) -> None:
    answer = merchant.call("POST", "/webhook", "v3", json=body)
    assert (answer.status_code, answer.json["errors"]) == (422, [error])
    assert portal.rows(Endpoint) == []


def test_events_come_in_order_and_a_reader_who_goes_on_from_the_last_misses_none(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    customer.confirm()
    portal.run_jobs()
    merchant.call("POST", "/subscription/439772921/pause")
    portal.run_jobs()
    whole = events(merchant, "?limit=100")["data"]
    assert [one["sequence"] for one in whole] == list(range(1, len(whole) + 1))
    assert {"created", "confirmed", "activated", "paused"} <= {one["event"] for one in whole}
    [payment] = [one for one in whole if one["action"] == "payment"]
    assert payment["data"]["amount"] == 34.99
    read, after = [], ""
    while True:
        page = events(merchant, f"?limit=3{after}")
        read += [one["id"] for one in page["data"]]
        after = f"&after={page['next']}"
        if not page["has_more"]:
            assert page["next"] is None
            break
    assert read == [one["id"] for one in whole]
    assert events(merchant, f"?after={whole[-1]['id']}")["data"] == []


def test_an_event_that_commits_late_is_read_after_those_that_were_read_before_it(
    portal: Portal, merchant: Merchant
) -> None:
    """Written first and committed last: it takes the next place, never one that a reader has passed."""
    merchant.post(external_id="early")
    merchant.post(external_id="late")
    portal.run_jobs(Job.PLACE_EVENTS)
    seen = events(merchant)["data"]
    with portal.writing():
        subscription = session().query(Subscription).filter_by(external_id="early").one()
        oldest = min(one.created_at for one in session().query(Event))
        session().add(
            Event(site_id=subscription.site_id, subscription_id=subscription.id, sequence=99, action="subscription",
                  event="updated", facts={}, request_id="", created_at=oldest)
        )  # fmt: skip
    assert events(merchant, f"?after={seen[-1]['id']}")["data"] == []
    portal.run_jobs(Job.PLACE_EVENTS)
    [late] = events(merchant, f"?after={seen[-1]['id']}")["data"]
    assert late["sequence"] == 99
    places = sorted(one.position for one in portal.rows(Event))
    assert places == list(range(1, len(seen) + 2))


def test_places_are_given_in_batches_that_leave_no_gap(portal: Portal, merchant: Merchant) -> None:
    for number in range(7):
        merchant.post(external_id=f"s{number}")
    with portal.writing():
        site_id = placing.waiting_site()
        assert site_id is not None
        assert placing.place(site_id, limit=4) == 4
    with portal.writing():
        assert placing.place(site_id, limit=4) == 3
        assert placing.place(site_id) == 0
    assert sorted(one.position for one in portal.rows(Event)) == list(range(1, 8))


@LOCAL
def test_a_replay_sends_the_same_id_and_body_again(portal: Portal, merchant: Merchant, receiver: Receiver) -> None:
    merchant.post(webhook_url=receiver.url)
    portal.run_jobs()
    [first] = [one for one in receiver.got if json.loads(one[1]).get("event") == "created"]
    merchant.post(webhook_url=receiver.url, amount=99)
    portal.run_jobs()
    before = len(receiver.got)
    answer = merchant.call("POST", f"/event/{first[0]['webhook-id']}/replay")
    assert (answer.status_code, answer.json["deliveries"]) == (200, 1)
    portal.run_jobs()
    [again] = receiver.got[before:]
    assert again[0]["webhook-id"] == first[0]["webhook-id"]
    assert again[1] == first[1]
    history = merchant.call("GET", "/subscription/439772921/events", "v3").json["data"][-1]
    assert [one["status"] for one in history["deliveries"]] == ["delivered", "delivered"]


def test_a_replay_that_nobody_wants_is_refused(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    event = portal.row(Event)
    assert merchant.call("POST", f"/event/{event.id}/replay").status_code == 409
    assert merchant.call("POST", f"/event/{merchant.site_id}/replay").status_code == 404


def test_another_sites_events_and_webhooks_are_unknown(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    portal.run_jobs(Job.PLACE_EVENTS)
    own = merchant.call("POST", "/webhook", json={"url": "https://example.invalid/hook"}).json["id"]
    event = portal.row(Event)
    stranger = portal.merchant("Stranger")
    assert events(stranger)["data"] == []
    assert stranger.call("GET", "/webhook").json["data"] == []
    assert stranger.call("DELETE", f"/webhook/{own}").status_code == 404
    assert stranger.call("POST", f"/event/{event.id}/replay").status_code == 404
    assert stranger.call("GET", f"/event?after={event.id}").status_code == 422


def test_on_a_clock_every_event_has_its_place_when_the_clock_is_ready(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    merchant = merchant_on_clock
    Customer(portal, merchant.post().json["link"]).confirm()
    portal.run_jobs()
    merchant.advance("2026-03-15T12:00")
    assert [one for one in portal.rows(Event) if one.position is None] == []
    payments = [one for one in events(merchant, "?limit=100")["data"] if one["action"] == "payment"]
    assert len(payments) == 2
