"""kill -9 while webhooks go out: a healthy receiver hears every event, and twice only under the same id."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.faults.conftest import Referee
from tests.faults.crew import Crew
from tests.faults.stage import JANUARY, PLAN, Stage

pytestmark = pytest.mark.faults

POINTS = (
    "placing.before_commit",
    "webhook.before_claim_commit",
    "webhook.claimed",
    "webhook.sent",
    "webhook.before_settle_commit",
    "webhook.settled",
    "acked.deliver_webhook",
)


class Receiver:
    """A merchant's server on loopback, which verifies each call before it notes its id."""

    def __init__(self, secret: str) -> None:
        self.ids: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                Webhook(secret).verify(body, headers)
                receiver.ids.append(headers["webhook-id"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver(stage: Stage) -> Iterator[Receiver]:
    found = Receiver(stage.shop.webhook_secret)
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.mark.parametrize("point", POINTS)
def test_every_event_is_heard_whatever_dies(
    stage: Stage, crew: Crew, referee: Referee, receiver: Receiver, point: str
) -> None:
    stage.charged()
    answer = stage.shop.post({"external_id": "439772921", "webhook_url": receiver.url, "amount": 29.99})
    assert answer.status_code == 200, answer.text
    crew.start(fault=point, hints=stage.hints()).dies()
    crew.start()
    referee.waits()
    assert referee.finds(due={PLAN: {JANUARY}}, heard=tuple(receiver.ids)) == {}
    heard = Counter(receiver.ids)
    assert len(heard) >= 2
    assert sum(heard.values()) <= len(heard) + 8  # as many as one process had under way when it died
