"""Webhook calls to real servers on this machine: what counts as taken, and what a bad receiver cannot do."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from portal.webhooks import connect, deliver
from portal.webhooks.sign import headers, new_secret
from tests.certificates import Authority

BODY = b'{"action":"subscription"}'
JSON = {"content-type": "application/json"}


class Receiver(ThreadingHTTPServer):
    """Answers by the path of the request and remembers what it was sent."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.requests = []
        self.released = threading.Event()

    def url(self, path, host="127.0.0.1", scheme="http"):
        return f"{scheme}://{host}:{self.server_port}{path}"

    def handle_error(self, request, client_address):
        """Callers that hang up are what is being tested."""


class Answering(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        getattr(self, "do_" + self.path.split("/")[1])(self.path.split("/")[-1])

    def do_status(self, code):
        self.send_response(int(code))
        if code == "302":
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
        self.end_headers()
        if code != "204":
            self.wfile.write(b"seen \x00 by us")

    def do_silence(self, _):
        self.server.released.wait(5)

    def do_endless(self, _):
        self.send_response(200)
        self.end_headers()
        while not self.server.released.is_set():
            self.wfile.write(b"x" * 65536)

    def do_endlessheaders(self, _):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.released.is_set():
            self.wfile.write(b"x-more: and more\r\n" * 1000)

    def do_drip(self, part):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b"x-slow: "))
        while not self.server.released.wait(0.02):
            self.wfile.write(b"x")

    def do_torn(self, _):
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

    def do_garbage(self, _):
        self.wfile.write(b"220 mail.example ESMTP\r\n")

    def do_nothing(self, _):
        """Hang up without a word."""

    def do_packed(self, _):
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(gzip.compress(b"x" * 10_000_000))

    def log_message(self, *_):
        """Tests print nothing."""


@pytest.fixture
def receiver():
    with running(Receiver()) as server:
        yield server


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def call(url, *, live=False, allow_private=True, timeout=5.0, extra=JSON):
    return deliver.post(url, BODY, extra, live=live, allow_private=allow_private, timeout=timeout)


def the_dns_says(monkeypatch, *answers):
    """Answers of one look-up after another; the last one stays."""
    asked = []

    def look_up(host, port, **_):
        answer = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        if answer is None:
            raise socket.gaierror
        return [(0, 0, 0, "", (address, port)) for address in answer]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    ("code", "ok"), [(200, True), (204, True), (302, False), (410, False), (429, False), (500, False)]
)
def test_2xx_alone_is_success(receiver, code, ok):
    answer = call(receiver.url(f"/status/{code}"))
    assert (answer.status, answer.ok) == (code, ok)
    assert len(receiver.requests) == 1


def test_a_redirect_is_not_followed_and_said_so(receiver):
    assert call(receiver.url("/status/302")).error == deliver.REDIRECT


def test_the_body_arrives_as_signed_and_the_official_library_verifies_it(receiver):
    secret = new_secret()
    call(receiver.url("/status/200"), extra=JSON | headers([secret], "msg_1", datetime.now(UTC), BODY))
    _, seen, body = receiver.requests[0]
    assert Webhook(secret).verify(body, seen) == {"action": "subscription"}
    assert seen["content-type"] == "application/json"
    assert seen["Host"] == f"127.0.0.1:{receiver.server_port}"


def test_the_start_of_the_answer_is_kept_in_a_form_a_database_takes(receiver):
    answer = call(receiver.url("/status/500"))
    assert answer.body_start == "seen \ufffd by us"
    assert answer.error is None
    assert answer.duration_ms >= 0


def test_an_endless_answer_is_cut(receiver):
    answer = call(receiver.url("/endless/"))
    assert answer.ok
    assert answer.body_start == "x" * deliver.KEPT_OF_BODY


def test_a_packed_answer_is_not_unpacked(receiver):
    answer = call(receiver.url("/packed/"))
    assert answer.ok
    assert "xxx" not in answer.body_start
    assert len(answer.body_start) <= deliver.KEPT_OF_BODY


def test_endless_headers_are_cut(receiver):
    answer = call(receiver.url("/endlessheaders/"))
    assert (answer.status, answer.error) == (None, deliver.NO_HTTP)


@pytest.mark.parametrize("path", ["/silence/", "/drip/headers"])
def test_a_receiver_that_hangs_or_drips_is_left_at_the_time_limit(receiver, path):
    begun = time.monotonic()
    answer = call(receiver.url(path), timeout=0.3)
    assert (answer.status, answer.error) == (None, deliver.NO_ANSWER)
    assert 300 <= answer.duration_ms < 1500
    assert time.monotonic() - begun < 1.5


def test_a_body_that_drips_is_cut_at_the_time_limit_and_its_status_counts(receiver):
    answer = call(receiver.url("/drip/body"), timeout=0.3)
    assert (answer.status, answer.ok, answer.error) == (200, True, deliver.CUT)
    assert answer.body_start.startswith("x")
    assert answer.duration_ms < 1500


def test_an_answer_that_is_torn_after_its_status_counts(receiver):
    answer = call(receiver.url("/torn/"))
    assert (answer.ok, answer.body_start, answer.error) == (True, "half", deliver.BROKE_OFF)


