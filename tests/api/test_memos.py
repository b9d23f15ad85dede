"""What a merchant adds to invoices: the customer reads one memo and never the other, and neither changes afterwards."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from tests.harness import Customer, Merchant, Page, Portal

SECRET = "watch-this-account-7731"
MEMO = "Thank you for your loyalty"
SUBSCRIPTION = "/subscription/439772921"


def text_of(pdf: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_both_memos_stand_on_the_invoices_that_follow(portal: Portal, merchant_on_clock: Merchant) -> None:
    merchant = merchant_on_clock
    link = merchant.post(customer_memo=MEMO, internal_memo=SECRET, start_date="2026-01-31").json["link"]
    portal.run_jobs()
    Customer(portal, link).confirm()
    portal.run_jobs()
    found = merchant.subscription()
    assert (found["customer_memo"], found["internal_memo"]) == (MEMO, SECRET)
    [first] = found["invoices"]
    assert (first["customer_memo"], first["internal_memo"]) == (MEMO, SECRET)
    merchant.post({"external_id": "439772921", "customer_memo": "Prices rise in June", "internal_memo": None})
    merchant.advance("2026-03-01T18:00")
    found = merchant.subscription()
    assert (found["customer_memo"], found["internal_memo"]) == ("Prices rise in June", "")
    assert [(one["customer_memo"], one["internal_memo"]) for one in found["invoices"]] == [
        (MEMO, SECRET),
        ("Prices rise in June", ""),
    ]


def test_a_memo_is_no_new_version_and_the_same_again_is_no_news(merchant: Merchant) -> None:
    merchant.post(customer_memo=MEMO)
    before = merchant.subscription()
    again = merchant.post({"external_id": "439772921", "customerMemo": MEMO})
    assert (again.json["version"], merchant.subscription()["sequence"]) == (1, before["sequence"])
    changed = merchant.post({"external_id": "439772921", "internal_memo": SECRET})
    assert changed.json["version"] == 1
    assert merchant.subscription()["customer_memo"] == MEMO  # what is left out keeps its value
    [line] = [one for one in merchant.call("GET", f"{SUBSCRIPTION}/log", "v3").json["data"] if one["changes"]][:1]
    assert line["changes"] == [{"field": "internal_memo", "old": None, "new": SECRET}]


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_a_memo_is_written_in_the_casing_of_the_version_and_read_in_both(merchant: Merchant, version: str) -> None:
    merchant.post(internalMemo=SECRET)
    name = "internalMemo" if version == "v4" else "internal_memo"
    assert merchant.subscription(version=version)[name] == SECRET


def test_the_internal_memo_is_on_no_page_message_or_paper_of_the_customers(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    """Every address under /p/ that the application has, with whatever of the customer's it may name."""
    merchant = merchant_on_clock
    link = merchant.post(customer_memo=MEMO, internal_memo=SECRET, start_date="2026-01-31").json["link"]
    portal.run_jobs()
    customer = Customer(portal, link)
    seen = [customer.page().text]
    customer.confirm()
    portal.run_jobs()
    found = merchant.subscription()
    ids = {
        "payment_id": found["invoices"][0]["payments"][0]["id"],
        "invoice_id": found["invoices"][0]["id"],
        "token": customer.path.rpartition("/")[2],
    }
    papers = 0
    for path in _addresses(portal.app, ids):
        answer = portal.client.get(path)
        assert answer.status_code < 500, path
        if answer.mimetype == "application/pdf":
            papers += 1
            seen.append(text_of(answer.data))
        else:
            seen.append(answer.get_data(as_text=True))
    assert papers >= 2
    assert sum(MEMO in text for text in seen) >= 2  # on the receipt and on the invoice
    seen += [f"{one['subject']} {one['body']}" for one in merchant.messages()]
    seen.append(portal.client.get("/sandbox/phone").text)
    assert [text for text in seen if SECRET in text] == []


def _addresses(app: Flask, ids: dict[str, str]) -> list[str]:
    """Every GET under /p/, with the customer's own ids in its holes."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/p/") and "GET" in (rule.methods or set()):
            path = re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda hole: ids.get(hole.group(1), "x"), rule.rule)
            found.append(path)
    assert len(found) > 10
    return found


def test_the_memo_for_the_customer_is_printed_line_by_line(portal: Portal, merchant: Merchant) -> None:
    link = merchant.post(customer_memo="First line\nSecond line").json["link"]
    Customer(portal, link).confirm()
    portal.run_jobs()
    payment = merchant.subscription()["invoices"][0]["payments"][0]["id"]
    pdf = portal.client.get(f"{Customer(portal, link).path}/receipt/{payment}.pdf")
    assert pdf.mimetype == "application/pdf", Page(pdf).text[:300]
    assert "First line Second line" in text_of(pdf.data)


def test_what_was_sent_about_an_invoice_is_listed_with_it(portal: Portal, merchant: Merchant) -> None:
    """HF30: a refusal is told by text; the ask itself, before any invoice, is not about one."""
    link = merchant.post().json["link"]
    portal.run_jobs()
    Customer(portal, link).confirm("4000 0000 0000 0341")
    portal.run_jobs()
    [invoice] = merchant.subscription()["invoices"]
    [told] = invoice["notifications"]
    assert (told["channel"], told["purpose"], told["status"]) == ("sms", "payment_failed", "delivered")
    assert told["sent_at"]
    assert "222" not in told["to"]
    assert told["to"].endswith("33")
    own = merchant.call("GET", f"{SUBSCRIPTION}/notifications", "v3").json["data"]
    assert told in own
    assert len(own) == 2
    [listed] = merchant.call("GET", f"{SUBSCRIPTION}/invoices", "v3").json["data"]
    assert listed == invoice


def test_the_link_by_which_an_instalment_is_asked_is_listed_with_its_invoice(portal: Portal) -> None:
    merchant = portal.merchant(clock="2026-01-31T18:00")
    made: Any = merchant.post(collection="link", start_date="2026-01-31")
    assert made.status_code == 200, made.text
    portal.run_jobs()
    [invoice] = merchant.subscription()["invoices"]
    [told] = invoice["notifications"]
    assert (told["purpose"], told["status"]) == ("instalment", "delivered")
