"""Pages and their files go compressed to whoever takes it; what an answer's size could give away does not."""

from __future__ import annotations

import gzip

import pytest

from tests.harness import Customer, Portal

TAKES = {"Accept-Encoding": "gzip, deflate, br"}


def test_a_page_is_the_same_whether_it_goes_compressed_or_not(portal: Portal, customer: Customer) -> None:
    plain = portal.client.get(customer.path)
    small = portal.client.get(customer.path, headers=TAKES)
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.content_length == len(small.data) < len(plain.data) / 2
    nonce = plain.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    other = small.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert gzip.decompress(small.data).decode().replace(other, nonce) == plain.text
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "X-Shown-Version" in small.headers["Vary"]


@pytest.mark.parametrize("name", ["js/live.js", "js/vendor/socket.io-client-4.8.4.esm.min.js"])
def test_a_script_goes_compressed_and_is_not_sent_again(portal: Portal, name: str) -> None:
    plain = portal.client.get(f"/static/{name}")
    small = portal.client.get(f"/static/{name}", headers=TAKES)
    assert gzip.decompress(small.data) == plain.data
    known = portal.client.get(f"/static/{name}", headers=TAKES | {"If-None-Match": small.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


@pytest.mark.parametrize("wanted", ["", "identity", "gzip;q=0", "br"])
def test_who_does_not_take_it_gets_it_plain(portal: Portal, customer: Customer, wanted: str) -> None:
    answer = portal.client.get(customer.path, headers={"Accept-Encoding": wanted})
    assert "Content-Encoding" not in answer.headers
    assert "Gold+ Plan" in answer.text


def test_neither_the_console_nor_a_short_answer_nor_the_head_of_a_page(portal: Portal, customer: Customer) -> None:
    for path in ("/console/sign-in", "/healthz"):
        assert "Content-Encoding" not in portal.client.get(path, headers=TAKES).headers
    assert "Content-Encoding" not in portal.client.head(customer.path, headers=TAKES).headers