@pytest.mark.parametrize("path", ["/garbage/", "/nothing/"])
def test_what_is_no_http_is_a_failure_in_words(receiver, path):
    answer = call(receiver.url(path))
    assert (answer.status, answer.ok, answer.error) == (None, False, deliver.NO_HTTP)


def test_a_port_where_nothing_listens_is_a_failure_in_words():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        answer = call(f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert (answer.status, answer.error) == (None, connect.NOTHING_THERE)


def test_a_machine_that_never_takes_the_connection_is_left_at_the_time_limit():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            answer = call(f"http://127.0.0.1:{full.getsockname()[1]}/", timeout=0.3)
    assert (answer.status, answer.error) == (None, deliver.NO_ANSWER)


def test_a_private_address_is_never_called(receiver):
    answer = call(receiver.url("/status/200"), allow_private=False)
    assert answer.status is None
    assert "not on the public internet" in answer.error
    assert receiver.requests == []


def test_a_name_that_leads_to_a_private_address_is_never_called(receiver, monkeypatch):
    the_dns_says(monkeypatch, ["127.0.0.1"])
    answer = call(receiver.url("/status/200", "hooks.example.com"), allow_private=False)
    assert "not on the public internet" in answer.error
    assert receiver.requests == []


def test_a_name_with_one_private_address_among_good_ones_is_never_called(receiver, monkeypatch):
    the_dns_says(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    answer = call(receiver.url("/status/200", "hooks.example.com"), allow_private=False)
    assert "not on the public internet" in answer.error
    assert receiver.requests == []


def test_a_name_is_looked_up_once_and_only_the_checked_address_is_called(receiver, monkeypatch):
    asked = the_dns_says(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    answer = call(receiver.url("/status/200", "hooks.example.com"), timeout=2)
    assert answer.ok
    assert asked == ["hooks.example.com"]
    assert receiver.requests[0][1]["Host"] == f"hooks.example.com:{receiver.server_port}"


def test_a_first_lookup_that_fails_opens_no_way_in(receiver, monkeypatch):
    asked = the_dns_says(monkeypatch, None, ["127.0.0.1"])
    answer = call(receiver.url("/status/200", "hooks.example.com"), allow_private=False)
    assert answer.error == deliver.NOT_FOUND
    assert (asked, receiver.requests) == (["hooks.example.com"], [])


def test_the_next_address_is_tried_when_the_first_does_not_answer(receiver, monkeypatch):
    the_dns_says(monkeypatch, ["127.0.0.2", "::1", "127.0.0.1"])
    assert call(receiver.url("/status/200", "hooks.example.com")).ok


def test_a_proxy_of_the_environment_is_not_used(receiver, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert call(receiver.url("/status/200")).ok


def test_a_live_site_calls_https_only(receiver):
    answer = call(receiver.url("/status/200"), live=True)
    assert "https://" in answer.error
    assert receiver.requests == []


@pytest.fixture
def authority(tmp_path, monkeypatch):
    made = Authority(tmp_path)
    context = httpx.create_ssl_context(trust_env=False)
    context.load_verify_locations(made.path)
    monkeypatch.setattr(deliver, "_trusted", lambda: context)
    return made


@contextmanager
def running_securely(context):
    server = Receiver()
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with running(server):
        yield server


def test_a_certificate_is_verified_for_the_name_though_the_address_is_called(authority, monkeypatch):
    the_dns_says(monkeypatch, ["127.0.0.1"])
    with running_securely(authority.server_context("hooks.example.com")) as server:
        assert call(server.url("/status/200", "hooks.example.com", "https"), live=True).ok
        answer = call(server.url("/status/200", "other.example.com", "https"), live=True)
    assert (answer.status, answer.error) == (None, "The certificate belongs to another host.")
    assert len(server.requests) == 1


def test_an_expired_certificate_is_named_as_the_reason(authority, monkeypatch):
    the_dns_says(monkeypatch, ["127.0.0.1"])
    with running_securely(authority.server_context("hooks.example.com", lasts=timedelta(days=-1))) as server:
        answer = call(server.url("/status/200", "hooks.example.com", "https"))
    assert (answer.status, answer.error) == (None, "The certificate has expired.")


def test_a_certificate_of_an_unknown_authority_is_not_trusted(tmp_path, monkeypatch):
    the_dns_says(monkeypatch, ["127.0.0.1"])
    with running_securely(Authority(tmp_path).server_context("hooks.example.com")) as server:
        answer = call(server.url("/status/200", "hooks.example.com", "https"))
    assert (answer.status, answer.error) == (None, connect.UNTRUSTED)
    assert server.requests == []


def test_a_server_that_speaks_no_tls_is_a_failure_in_words(receiver):
    answer = call(receiver.url("/status/200", scheme="https"))
    assert (answer.status, answer.error) == (None, connect.NOT_SECURE)


def test_a_handshake_that_hangs_is_left_at_the_time_limit():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        answer = call(f"https://127.0.0.1:{mute.getsockname()[1]}/", timeout=0.3)
    assert (answer.status, answer.error) == (None, deliver.NO_ANSWER)
