"""Connections to addresses that were checked and to no others, under one deadline: the network side of a delivery."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import IPv6Address

import httpcore

from portal.webhooks.addresses import IpAddress

NOTHING_THERE = "Nothing answers at this address."
NOT_SECURE = "No secure connection could be made."
UNTRUSTED = "The certificate is not from an authority we trust."
# X509_V_ERR_… of OpenSSL.
_CERTIFICATE_WORDS = {
    9: "The certificate is not valid yet.",
    10: "The certificate has expired.",
    62: "The certificate belongs to another host.",
    64: "The certificate belongs to another host.",
}


class Deadline:
    """The moment by which everything must be over, counted from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that remain. Raises TimeoutError when none do."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to one of these addresses whatever the host is called; all that follows ends at the deadline."""

    def __init__(self, addresses: Sequence[IpAddress], deadline: Deadline) -> None:
        self._addresses, self._deadline = addresses, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers; `host` is not looked up again, that is the point."""
        *first, last = self._addresses
        with _told_as(httpcore.ConnectTimeout(), httpcore.ConnectError(NOTHING_THERE)):
            # Each address gets its share of the time, so that one that swallows packets leaves some for the next.
            for others, address in zip(range(len(first), 0, -1), first, strict=True):
                with suppress(OSError):
                    return _Stream(_connect(address, port, self._deadline.left() / (others + 1)), self._deadline)
            return _Stream(_connect(last, port, self._deadline.left()), self._deadline)


def _connect(address: IpAddress, port: int, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET)
    try:
        connection.settimeout(timeout)
        connection.connect((str(address), port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        connection.close()
        raise
    return connection


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at the one deadline, so that a byte a second wins nothing."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection, self._deadline = connection, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _told_as(httpcore.ReadTimeout(), httpcore.ReadError()):
            self._connection.settimeout(self._deadline.left())
            return self._connection.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _told_as(httpcore.WriteTimeout(), httpcore.WriteError()):
            self._connection.settimeout(self._deadline.left())
            self._connection.sendall(buffer)  # the time limit holds for all of it

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Secure the connection. Raises httpcore.ConnectError in words of this module."""
        try:
            with _told_as(httpcore.ConnectTimeout(), httpcore.ConnectError(NOT_SECURE)):
                self._connection.settimeout(self._deadline.left())
                secured = ssl_context.wrap_socket(self._connection, server_hostname=server_hostname)
                return _Stream(secured, self._deadline)
        except (httpcore.NetworkError, httpcore.TimeoutException):
            self.close()
            raise

    def get_extra_info(self, info: str) -> None:
        """Nothing: httpcore then assumes HTTP/1.1 and a connection that is not used again."""


@contextmanager
def _told_as(late: httpcore.TimeoutException, broken: httpcore.NetworkError) -> Iterator[None]:
    try:
        yield
    except TimeoutError as trouble:
        raise late from trouble
    except ssl.SSLCertVerificationError as trouble:
        raise httpcore.ConnectError(_CERTIFICATE_WORDS.get(trouble.verify_code, UNTRUSTED)) from trouble
    except OSError as trouble:
        raise broken from trouble
