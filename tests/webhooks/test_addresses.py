"""The address guard of webhooks: rows S01 to S08 of the attack catalogue."""

from __future__ import annotations

import socket
import threading
from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.webhooks import addresses
from portal.webhooks.addresses import AddressRefused, check_address, check_resolved, check_url, read_url, resolve

PRIVATE_V4 = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255",
]  # fmt: skip
PRIVATE_V6 = [
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::a00:1",
    "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001:0:a00:1::1", "2001:db8::1", "2002:a00:1::",
    "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
    "ff0e::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "2001:4860:4860::8888"]


@pytest.fixture(autouse=True)
def _nothing_is_our_own():
    addresses.configure()


def refusal(url, *, live=True, allow_private=False):
    with pytest.raises(AddressRefused) as refused:
        check_url(url, live=live, allow_private=allow_private)
    return refused.value.reason


def the_dns_says(monkeypatch, *answers):
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **_: [(0, 0, 0, "", (answer, port)) for answer in answers]
    )


@pytest.mark.parametrize("text", PRIVATE_V4 + PRIVATE_V6)
def test_an_address_inside_is_refused(text):
    with pytest.raises(AddressRefused, match="not on the public internet"):
        check_address(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_taken(text):
    address = ip_address(text)
    check_address(address)
    written = f"[{text}]" if address.version == 6 else text
    assert read_url(f"https://{written}/", live=True, allow_private=False).literal == address


@pytest.mark.parametrize("text", PRIVATE_V4)
def test_an_ipv4_address_inside_is_refused_as_the_host_of_a_url(text):
    assert refusal(f"https://{text}/x")


@pytest.mark.parametrize("text", PRIVATE_V6)
def test_an_ipv6_address_inside_is_refused_as_the_host_of_a_url(text):
    assert refusal(f"https://[{text}]:8443/x")


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0177.1", "127.1", "127.0.1", "0177.0.0.01", "0x7F.0x1",
        "127.0.0.1.", "10.1", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "0", "0x0", "00",
        "１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "127.0.0.%31",
    ],
)  # fmt: skip
def test_loopback_and_metadata_are_refused_in_every_spelling(host):
    assert refusal(f"https://{host}/")


@given(st.integers(0x0A000000, 0x0AFFFFFF), st.sampled_from(["{0}", "{0:#x}", "0{0:o}", "{1}.{2}", "{1:#x}.0{2:o}"]))
def test_no_spelling_of_a_private_network_gets_through(number, spelling):
    host = spelling.format(number, number >> 24, number & 0xFFFFFF)
    assert "not on the public internet" in refusal(f"https://{host}/")


@pytest.mark.parametrize("host", ["256.1", "1.2.3.4.5", "08.1", "4294967296", "0x", "example.1", "1.2.3.0x100"])
def test_a_host_that_ends_in_a_number_but_is_no_address_is_refused(host):
    assert "cannot be read" in refusal(f"https://{host}/")


def test_an_odd_spelling_of_a_public_address_is_made_plain():
    assert read_url("https://134744072/", live=True, allow_private=False).host == "8.8.8.8"
    assert (
        read_url("https://[2606:4700:4700:0:0:0:0:1111]/", live=True, allow_private=False).host
        == "2606:4700:4700::1111"
    )


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "app.localhost", "printer.local", "metadata.google.internal",
     "x.INTERNAL.", "intranet", "ⓛocalhost", "localhost%00.example.com", "fe80::1%25eth0", "[fe80::1%25eth0]",
     "[::1", "[v1.x]", "", ".", "a..b", "-a.example", "a_b-.example", "a" * 64 + ".example", ".".join(["a" * 60] * 5)],
)  # fmt: skip
def test_names_of_the_inside_and_hosts_that_cannot_be_read_are_refused(host):
    assert refusal(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "unix:///run/x.sock", "//example.com/",
        "example.com/hooks", "https:example.com", "https:///example.com", "javascript:alert(1)", "", "https://",
        "https://user:secret@example.com/", "https://user@example.com/", "https://@example.com/",
        "https://example.com#@127.0.0.1/", "https://example.com/#top", "https://example.com\\@127.0.0.1/",
        "https://exam\tple.com/", "https://example.com/\r\nHost: x", "https://example.com/a b", " https://example.com/",
        "https://example.com/\u00a0", "https://example.com/\u200b", "https://example.com\x00/", "https://ex\u202emoc.elpma/",
        "https://example.com:http/", "https://example.com:99999/", "https://example.com:-1/", "https://example.com:٤٤٣/",
        "https://example.com／.evil.example/", "https://example.com:0/",
    ],
)  # fmt: skip
def test_urls_that_two_readers_could_read_differently_are_refused(url):
    assert refusal(url, live=False)


