"""Receipts, invoices and what was agreed to: all of the link's subscription, a dozen at a time, nobody else's."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader

from portal.billing.models import Consent, Payment
from tests.checkout.own.told import looks, words
from tests.checkout.test_query_counts import counted
from tests.harness import Customer, Merchant, Page, Portal


def papers(page: Page) -> list[str]:
    return re.findall(r'href="[^"]*/receipt/([0-9a-f-]+)"', page.text)


def test_each_payment_has_its_receipt_and_its_invoice(portal: Portal, confirmed: Customer) -> None:
    page = looks(confirmed, "papers")
    assert page.heading == "Receipts and invoices"
    assert "$34.99 on Saturday, January 31" in words(page)
    hrefs = re.findall(r'href="(/p/[^"]*\.pdf)"', page.text)
    assert len(hrefs) == 2
    for href in hrefs:
        assert confirmed.portal.client.get(href).mimetype == "application/pdf"


def test_older_ones_stand_on_the_next_page_and_none_twice(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    merchant_on_clock.advance("2028-02-10T00:00")
    seen, address = [], f"{confirmed.path}/papers"
    while address:
        page = Page(portal.client.get(address))
        seen.append(papers(page))
        older = re.search(r'href="([^"]*before=[^"]*)"', page.text)
        address = older.group(1) if older else ""
    assert [len(shown) for shown in seen] == [12, 12, 1]
    newest_first = sorted(portal.rows(Payment), key=lambda payment: payment.paid_at, reverse=True)
    assert [one for shown in seen for one in shown] == [str(payment.id) for payment in newest_first]


def test_the_lists_ask_the_database_as_often_after_two_years_as_after_a_month(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    asked = []
    for until in ("2026-02-10T00:00", "2028-02-10T00:00"):
        merchant_on_clock.advance(until)
        for name in ("papers", "agreed", "choices", "genuine", "pause", "cancel", "dates.ics"):
            with counted(portal) as statements:
                assert confirmed.portal.client.get(f"{confirmed.path}/{name}").status_code == 200
            asked.append(len(statements))
    assert asked[:7] == asked[7:]
    assert max(asked) <= 12


def test_a_page_that_begins_after_somebody_elses_payment_begins_at_the_newest(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    other = Customer(portal, merchant_on_clock.post(external_id="2", customer={"email": "b@abc.com"}).json["link"])
    other.confirm()
    portal.run_jobs()
    theirs = next(p for p in portal.rows(Payment) if str(p.id) not in looks(confirmed, "papers").text)
    page = Page(portal.client.get(f"{confirmed.path}/papers?before={theirs.id}"))
    assert papers(page) == papers(looks(confirmed, "papers"))
    assert str(theirs.id) not in page.text


def test_what_was_agreed_to_stands_there_word_for_word_as_page_and_as_pdf(portal: Portal, confirmed: Customer) -> None:
    consent = portal.row(Consent)
    page = looks(confirmed, "agreed")
    assert consent.shown in words(page)
    assert "You, on Saturday, January 31 . Version 1." in words(page)
    assert "Nothing of it has changed since." in words(page)
    answer = portal.client.get(f"{confirmed.path}/agreed.pdf")
    assert answer.mimetype == "application/pdf"
    text = " ".join(PdfReader(io.BytesIO(answer.data)).pages[0].extract_text().split())
    assert "What you agreed to" in text
    assert consent.shown_hash[:16] in text
    assert "$34.99 today, then every month" in text
    assert portal.client.get(f"{confirmed.path}/agreed.pdf").data == answer.data


def test_a_later_change_is_told_with_both_values_and_from_when(
    portal: Portal, merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    merchant_on_clock.post(amount=39.99)
    waiting = words(looks(confirmed, "agreed"))
    assert "It does not count before you have been told." in waiting
    portal.run_jobs()
    told = words(looks(confirmed, "agreed"))
    assert "It counts from the payment of Saturday, February 28." in told
    assert re.search(r"was \$34\.99 now \$39\.99", told)
    assert portal.row(Consent).shown in told
    merchant_on_clock.advance("2026-03-05T00:00")
    assert "It counts since the payment of Saturday, February 28." in words(looks(confirmed, "agreed"))


def test_before_the_yes_there_are_no_papers(customer: Customer) -> None:
    for page in ("papers", "agreed", "agreed.pdf", "dates.ics"):
        assert looks(customer, page).status == 303
        assert customer.portal.client.get(f"/p/{'A' * 22}/{page}").status_code == 404
