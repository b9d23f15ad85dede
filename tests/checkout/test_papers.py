"""Receipts and invoices: the right words for the right person, and a PDF that is the same whenever it is asked for."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from portal.billing.models import Invoice, Payment
from portal.billing.papers.paper import Paper, PaperFact, PaperLine
from portal.billing.papers.pdf import FONTS, draw
from portal.core.database import session
from portal.links.models import Link
from tests.harness import Customer, Merchant, Page, Portal

PAPER = Paper(
    title="Receipt",
    merchant="Acme Fitness",
    amount_text="$34.99",
    amount_note="paid on Saturday, January 31, 2026",
    lines=(PaperLine(label="Gold+ Plan", amount_text="$34.99", note="January 31 to February 27, 2026"),),
    total_label="Total paid",
    facts=(PaperFact(label="Paid with", value="Visa ending 4242"),),
    written_at=datetime(2026, 1, 31, 9, tzinfo=UTC),
    number="INV-000142",
    number_words="Number INV-000142",
)


@pytest.fixture
def shop(merchant_on_clock: Merchant) -> Merchant:
    return merchant_on_clock


def subscribe(portal: Portal, shop: Merchant, **changes: object) -> Customer:
    customer = Customer(portal, shop.post(**changes).json["link"])
    customer.confirm()
    portal.run_jobs()
    return customer


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def receipt_path(page: Page) -> str:
    [path] = re.findall(r'href="([^"]+/receipt/[^".]+)"', page.text)
    return str(path)


def test_a_payment_has_a_receipt_to_read_and_to_keep(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop)
    path = receipt_path(customer.page())
    page = Page(portal.client.get(path))
    assert (page.status, page.heading) == (200, "Receipt")
    for said in ("INV-000001", "$34.99", "Saturday, January 31, 2026", "Visa ending 4242", "Version 1", "Gold+ Plan"):
        assert said in page.text
    assert f'href="{path}.pdf"' in page.text
    assert page.answer.headers["Cache-Control"] == "no-store"
    file = portal.client.get(f"{path}.pdf")
    assert (file.status_code, file.mimetype) == (200, "application/pdf")
    assert "receipt-INV-000001.pdf" in file.headers["Content-Disposition"]
    assert file.headers["X-Robots-Tag"].startswith("noindex")
    assert file.data == portal.client.get(f"{path}.pdf").data
    said = words(file.data)
    for part in ("Acme Fitness", "Receipt", "INV-000001", "$34.99", "January 31, 2026", "Visa ending 4242"):
        assert part in said
    assert "Doe" not in page.text + said


def test_an_invoice_is_a_pdf_with_its_number_and_its_customer(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop)
    page = Page(portal.client.get(receipt_path(customer.page())))
    [path] = re.findall(r'href="([^"]+/invoice/[^"]+\.pdf)"', page.text)
    file = portal.client.get(path)
    assert "invoice-INV-000001.pdf" in file.headers["Content-Disposition"]
    said = words(file.data)
    for part in ("Invoice", "INV-000001", "John Doe", "Jan 31, 2026 to Feb 27, 2026", "Total paid", "Version 1"):
        assert part in said


def test_a_link_shows_the_papers_of_its_own_subscription_alone(portal: Portal, shop: Merchant) -> None:
    own = subscribe(portal, shop)
    other = Customer(portal, shop.post(external_id="other").json["link"])
    payment, invoice = portal.row(Payment), portal.row(Invoice)
    for paper in (f"receipt/{payment.id}", f"receipt/{payment.id}.pdf", f"invoice/{invoice.id}.pdf"):
        assert portal.client.get(f"{own.path}/{paper}").status_code == 200
        assert portal.client.get(f"{other.path}/{paper}").status_code == 404
        assert portal.client.get(f"/p/{'x' * 22}/{paper}").status_code == 404
    for nothing in ("receipt/nothing", "receipt/nothing.pdf", f"receipt/{invoice.id}", f"invoice/{payment.id}.pdf"):
        assert portal.client.get(f"{own.path}/{nothing}").status_code == 404


def test_what_was_not_paid_has_no_paper(portal: Portal, shop: Merchant) -> None:
    customer = Customer(portal, shop.post().json["link"])
    customer.confirm("4000 0000 0000 0341")
    portal.run_jobs()
    assert portal.client.get(f"{customer.path}/receipt/{portal.row(Payment).id}").status_code == 404
    assert portal.client.get(f"{customer.path}/invoice/{portal.row(Invoice).id}.pdf").status_code == 404
    assert "/receipt/" not in customer.page().text


def test_a_revoked_link_opens_no_paper_and_a_closed_subscription_keeps_its_own(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop)
    path = receipt_path(customer.page())
    shop.post(active=False)
    assert customer.page().status == 410
    assert portal.client.get(path).status_code == 200
    with portal.writing():
        session().query(Link).update({"revoked_at": datetime(2026, 2, 1, tzinfo=UTC)})
    assert portal.client.get(path).status_code == 404


def test_the_papers_and_the_page_say_what_was_sent_back(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop)
    path = receipt_path(customer.page())
    payment = portal.row(Payment)
    shop.call("POST", f"/payment/{payment.id}/refund", json={"amount_minor": 1000})
    page = customer.page()
    assert "$10.00 was sent back to you." in page.text
    assert "$34.99 was taken from your Visa ending 4242." in page.text
    assert "Sent back" in portal.client.get(path).text
    assert "$10.00 on Saturday, January 31, 2026" in words(portal.client.get(f"{path}.pdf").data)
    shop.call("POST", f"/payment/{payment.id}/refund")
    assert "$34.99 was sent back to you." in customer.page().text


def test_looking_at_papers_changes_nothing(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop)
    path, before = receipt_path(customer.page()), portal.the_subscription().sequence
    for address in (path, f"{path}.pdf"):
        assert portal.client.head(address).status_code == 200
        assert "Set-Cookie" not in portal.client.get(address).headers
    portal.run_jobs()
    assert portal.the_subscription().sequence == before


def test_the_same_paper_is_the_same_bytes() -> None:
    assert draw(PAPER) == draw(PAPER)
    assert draw(PAPER) != draw(replace(PAPER, amount_text="$35.99"))


def test_names_of_many_scripts_are_drawn() -> None:
    names = ("Søren Ærø", "Éloïse Œuvrard", "Łukasz Żółć", "Ελένη", "Пётр", "شركة النخلة")
    facts = tuple(PaperFact(label="Name", value=name) for name in names)
    said = words(draw(replace(PAPER, facts=facts)))
    for name in names[:5]:
        assert name in said
    assert b"DejaVu" in draw(PAPER)


def test_an_arabic_paper_joins_its_letters_and_keeps_its_numbers() -> None:
    arabic = replace(
        PAPER, locale="ar", title="إيصال", merchant="نادي الواحة", amount_text="AED\u00a0100.00",
        facts=(PaperFact(label="مرجع البنك", value="sbx_0123456789", is_id=True),),
    )  # fmt: skip
    said = words(draw(arabic))
    assert "AED 100.00" in said.replace("\u00a0", " ")
    assert "sbx_0123456789" in said
    assert "INV-000142" in said


def test_a_very_long_paper_goes_on_on_the_next_page() -> None:
    lines = tuple(PaperLine(label=f"Line {n} " + "and more words " * 30, amount_text=f"${n}.00") for n in range(60))
    pages = PdfReader(io.BytesIO(draw(replace(PAPER, lines=lines)))).pages
    assert len(pages) > 3
    assert "Line 59" in pages[-1].extract_text() + pages[-2].extract_text()


def test_text_of_customers_is_text_and_nothing_else() -> None:
    evil = "<b>bold</b> **bold** (Tj) \\) /JS (app.alert(1)) <script>alert(1)</script>\n\x00\x07"
    file = draw(replace(PAPER, merchant=evil, lines=(PaperLine(label=evil, amount_text="$1.00"),)))
    assert "<script>alert(1)</script>" in words(file)
    catalog = PdfReader(io.BytesIO(file)).trailer["/Root"]
    assert {"/OpenAction", "/AA", "/Names", "/AcroForm"} & set(catalog) <= {"/OpenAction"}
    assert "/JavaScript" not in str(catalog)


def test_the_fonts_are_the_ones_that_are_named() -> None:
    table = (FONTS / "VENDORED.md").read_text()
    for font in FONTS.glob("*.ttf"):
        assert hashlib.sha256(font.read_bytes()).hexdigest() in table
        assert f"`{font.name}`" in table
    assert (FONTS / "DejaVuSansCondensed.LICENSE").read_text().startswith("Fonts are (c) Bitstream")
