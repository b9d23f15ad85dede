"""Which language a customer reads: what was tapped, the record, the browser, the site; and which way it runs."""

from __future__ import annotations

import re

import pytest

from portal.billing.models import Payment
from portal.core.database import session
from portal.core.speech import spoken
from portal.customers.models import Customer as CustomerRow
from portal.links.models import PaymentRequest
from portal.notifications.models import Message
from portal.notifications.render import render
from tests.harness import SAMPLE, Customer, Merchant, Page, Portal

PEOPLE = SAMPLE["customer"]


def ask(portal: Portal, shop: Merchant, locale: str | None = None, **changes: object) -> Customer:
    answer = shop.post(customer=PEOPLE | ({"locale": locale} if locale else {}), **changes)
    assert answer.status_code == 200, answer.text
    portal.run_jobs()
    return Customer(portal, answer.json["link"])


def language_of(page: Page) -> str:
    return re.findall(r'<html lang="(\w+)"', page.text)[0]


@pytest.mark.parametrize(
    ("record", "browser", "site", "expected"),
    [
        ("da", "fr", "ar", "da"),
        (None, "fr", "ar", "fr"),
        (None, "de-DE, fr-CA;q=0.8, en;q=0.9", "ar", "en"),
        (None, "de", "ar", "ar"),
        (None, "", "fr_FR", "fr"),
        (None, "*", "da-DK", "da"),
        (None, "de", "de", "en"),
        (None, "ar;q=0, fr;q=0.1", "da", "fr"),
    ],
)
def test_the_record_comes_before_the_browser_and_the_browser_before_the_site(
    portal: Portal, record: str | None, browser: str, site: str, expected: str
) -> None:
    shop = portal.merchant(locale=site)
    page = ask(portal, shop, record).page(**{"Accept-Language": browser})
    assert language_of(page) == expected
    assert "Accept-Language" in page.answer.headers["Vary"]
    assert "Set-Cookie" not in page.answer.headers


@pytest.mark.parametrize(
    ("wish", "language"), [("fr-CA", "fr"), ("pt_BR", "en"), ("", "en"), ("AR", "ar"), ("x", "en")]
)
def test_a_locale_is_spoken_as_its_language(wish: str, language: str) -> None:
    assert spoken(wish) == language


