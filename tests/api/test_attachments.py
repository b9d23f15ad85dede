"""Attachments: known by their content, kept whole, given to the key's site and to the customer of the subscription."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest

from portal.subscriptions.attachments import Attachment
from tests.harness import Customer, Merchant, Portal


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 20 + b"\xff\xd9"


def send(merchant: Merchant, content: bytes, name: str = "contract.pdf", version: str = "v3") -> Any:
    return merchant.call("POST", "/attachment", version, data={"file": (io.BytesIO(content), name)})


def offered(portal: Portal, merchant: Merchant, *references: Any) -> Customer:
    answer = merchant.post(attachment_refs=list(references))
    assert answer.status_code == 200, answer.text
    return Customer(portal, answer.json["link"])


@pytest.mark.parametrize(
    ("content", "media_type", "name", "kept_as"),
    [
        (PDF, "application/pdf", "contract.pdf", "contract.pdf"),
        (PNG, "image/png", "logo.pdf", "logo.png"),
        (JPEG, "image/jpeg", "", "document.jpg"),
        (PDF, "application/pdf", "../../etc/pass\u202ewd.html", "etc pass wd.pdf"),
    ],
)
def test_the_content_decides_what_a_file_is(
    merchant: Merchant, content: bytes, media_type: str, name: str, kept_as: str
) -> None:
    added = send(merchant, content, name or "x")
    if name:
        assert added.json["name"] == kept_as
    assert (added.status_code, added.json["media_type"], added.json["size"]) == (200, media_type, len(content))
    got = merchant.call("GET", f"/attachment/{added.json['id']}")
    assert (got.data, got.mimetype) == (content, media_type)
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]


def test_a_file_may_be_the_body_itself(merchant: Merchant) -> None:
    added = merchant.call("POST", "/attachment?name=terms.pdf", data=PDF, content_type="application/pdf")
    assert (added.status_code, added.json["name"]) == (200, "terms.pdf")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><script>alert(1)</script>", b"GIF89a", b"PK\x03\x04", b"<svg xmlns='x'/>", b"%PDF-", b"\xff\xd8\xff"],
)
def test_what_is_no_pdf_png_or_jpeg_is_refused_whatever_it_is_called(
    portal: Portal, merchant: Merchant, content: bytes
) -> None:
    assert send(merchant, content, "contract.pdf").status_code == 415
    assert portal.rows(Attachment) == []


def test_five_megabytes_are_taken_and_one_byte_more_is_not(merchant: Merchant) -> None:
    largest = PDF[:-6] + b" " * (5 * 1024 * 1024 - len(PDF)) + PDF[-6:]
    assert len(largest) == 5 * 1024 * 1024
    assert send(merchant, largest).status_code == 200
    assert send(merchant, largest[:-6] + b" " + largest[-6:]).status_code == 413
    raw = merchant.call("POST", "/attachment", data=largest * 2, content_type="application/pdf")
    assert raw.status_code == 413
    other = merchant.call("POST", "/customer/addUpdate", data=largest, content_type="application/json")
    assert other.status_code == 413


@pytest.mark.parametrize("data", [{}, {"file": "text"}, {"a": (io.BytesIO(PDF), "a"), "b": (io.BytesIO(PDF), "b")}])
def test_a_form_holds_exactly_one_file(merchant: Merchant, data: Any) -> None:
    answer = merchant.call("POST", "/attachment", data=data, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["errors"]) == (422, ["invalid file"])


def test_the_customer_downloads_what_the_subscription_refers_to(portal: Portal, merchant: Merchant) -> None:
    first, second = send(merchant, PDF, "contract.pdf").json["id"], send(merchant, PNG, "map.png").json["id"]
    customer = offered(portal, merchant, first, {"id": second}, "a note of the merchant's own")
    page = customer.page()
    assert "contract.pdf" in page.text
    assert "map.png" in page.text
    got = portal.client.get(f"{customer.path}/document/{first}")
    assert (got.status_code, got.data) == (200, PDF)
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "Set-Cookie" not in got.headers
    customer.confirm()
    portal.run_jobs()
    assert "contract.pdf" in customer.page().text


def test_a_file_that_the_subscription_does_not_refer_to_is_unknown_to_its_customer(
    portal: Portal, merchant: Merchant
) -> None:
    shown, hidden = send(merchant, PDF).json["id"], send(merchant, PNG).json["id"]
    customer = offered(portal, merchant, shown)
    for wanted in (hidden, "nonsense", merchant.site_id):
        assert portal.client.get(f"{customer.path}/document/{wanted}").status_code == 404
    merchant.post(attachment_refs=[])
    assert portal.client.get(f"{customer.path}/document/{shown}").status_code == 404
    assert portal.client.get(f"/p/xxxxxxxxxxxxxxxxxxxxxx/document/{shown}").status_code == 404


def test_another_sites_file_is_unknown_by_key_and_by_reference(portal: Portal, merchant: Merchant) -> None:
    own = send(merchant, PDF).json["id"]
    stranger = portal.merchant("Stranger")
    assert stranger.call("GET", f"/attachment/{own}").status_code == 404
    customer = offered(portal, stranger, own)
    assert "contract.pdf" not in customer.page().text
    assert portal.client.get(f"{customer.path}/document/{own}").status_code == 404


def test_a_withdrawn_link_gives_no_file(portal: Portal, merchant: Merchant) -> None:
    own = send(merchant, PDF).json["id"]
    customer = offered(portal, merchant, own)
    merchant.post(active=False)
    assert portal.client.get(f"{customer.path}/document/{own}").status_code == 404