@pytest.mark.parametrize("port", [22, 23, 25, 110, 445, 1023, 1433, 1521, 2375, 2379, 3306, 5432, 5672, 5984, 6379,
                                  6380, 8500, 9042, 9200, 11211, 15672, 27017])  # fmt: skip
def test_ports_of_other_services_are_refused(port):
    assert str(port) in refusal(f"https://example.com:{port}/")


@pytest.mark.parametrize("port", [80, 443, 1024, 3000, 5000, 8000, 8080, 8443, 49152, 65535])
def test_ports_of_the_web_are_taken(port):
    assert read_url(f"https://example.com:{port}/x?y=1", live=True, allow_private=False).port == port


def test_a_live_site_needs_https_and_a_sandbox_takes_http_too():
    assert "https://" in refusal("http://example.com/", live=True)
    assert read_url("http://example.com/", live=False, allow_private=False).port == 80
    assert read_url("https://example.com", live=True, allow_private=False).path == "/"


def test_an_international_name_is_turned_to_punycode():
    assert read_url("https://BÜCHER.example/hooks", live=True, allow_private=False).host == "xn--bcher-kva.example"
    assert read_url("https://xn--fa-hia.de/", live=True, allow_private=False).host == "xn--fa-hia.de"


def test_a_name_that_two_editions_of_the_standard_read_differently_is_refused():
    assert "xn--" in refusal("https://faß.de/")


def test_a_very_long_url_is_refused():
    assert "2048" in refusal("https://example.com/" + "a" * 2048)


def test_tests_may_allow_private_addresses_but_no_other_port_or_scheme():
    check_url("http://127.0.0.1:8000/", live=False, allow_private=True)
    check_url("http://localhost:8000/", live=False, allow_private=True)
    assert refusal("http://127.0.0.1:6379/", live=False, allow_private=True)
    assert refusal("http://127.0.0.1:8000/", live=True, allow_private=True)


def test_every_address_of_a_name_must_be_public(monkeypatch):
    the_dns_says(monkeypatch, "8.8.8.8", "2606:4700:4700::1111", "10.0.0.1")
    with pytest.raises(AddressRefused) as refused:
        check_resolved("https://mixed.example/", live=True, allow_private=False)
    assert "10.0.0.1" not in refused.value.reason


def test_a_name_with_public_addresses_gives_each_of_them_once(monkeypatch):
    the_dns_says(monkeypatch, "8.8.8.8", "8.8.8.8", "2606:4700:4700::1111")
    found = check_resolved("https://good.example/", live=True, allow_private=False)
    assert found == [ip_address("8.8.8.8"), ip_address("2606:4700:4700::1111")]


def test_a_real_lookup_of_this_machine_is_refused():
    assert IPv4Address("127.0.0.1") in resolve("127.0.0.1", 80)
    with pytest.raises(AddressRefused):
        check_resolved("http://127.0.0.1:8000/", live=False, allow_private=False)


def test_a_name_that_does_not_resolve_has_no_addresses():
    assert check_resolved("https://nobody.invalid/", live=True, allow_private=False) == []


def test_a_lookup_that_hangs_is_given_up(monkeypatch):
    released = threading.Event()

    def hang(*_, **__):
        released.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    assert resolve("slow.example", 443, timeout=0.05) == []
    released.set()