def taps_language(customer: Customer, page: Page, language: str, **headers: str) -> str:
    """Tap a language at the foot; where that leads."""
    [back] = re.findall(r'name="back" value="([^"]*)"', page.text)
    form = page.hidden("language") | {"language": language, "back": back}
    answer = customer.portal.client.post(f"{customer.path}/choices", data=form, headers=headers)
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_language_tapped_at_the_foot_is_the_customers_from_then_on(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    customer = ask(portal, merchant_on_clock, "en")
    customer.confirm()
    portal.run_jobs()
    page = customer.page()
    offered = re.findall(r'<button name="language" value="(\w+)"[^>]*>([^<]+)<', page.text)
    assert offered == [("fr", "Français"), ("da", "Dansk"), ("ar", "العربية")]
    assert taps_language(customer, page, "da") == customer.path
    assert language_of(customer.page(**{"Accept-Language": "fr"})) == "da"
    genuine = Page(portal.client.get(f"{customer.path}/genuine"))
    assert taps_language(customer, genuine, "fr") == f"{customer.path}/genuine"
    person = portal.row(CustomerRow)
    assert (person.locale, person.locale_chosen) == ("fr", True)
    ask(portal, merchant_on_clock, "en", amount=39.99)
    portal.run_jobs()
    assert "39,99" in merchant_on_clock.messages()[0]["body"]


def test_a_forged_way_back_leads_to_the_page_of_choices(portal: Portal, customer: Customer) -> None:
    customer.confirm()
    portal.run_jobs()
    page = customer.page()
    for back in ("//evil.example", "../x", "https://evil.example", "resume", "pause\r\nX: y"):
        form = page.hidden("language") | {"language": "da", "back": back}
        answer = portal.client.post(f"{customer.path}/choices", data=form)
        assert answer.headers["Location"] == f"{customer.path}/choices?saved=language"


def test_a_scanner_that_submits_every_form_changes_no_language(portal: Portal, customer: Customer) -> None:
    customer.confirm()
    portal.run_jobs()
    taps_language(customer, customer.page(), "da", **{"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"})
    assert language_of(customer.page()) == "en"


def test_on_a_link_that_is_shut_a_language_is_only_looked_at(portal: Portal, customer: Customer) -> None:
    with portal.writing():
        session().query(PaymentRequest).one().status = "replaced"
    page = customer.page()
    assert 'href="?lang=da"' in page.text
    assert 'name="language"' not in page.text


def test_a_language_in_the_address_stays_through_the_card_page_and_back(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    customer = ask(portal, merchant_on_clock, "en")
    page = customer.page()
    danish = f"{customer.path}?lang=da"
    page = Page(portal.client.get(danish))
    assert "Bekræft betalingsmetode" in page.text
    answer = portal.client.post(danish, data=page.hidden("confirm"))
    back = customer.enter_card(answer.headers["Location"])
    assert language_of(back) == "da"
    portal.run_jobs()
    done = Page(portal.client.get(danish))
    assert done.heading == "Alt er på plads"
    [receipt] = re.findall(r'href="([^"]+/receipt/[^"]+)"', done.text)
    assert language_of(Page(portal.client.get(receipt.replace("&amp;", "&")))) == "da"
    assert language_of(customer.page()) == "da"  # who says yes in a language has chosen it
    person = portal.row(CustomerRow)
    assert (person.locale, person.locale_chosen) == ("da", True)


def test_a_page_that_asks_for_one_thing_has_one_button_and_looking_at_a_language_saves_nothing(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    customer = ask(portal, merchant_on_clock, "en")
    assert re.findall(r"<button[^>]*>([^<]+)<", customer.page().text) == ["Confirm payment method"]
    assert language_of(Page(portal.client.get(f"{customer.path}?lang=da"))) == "da"
    assert portal.row(CustomerRow).locale == "en"
    assert language_of(customer.page()) == "en"


def test_an_unknown_language_in_the_address_changes_nothing(portal: Portal, merchant: Merchant) -> None:
    customer = ask(portal, merchant, "fr")
    assert language_of(Page(portal.client.get(f"{customer.path}?lang=xx"))) == "fr"
    assert 'lang="xx"' not in portal.client.get(f'{customer.path}?lang="><script>').text


def test_arabic_runs_from_right_to_left_and_keeps_amounts_and_digits_together(
    portal: Portal, merchant_on_clock: Merchant
) -> None:
    customer = ask(portal, merchant_on_clock, "ar", currency="AED", amount=100)
    page = customer.page()
    assert '<html lang="ar" dir="rtl">' in page.text
    assert '<b><bdi dir="ltr">AED\u00a0100.00</bdi></b>' in page.text
    customer.confirm()
    portal.run_jobs()
    text = customer.page().text
    assert "\u2068Visa\u2069" in text
    assert "\u20664242\u2069" in text
    assert not re.search("[٠-٩]", text)


def test_the_texts_and_emails_follow_the_record_then_the_site(portal: Portal) -> None:
    shop = portal.merchant(clock="2026-01-31T09:00", locale="ar")
    both = {"notification_options": {"notify_phone": True, "notify_email": True}}
    for number, locale in (("1", "fr"), ("2", "da"), ("3", None)):
        person = PEOPLE | both | {"external_id": number} | ({"locale": locale} if locale else {})
        answer = shop.post(external_id=number, customer=person)
        portal.run_jobs()
        Customer(portal, answer.json["link"]).confirm()
        portal.run_jobs()
    texts = [message["body"] for message in shop.messages() if message["channel"] == "sms"]
    for words in (
        r"Acme Fitness vous demande de confirmer 34,99 \$US tous les mois pour Gold\+ Plan \(mots repères : \w+ \w+\)",
        r"Der er trukket 34,99 US\$ for Gold\+ Plan \(\w+: \w+ \w+\)\. Næste: 34,99 US\$ lørdag den 28\. februar\.",
    ):
        assert len([text for text in texts if re.search(words, text)]) == 1, texts
    arabic = [text for text in texts if "خُصم" in text]
    assert len(arabic) == 1
    assert "\u2068USD 34.99\u2069" in arabic[0]
    assert re.search(r": https?://\S+/p/[\w-]+$", arabic[0]), "an address stands bare, at the end"
    mails = {message.facts["lang"]: message for message in portal.rows(Message) if message.channel == "email"}
    words = render("link", "email", mails["ar"].facts, "{link:1}")
    assert words.html is not None
    assert '<html lang="ar" dir="rtl">' in words.html
    assert words.subject == "يُرجى التأكيد: \u2068Gold+ Plan\u2069"


def test_the_paper_is_in_the_language_of_the_page(portal: Portal, merchant_on_clock: Merchant) -> None:
    customer = ask(portal, merchant_on_clock, "fr")
    customer.confirm()
    portal.run_jobs()
    receipt = Page(portal.client.get(f"{customer.path}/receipt/{portal.row(Payment).id}"))
    assert (receipt.heading, language_of(receipt)) == ("Reçu", "fr")
    assert "payé le <time" in receipt.text


def test_the_console_and_the_sandbox_stay_english(portal: Portal, customer: Customer) -> None:
    browser = {"Accept-Language": "fr"}
    address = customer.tap(customer.page()).headers["Location"]
    card = portal.client.get(address, headers=browser)
    assert ("Save card" in card.text, 'lang="en"' in card.text) == (True, True)
    page = portal.client.get("/console", headers=browser, follow_redirects=True)
    assert 'lang="en"' in page.text
