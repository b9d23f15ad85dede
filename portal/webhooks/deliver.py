"""One webhook call: to a checked address only, within a time limit, reading little, never raising for the network."""

from __future__ import annotations

import functools
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from portal.core.clock import real_now
from portal.webhooks.addresses import OURS, AddressRefused, IpAddress, Target, read_url, resolve_checked
from portal.webhooks.connect import Deadline, PinnedBackend

_BUSY = (429, 502, 503, 504)
_LONGEST_NUMBER = 9
READ_AT_MOST = 64 * 1024
KEPT_OF_BODY = 4 * 1024
# Unpacked answers cannot grow beyond what was read; and each delivery has a connection of its own.
_HEADERS = {
    "user-agent": "payment-link-portal",
    "accept": "*/*",
    "accept-encoding": "identity",
    "connection": "close",
    OURS: "1",
}

NO_ANSWER = "No answer in time."
NOT_FOUND = "The host name was not found."
BROKE_OFF = "The connection broke off."
NO_HTTP = "The connection ended without a proper HTTP answer."
REDIRECT = "The answer is a redirect, and redirects are not followed."
CUT = "The answer took too long and was cut."


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call; `status` is None when nothing was heard, `error` says in fixed words what went wrong."""

    status: int | None
    body_start: str
    error: str | None
    duration_ms: int
    retry_after: int | None = None  # seconds for which a receiver that is too busy wants to be left alone

    @property
    def is_gone(self) -> bool:
        """The receiver says that nobody will ever listen here again (410, as Standard Webhooks have it)."""
        return self.status == 410

    @property
    def ok(self) -> bool:
        """2xx alone is success (contract section 8); a redirect is not followed and not a success."""
        return self.status is not None and 200 <= self.status < 300


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, live: bool, allow_private: bool, timeout: float = 10.0
) -> Answer:
    """Call once. `timeout` in seconds holds for all of it: look-up, connecting, and an answer that drips."""
    begun = time.monotonic()
    heard, error = _Heard(None, "", None), None
    try:
        deadline = Deadline(timeout)
        target = read_url(url, live=live, allow_private=allow_private)
        addresses = resolve_checked(target, allow_private=allow_private, timeout=timeout)
        if addresses:
            heard, error = _call(target, addresses, body, _HEADERS | dict(headers), deadline)
        else:
            error = NOT_FOUND
    except AddressRefused as refused:
        error = refused.reason
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        error = _words(trouble)
    duration_ms = round((time.monotonic() - begun) * 1000)
    return Answer(heard.status, heard.body_start, error, duration_ms, heard.retry_after)


@dataclass(frozen=True, slots=True)
class _Heard:
    status: int | None
    body_start: str
    retry_after: int | None


def _call(
    target: Target, addresses: Sequence[IpAddress], body: bytes, headers: Mapping[str, str], deadline: Deadline
) -> tuple[_Heard, str | None]:
    host = f"[{target.host}]" if ":" in target.host else target.host
    url = f"{target.scheme}://{host}:{target.port}{target.path}"
    with httpx.Client(transport=_PinnedTransport(addresses, deadline), trust_env=False) as client:
        with client.stream("POST", url, content=body, headers=headers) as response:
            start, error = _read(response)
            heard = _Heard(response.status_code, start, _asked_wait(response))
            return heard, REDIRECT if response.is_redirect else error


def _asked_wait(response: httpx.Response) -> int | None:
    """Retry-After of 429, 502, 503 and 504 in seconds: a number, or a date (RFC 9110, 10.2.3); nothing else counts."""
    text = response.headers.get("retry-after", "").strip()
    if response.status_code not in _BUSY or not text:
        return None
    if text.isascii() and text.isdecimal():
        return int(text[:_LONGEST_NUMBER])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0, round((until - real_now()).total_seconds()))


def _read(response: httpx.Response) -> tuple[str, str | None]:
    """The start of the body. The status already says what the receiver thinks, so trouble here changes nothing else."""
    read, error = bytearray(), None
    try:
        for piece in response.iter_raw():
            read += piece
            if len(read) >= READ_AT_MOST:
                break
    except httpx.HTTPError as trouble:
        error = CUT if isinstance(trouble, httpx.TimeoutException) else BROKE_OFF
    # PostgreSQL keeps no NUL in a text.
    return read[:KEPT_OF_BODY].decode(errors="replace").replace("\0", "\ufffd"), error


def _words(trouble: Exception) -> str:
    if isinstance(trouble, httpx.ConnectError):
        return str(trouble)  # only connect.py raises it, in its own words
    if isinstance(trouble, httpx.TimeoutException):
        return NO_ANSWER
    return BROKE_OFF if isinstance(trouble, httpx.NetworkError) else NO_HTTP


@functools.cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _PinnedTransport(httpx.HTTPTransport):
    """Speaks HTTP for the URL's host, but over a connection to one of the addresses that were checked."""

    def __init__(self, addresses: Sequence[IpAddress], deadline: Deadline) -> None:
        super().__init__(verify=_trusted(), trust_env=False)
        backend = PinnedBackend(addresses, deadline)
        self._pool = httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=backend)
