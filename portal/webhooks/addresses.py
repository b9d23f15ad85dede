"""Which addresses a webhook may go to: public ones only, however they are spelled, at save and again at connect."""

from __future__ import annotations

import queue
import re
import socket
import threading
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

IpAddress = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

OURS = "x-portal-webhook"  # a header of every call of ours: one that comes back to us by another name is refused
LONGEST_URL = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Services that read lines or answer HTTP without a password: a request of ours must never reach one.
_SERVICE_PORTS = frozenset({
    1099, 1433, 1434, 1521, 1883, 2049, 2181, 2375, 2376, 2377, 2379, 2380, 3128, 3306, 3389, 4369, 5432,
    5433, 5671, 5672, 5900, 5984, 5985, 5986, 6000, 6379, 6380, 6443, 6667, 7474, 7687, 8086, 8125, 8200,
    8300, 8500, 8600, 9000, 9042, 9092, 9160, 9200, 9300, 10250, 10255, 11211, 15672, 25672, 26257, 26379,
    27017, 27018, 27019, 28017, 61613, 61616,
})  # fmt: skip
_INSIDE_NAMES = ("internal", "local", "localhost")
# What the standard library calls global, or not, depending on its version, and what only clouds use as their own.
_REFUSED_V4 = tuple(
    ip_network(text) for text in ("100.64.0.0/10", "168.63.129.16", "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/3")
)
_REFUSED_V6 = tuple(ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
# Everything else, such as mapped, NAT64 and local forms, lies outside of the one range of public IPv6 addresses.
_PUBLIC_V6 = ip_network("2000::/3")
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)\Z")
_UNREADABLE_HOST = "The host cannot be read. Write a name such as example.com."
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")


class AddressRefused(Exception):
    """We do not send there; `reason` says why in plain words and never what lies behind the address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: `host` in ASCII (punycode, or a canonical IP without brackets), `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> IpAddress | None:
        """The IP address if the host is one."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None


_own: frozenset[tuple[str, int]] = frozenset()


def configure(*own_urls: str) -> None:
    """Where this portal itself answers: a webhook to it would go round in circles."""
    global _own
    _own = frozenset(_place(url) for url in own_urls)


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)


def check_url(url: str, *, live: bool, allow_private: bool) -> None:
    """Refuse what can be refused without a look-up. Raises AddressRefused."""
    read_url(url, live=live, allow_private=allow_private)


def check_resolved(url: str, *, live: bool, allow_private: bool, timeout: float = 1.0) -> list[IpAddress]:
    """Check the URL and every address its host has now. Raises AddressRefused for the first one that is not public.

    An empty list means that the host does not resolve: fine when an address is saved, refused when connecting.
    """
    target = read_url(url, live=live, allow_private=allow_private)
    return resolve_checked(target, allow_private=allow_private, timeout=timeout)


def resolve_checked(target: Target, *, allow_private: bool, timeout: float) -> list[IpAddress]:
    """The addresses of the target's host, as `check_resolved` gives them. Raises AddressRefused."""
    addresses = resolve(target.host, target.port, timeout)
    if not allow_private:
        for address in addresses:
            check_address(address)
    return addresses


def check_address(ip: IpAddress) -> None:
    """Refuse every address that is not plainly on the public internet. Raises AddressRefused."""
    if isinstance(ip, IPv4Address):
        public = ip.is_global and not _within(ip, _REFUSED_V4)
    else:
        public = ip in _PUBLIC_V6 and ip.is_global and not _within(ip, _REFUSED_V6)
    if not public:
        raise AddressRefused("The host has an address that is not on the public internet.")


def _within(ip: IpAddress, networks: tuple[_Network, ...]) -> bool:
    return any(ip in network for network in networks)


def resolve(host: str, port: int, timeout: float = 1.0) -> list[IpAddress]:
    """All A and AAAA addresses of the host, each once; empty when there are none, or no answer in `timeout` seconds."""
    answers: queue.SimpleQueue[list[IpAddress]] = queue.SimpleQueue()
    # The system's look-up has no time limit of its own; a daemon thread may outlive our patience and holds nobody up.
    threading.Thread(target=lambda: answers.put(_look_up(host, port)), daemon=True, name="look-up").start()
    try:
        return answers.get(timeout=timeout)
    except queue.Empty:
        return []


def _look_up(host: str, port: int) -> list[IpAddress]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


def read_url(url: str, *, live: bool, allow_private: bool) -> Target:
    """Take a URL apart and check each part. Raises AddressRefused."""
    if len(url) > LONGEST_URL:
        raise AddressRefused(f"The address is longer than {LONGEST_URL} characters.")
    if any(sign.isspace() or not sign.isprintable() or sign in "\\#" for sign in url):
        raise AddressRefused("The address must not have spaces, control characters, a backslash or a #.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("The address cannot be read. Write it like https://example.com/webhooks.") from None
    _check_scheme(parts, live=live)
    target = Target(
        parts.scheme,
        _read_host(parts.hostname or "", bracketed="[" in parts.netloc),
        _DEFAULT_PORTS[parts.scheme] if port is None else port,
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    _check_port(target.port)
    if (target.host, target.port) in _own:
        raise AddressRefused("This is the address of the portal itself. Give one of your own.")
    if not allow_private:
        _check_host(target)
    return target


def _check_scheme(parts: SplitResult, *, live: bool) -> None:
    if parts.scheme not in ({"https"} if live else {"http", "https"}):
        raise AddressRefused(
            "The address must begin with https://." if live else "It must begin with https:// or http://."
        )
    if "@" in parts.netloc:
        raise AddressRefused("The address must not hold a user name or password.")


def _check_port(port: int) -> None:
    if (port < 1024 and port not in {80, 443}) or port in _SERVICE_PORTS:
        raise AddressRefused(f"Port {port} is not for webhooks. Use 443.")


def _check_host(target: Target) -> None:
    if target.literal is not None:
        check_address(target.literal)
    elif "." not in target.host or target.host.rpartition(".")[2] in _INSIDE_NAMES:
        raise AddressRefused("The host must have a name on the public internet.")


def _read_host(host: str, *, bracketed: bool) -> str:
    """The host in the one spelling that is checked, looked up and sent. Raises AddressRefused."""
    try:
        if bracketed:
            return str(IPv6Address(host))
        name = _in_ascii(host.removesuffix("."))
        if _NUMERIC_LABEL.match(name.rpartition(".")[2]):
            # What ends in a number is read as IPv4 by the system: 2130706433, 0x7f.1, 0177.1 and 127.1 are loopback.
            return str(IPv4Address(socket.inet_aton(name)))
    except (ValueError, OSError):
        raise AddressRefused(_UNREADABLE_HOST) from None
    if len(name) > 253 or not _NAME.match(name):
        raise AddressRefused(_UNREADABLE_HOST)
    return name


def _in_ascii(name: str) -> str:
    """The name in punycode. Raises ValueError for what is no name, AddressRefused for what could be two."""
    spelled = name.encode("idna").decode("ascii").lower()
    # The two editions of the standard disagree about a few letters (ß, ς): each would lead to another host.
    if not name.isascii() and spelled.encode("ascii").decode("idna") != unicodedata.normalize("NFC", name).lower():
        raise AddressRefused("The host name can be read in two ways. Write it in its xn-- form.")
    return spelled
