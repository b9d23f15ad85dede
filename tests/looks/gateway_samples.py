"""The pretend gateway's pages and the pretend phone, as samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import ValidationError

from portal.sandbox.pages import BankPage, CardPage, PayPage, PhoneMessage, PhonePage, TestCard, body_parts
from tests.looks.sample_shop import LINK, Sample


def sandbox_pages() -> dict[str, Sample]:
    wrong = card_form(number="4242 4242 4242 424", expiry="12/24", code="123", name="John Doe")
    page = gateway()
    return {
        "sandbox-card": Sample("sandbox/card.html", {"page": page["card"], "form": card_form()}),
        "sandbox-card-errors": Sample("sandbox/card.html", {"page": page["card"], "form": wrong}),
        "sandbox-bank": Sample("sandbox/bank.html", {"page": page["bank"]}),
        "sandbox-pay": Sample("sandbox/pay.html", {"page": page["pay"], "form": card_form()}),
        "sandbox-pay-saved": Sample(
            "sandbox/pay.html", {"page": replace(page["pay"], card_text="Visa ending 4242"), "form": None}
        ),
        "sandbox-phone": Sample("sandbox/phone.html", {"page": page["phone"]}),
        "sandbox-phone-empty": Sample("sandbox/phone.html", {"page": PhonePage(messages=())}),
    }


class CardForm(Form):
    """The four fields of the pretend card page; the labels of the page are the template's own."""

    number = StringField("number")
    expiry = StringField("expiry")
    code = StringField("code")
    name = StringField("name")

    def validate_number(self, box: StringField) -> None:
        if len(str(box.data).replace(" ", "")) < 16:
            raise ValidationError("The card number is too short. It should have 16 digits.")

    def validate_expiry(self, box: StringField) -> None:
        if box.data == "12/24":
            raise ValidationError("This card expired in 12/24.")


def card_form(**data: str) -> CardForm:
    filled = CardForm(MultiDict(data))
    if data:
        filled.validate()
    return filled


def gateway() -> dict[str, Any]:
    cards = (
        TestCard(number="4242 4242 4242 4242", effect="Works"),
        TestCard(number="4000 0000 0000 0002", effect="Refused when saved"),
        TestCard(number="4000 0025 0000 3155", effect="Asks for a bank check"),
    )
    asked = {"merchant_name": "Acme Fitness", "description": "Gold+ Plan", "csrf_token": "ImM3N2Y1ZmQ0"}
    terms = "$34.99 today, then every month"
    return {
        "card": CardPage(**asked, terms_text=terms, back_href="#", cards=cards),
        "bank": BankPage(**asked, terms_text=terms, card_text="Visa ending 3155"),
        "pay": PayPage(**asked, terms_text="due today", amount_text="$100.00", back_href="#", cards=cards),
        "phone": PhonePage(messages=(text_message(), mail_message(), replace(mail_message(), note="Bounced: full"))),
    }


def text_message() -> PhoneMessage:
    words = f"Acme Fitness asks you to confirm $34.99 every month for Gold+ Plan: {LINK}"
    return PhoneMessage(
        channel="sms",
        to="111-222-3333",
        body_parts=body_parts(words),
        sent_at_text="Jan 31, 9:00 AM",
        sent_at_iso="2026-01-31T09:00",
    )


def mail_message() -> PhoneMessage:
    words = f"Hello John,\n\n$34.99 was taken for Gold+ Plan.\n\nYour dates and receipts:\n{LINK}"
    return PhoneMessage(
        channel="email",
        to="johndoe@abc.com",
        subject="You're all set: Gold+ Plan",
        site_name="Acme Fitness",
        body_parts=body_parts(words),
        sent_at_text="Jan 31, 9:05 AM",
        sent_at_iso="2026-01-31T09:05",
    )
