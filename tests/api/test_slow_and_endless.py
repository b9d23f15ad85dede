"""Callers who never end, at the server that operators run: cut at a megabyte, and nobody else waits for them."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from portal.api.openapi import LONGEST_ID
from portal.api.paging import LONGEST_CURSOR
from portal.serve import LONGEST_LINE
from tests.journeys.processes import Product

pytestmark = pytest.mark.slow
PIECE = 65_536
SLOW_CALLERS = 100


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("product"))
    try:
        running.start()
        yield running
    finally:
        for process in running.processes:  # how it stops is another test's matter
            process.kill()


@pytest.fixture(scope="module")
def site(product: Product) -> Any:
    return json.loads(product.portal("site", "create", "--name", "Acme", "--json"))


def head(site: Any, *more: str) -> bytes:
    lines = [
        f"POST /api/v4/site/{site['site_id']}/subscription/addUpdate HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {site['api_key']}",
        "Content-Type: application/json",
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def connect(product: Product) -> socket.socket:
    parts = urlsplit(product.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)


def resident(product: Product) -> int:
    """Bytes of memory that the processes hold; 0 where there is no /proc to look at."""
    group, found = product.processes[0]._child.pid, 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                found += int(fields[21]) * 4096
    return found


def test_a_body_without_a_length_is_cut_at_a_megabyte_and_held_nowhere(product: Product, site: Any) -> None:
    """Ten times thirty megabytes in chunks, each as long as anybody takes them."""
    before = resident(product)
    statuses = set()
    for _ in range(10):
        with connect(product) as connection:
            connection.sendall(head(site, "Transfer-Encoding: chunked"))
            with suppress(BrokenPipeError, ConnectionResetError):  # the door is shut while we are still sending
                for _ in range(480):
                    connection.sendall(f"{PIECE:x}\r\n".encode() + b"x" * PIECE + b"\r\n")
                connection.sendall(b"0\r\n\r\n")
            statuses.add(status(connection))
    assert statuses <= {413, None}
    assert 413 in statuses
    assert resident(product) - before < 60_000_000


def status(connection: socket.socket) -> int | None:
    """Of the answer, where one came through."""
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
    except (OSError, http.client.HTTPException):
        return None
    return answer.status


def test_a_length_that_is_too_large_is_refused_before_its_body_comes(product: Product, site: Any) -> None:
    with connect(product) as connection:
        connection.sendall(head(site, "Content-Length: 10000000"))
        connection.sendall(b"x" * PIECE)
        assert status(connection) == 413


def test_callers_who_drip_hold_nobody_else_up(product: Product, site: Any) -> None:
    """A hundred of them, half in the head and half in the body, while others ask."""
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(product)) for _ in range(SLOW_CALLERS)]
        for number, connection in enumerate(slow):
            connection.sendall(head(site, "Content-Length: 1000") if number % 2 else b"POST /api/v4/si")
        took = []
        for _ in range(20):
            for connection in slow:
                connection.sendall(b" ")
            begun = time.monotonic()
            answer = httpx.get(
                f"{product.url}/api/v4/site/{site['site_id']}/subscription",
                headers={"Authorization": f"Bearer {site['api_key']}"},
                trust_env=False,
                timeout=30,
            )
            took.append(time.monotonic() - begun)
            assert answer.status_code == 200
    assert sorted(took)[-2] < 2  # on a machine that does other things too


def test_the_longest_cursor_and_id_that_are_described_come_to_the_api(product: Product, site: Any) -> None:
    """Each letter of them takes twelve in an address; what is longer than the server reads is 414."""
    address = f"{product.url}/api/v4/site/{site['site_id']}/subscription"
    key = {"Authorization": f"Bearer {site['api_key']}"}
    answer = httpx.get(f"{address}/{'x' * LONGEST_ID}/events", params={"after": "🎉" * LONGEST_CURSOR}, headers=key)
    assert answer.status_code == 404
    assert answer.headers["X-Request-Id"]
    answer = httpx.get(address, params={"after": "🎉" * LONGEST_CURSOR}, headers=key)
    assert answer.status_code == 422
    assert "after" in answer.text
    assert httpx.get(address, params={"after": "x" * LONGEST_LINE}, headers=key).status_code == 414
