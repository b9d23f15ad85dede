"""Every page and message renders and keeps the look's promises: headings, labels, one filled button, strict CSP."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

import pytest

from portal.checkout.parts import LiveHint, Merchant
from portal.checkout.stylesheet import inlined
from portal.core.formats import fits_gsm7
from tests.looks import offer_samples, page_samples
from tests.looks.message_samples import message_context
from tests.looks.rendering import NONCE, TEMPLATES, environment, every_page, render
from tests.looks.sample_shop import LINK, SHELL

PAGES = every_page()
CUSTOMER = [name for name in page_samples.customer_pages() if name not in ("wrong",)]
# The text with a code holds no link on purpose: tests/checkout/own/test_saved_methods.py.
MESSAGES = ("link", "confirmed", "terms_changed", "payment_failed", "approve", "card_expires", "canceled",
            "ended", "paused", "goes_on", "refunded")  # fmt: skip
VOID = {"meta", "input", "br", "path", "link", "img", "hr"}
FONT_SIZES = re.compile(r"font-size:\s*([\d.]+)(px|rem)")


@dataclass
class Page(HTMLParser):
    """What a page is made of: its elements with their attributes, and the words of those that hold words."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "path":
            return
        if not self.stack or self.stack.pop() != tag:
            self.mended.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        for tag in self.stack:
            self.words.append((tag, data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> str:
        return " ".join("".join(words for name, words in self.words if name == tag).split())


def parsed(name: str) -> Page:
    return read(render(PAGES[name].template, PAGES[name].context))


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_has_one_heading(name: str) -> None:
    page = parsed(name)
    assert page.mended == []
    assert page.stack == []
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert page.text("title")
    assert page.all("html")[0]["lang"]
    assert page.all("html")[0]["dir"] in ("ltr", "rtl")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_a_strict_content_security_policy(name: str) -> None:
    page = parsed(name)
    for _tag, attributes in page.elements:
        assert "style" not in attributes
        assert not [given for given in attributes if given.startswith("on")]
        assert not attributes.get("href", "").startswith("javascript:")
    assert all(given["nonce"] == NONCE for tag in ("style", "script") for given in page.all(tag))
    assert len(page.all("script")) <= 1  # the one that fetches what listens, after the paint


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_unique_ids_that_its_references_find(name: str) -> None:
    page = parsed(name)
    ids = [attributes["id"] for _tag, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _tag, attributes in page.elements:
        for reference in ("aria-labelledby", "aria-describedby", "for"):
            assert set(attributes.get(reference, "").split()) <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_a_label_and_at_most_one_button_is_filled(name: str) -> None:
    page = parsed(name)
    labels = {given["for"] for given in page.all("label")}
    fields = {given["id"] for tag in ("input", "select") for given in page.all(tag) if given.get("type") != "hidden"}
    assert fields == labels
    classes = [given["class"].split() for _tag, given in page.elements if "btn" in given.get("class", "").split()]
    assert len([given for given in classes if "btn-2" not in given]) <= 1


@pytest.mark.parametrize("name", CUSTOMER)
def test_a_customer_page_has_one_status_region_first_in_main_and_empty(name: str) -> None:
    html = render(PAGES[name].template, PAGES[name].context)
    regions = [given for _tag, given in read(html).elements if given.get("role") == "status"]
    assert [given["id"] for given in regions] == ["live"]
    inside = re.search(r"<main[^>]*>\s*<div id=\"live\"[^>]*>(.*?)</div>", html, re.DOTALL)
    assert inside is not None
    assert ("This subscription has been updated" in inside.group(1)) == (name == "updated")
    assert name == "updated" or inside.group(1) == ""


@pytest.mark.parametrize("name", CUSTOMER)
def test_a_post_carries_its_token_and_its_action(name: str) -> None:
    html = render(PAGES[name].template, PAGES[name].context)
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        inputs = {given["name"]: given["value"] for given in read(form).all("input")}
        assert inputs["csrf_token"] == "ImM3N2Y1ZmQ0"
        assert inputs["action"]
        assert "action=" not in form.split(">")[0]
        assert 'method="post"' in form.split(">")[0]


def test_the_offer_fits_its_budget() -> None:
    html = render(PAGES["updated"].template, PAGES["updated"].context)
    assert len(gzip.compress(html.encode(), 9)) <= 14 * 1024
    assert len(gzip.compress(inlined("customer").encode(), 9)) <= 7 * 1024


def test_the_offer_says_what_is_taken_and_has_its_one_button() -> None:
    page = parsed("offer")
    assert page.text("button") == "Confirm payment method"
    assert "$34.99 today, then every month" in page.text("main")
    assert page.text("title") == "Gold+ Plan – Acme Fitness"
    assert {given["name"]: given["value"] for given in page.all("input")}["version"] == "1"


def test_a_stale_confirm_says_that_nothing_happened_and_shows_old_and_new() -> None:
    page = parsed("stale")
    assert page.text("h1") == "The terms changed before you confirmed"
    assert "Nothing was confirmed and nothing was taken." in page.text("main")
    assert page.text("del") == "was $34.99was Gym"
    assert page.text("ins") == "now $39.99now Gym and pool"
    assert page.text("button") == "Confirm payment method"


def test_a_refused_charge_offers_the_same_again() -> None:
    page = parsed("declined")
    assert page.text("h1") == "Your payment didn't go through"
    assert "not enough money in the account. Nothing was taken." in page.text("main")
    assert page.text("button") == "Confirm payment method"
    card = read(
        render("checkout/declined.html", {"page": replace(offer_samples.declined(), refused_at="card", reason_text="")})
    )
    assert card.text("h1") == "Your card was refused"


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("done", "You're all set"),
        ("confirming", "Being confirmed"),
        ("checking", "Your payment is being checked"),
        ("expired", "This link has expired"),
        ("withdrawn", "Acme Fitness has withdrawn this request"),
        ("overdue", "One payment is overdue"),
        ("paused", "Your Gold+ Plan is paused"),
        ("wrong", "We can't find this page"),
    ],
)
def test_headings_read_as_agreed(name: str, heading: str) -> None:
    assert f"<h1>{heading}</h1>" in render(PAGES[name].template, PAGES[name].context)


def test_a_due_instalment_has_one_button_with_the_amount() -> None:
    assert parsed("due").text("button") == "Pay $100.00"
    assert parsed("sandbox-pay").text("button") == "Pay"


def test_the_live_hint_stands_on_main_and_only_then_a_script_is_loaded() -> None:
    main = parsed("offer").all("main")[0]
    assert (main["data-version"], main["data-sequence"], main["data-live-url"]) == ("1", "4", "")
    assert main["data-updated"] == "This subscription has been updated"
    assert "Nothing has been confirmed." in main["data-updated-words"]
    assert "confirmed" not in parsed("done").all("main")[0]["data-updated-words"]
    still = replace(offer_samples.offer(), shell=replace(SHELL, live=None))
    page = read(render("checkout/offer.html", {"page": still}))
    assert page.all("script") == []
    assert "data-live" not in page.all("main")[0]


def test_what_a_merchant_or_customer_typed_is_never_markup() -> None:
    evil = "<img src=x onerror=alert(1)>\"'%(x)s{{ 7*7 }}"
    shell = replace(
        SHELL,
        merchant=Merchant(name=evil, support_phone=evil, support_email=evil, brand="</style><script>"),
        description=evil,
        customer_first_name=evil,
        check_words=evil,
        problem=evil,
        live=LiveHint(version=1, sequence=1, url=evil, announce=evil),
    )
    for name in CUSTOMER:
        page = read(render(PAGES[name].template, {"page": replace(PAGES[name].context["page"], shell=shell)}))
        assert page.all("img") == []
        assert page.mended == []
        assert len(page.all("script")) == 1
        assert len(page.all("style")) == 1


def test_a_dead_link_tells_neither_name_nor_amount() -> None:
    for name in ("expired", "replaced", "withdrawn", "sent"):
        html = render(PAGES[name].template, PAGES[name].context)
        assert "John" not in html
        assert "$34.99" not in html
        assert "Gold+" not in html


def test_lang_and_direction_come_from_the_view_model() -> None:
    page = parsed("offer-ar")
    assert (page.all("html")[0]["lang"], page.all("html")[0]["dir"]) == ("ar", "rtl")
    amounts = [given for given in page.all("bdi") if given]
    assert amounts
    assert all(given["dir"] == "ltr" for given in amounts)


def test_the_card_fields_carry_what_a_browser_fills_them_by() -> None:
    page = parsed("sandbox-card")
    tokens = {given["id"]: given.get("autocomplete") for given in page.all("input") if given.get("type") != "hidden"}
    assert tokens == {"number": "cc-number", "expiry": "cc-exp", "code": "cc-csc", "name": "cc-name"}
    html = render(PAGES["sandbox-card"].template, PAGES["sandbox-card"].context)
    labels = re.findall(r"<label for=\"\w+\">([^<]+)</label>", html)
    assert labels == ["Card number", "Expiry date", "Security code", "Name on card"]
    assert page.text("button") == "Save card"


def test_wrong_card_fields_are_listed_kept_and_marked_but_the_code_is_not_repeated() -> None:
    page = parsed("sandbox-card-errors")
    summary = next(given for _tag, given in page.elements if given.get("id") == "errors")
    assert summary["role"] == "alert"
    assert summary["tabindex"] == "-1"
    assert [given["href"] for given in page.all("a")][:2] == ["#number", "#expiry"]
    boxes = {given["id"]: given for given in page.all("input") if "id" in given}
    assert boxes["number"]["value"] == "4242 4242 4242 424"
    assert boxes["code"]["value"] == ""
    assert boxes["expiry"]["aria-invalid"] == "true"
    assert "aria-invalid" not in boxes["name"]
    assert boxes["expiry"]["aria-describedby"] == "expiry-hint expiry-error"
    assert page.text("title").startswith("Error: ")


def test_the_bank_check_has_its_two_answers() -> None:
    buttons = parsed("sandbox-bank").all("button")
    assert [(given["name"], given["value"]) for given in buttons] == [("answer", "approve"), ("answer", "refuse")]
    assert parsed("sandbox-bank").text("button") == "ApproveRefuse"


def test_the_phone_shows_links_that_can_be_tapped() -> None:
    assert [given["href"] for given in parsed("sandbox-phone").all("a")] == [LINK] * 3


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_text_is_one_line_with_its_only_link_at_the_end(kind: str) -> None:
    for left_out in ({}, {"check_words": "", "first_name": ""}, {"needs_confirm": True}, {"taken_amount_text": ""}):
        text = message(f"{kind}.sms.txt", **left_out)
        assert text.endswith(LINK)
        assert text.count("http") == 1
        assert "\n" not in text
        assert "  " not in text
        assert text == text.strip()
        assert fits_gsm7(text)
        assert len(text) <= 306


def test_the_first_text_reads_as_agreed() -> None:
    asked = message("link.sms.txt", check_words="")
    assert asked == f"Acme Fitness asks you to confirm $34.99 every month for Gold+ Plan: {LINK}"
    due = message("link.sms.txt", check_words="", purpose="pay")
    assert due == f"Acme Fitness asks you to pay $34.99 for Gold+ Plan: {LINK}"


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_mail_has_a_one_line_subject_and_the_link_in_both_bodies(kind: str) -> None:
    subject = message(f"{kind}.subject.txt", description="Gold+\r\nBcc: x@y.z")
    assert "\n" not in subject
    assert "\r" not in subject
    assert subject == subject.strip()
    assert "$" not in subject
    plain, rich = message(f"{kind}.email.txt"), message(f"{kind}.email.html")
    assert LINK in plain
    assert plain.startswith("Hello John,")
    assert "\n\n\n" not in plain
    assert {given["href"] for given in read(rich).all("a")} == {LINK}
    assert read(rich).mended == []
    assert read(rich).all("script") == []


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_needs_only_what_every_kind_has(kind: str) -> None:
    required = {"merchant_name", "description", "amount_text", "rhythm_text", "link"}
    least = {name: value for name, value in message_context().items() if name in required}
    for ending in ("sms.txt", "subject.txt", "email.txt", "email.html"):
        assert render(f"messages/{kind}.{ending}", least)


def test_names_in_a_mail_are_escaped_and_in_a_text_are_not() -> None:
    assert "Bread &amp; Butter" in message("link.email.html", merchant_name="Bread & Butter")
    assert "Bread & Butter" in message("link.email.txt", merchant_name="Bread & Butter")


def test_the_styles_are_one_light_sheet_without_imports() -> None:
    for side in ("customer", "sandbox", "console"):
        css = inlined(side)
        assert "@import" not in css
        assert "/*" not in css
        assert "</" not in css
        assert css.count("{") == css.count("}")
    assert ":is(h1,h2)" in inlined("customer")
    assert "calc(.125rem + .5em - 1px)" in inlined("customer")


def test_every_template_can_be_parsed() -> None:
    made = environment()
    names = [str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt")]
    ours = [name for name in names if name.split("/")[0] not in ("console",)]
    assert len(ours) > 60
    for name in ours:
        made.get_template(name)


def message(name: str, **changed: Any) -> str:
    return render(f"messages/{name}", message_context() | changed)
