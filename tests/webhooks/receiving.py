"""A merchant's server on loopback that answers as it is told to, hangs, and notes what it got and when."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 60.0  # seconds after which a test has failed; nothing here waits that long where all is well


@dataclass(frozen=True)
class Got:
    """One call, with the moment at which it came."""

    at: float
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Answers `status` with `headers` and `text`; while `hangs` it says nothing until it is let go."""

    def __init__(self) -> None:
        self.status, self.headers, self.text = 200, dict[str, str](), ""
        self.hangs = False
        self.let_go = threading.Event()
        self.got: list[Got] = []
        self.at_once = 0
        self._changed = threading.Condition()
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def take(self, got: Got) -> None:
        with self._changed:
            self.got.append(got)
            self.at_once += 1
            self._changed.notify_all()
        if self.hangs:
            self.let_go.wait(PATIENCE)

    def done(self) -> None:
        with self._changed:
            self.at_once -= 1

    def waits_for(self, what: Callable[[], bool]) -> None:
        """Until this holds, asked whenever a call comes."""
        with self._changed:
            assert self._changed.wait_for(what, PATIENCE), "what was waited for did not come"

    @property
    def ids(self) -> list[str]:
        return [got.id for got in self.got]

    def close(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was left waiting hangs up: that is what is tried."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.take(Got(time.monotonic(), headers, body))
            try:
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if receiver.status != 204:
                    self.wfile.write(receiver.text.encode())
            finally:
                receiver.done()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    found = Receiver()
    try:
        yield found
    finally:
        found.close()
