"""One filled view model for every page and message, in English and Arabic: for the render tests and the gallery."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import ValidationError

from portal.checkout.approve import ApprovePage
from portal.checkout.history_words import Happening, happened
from portal.checkout.pages import (
    CancelPage,
    CheckingPage,
    ClosedPage,
    ConfirmingPage,
    DeclinedPage,
    DonePage,
    DuePage,
    ExpiredPage,
    OfferPage,
    OverduePage,
    PausedPage,
    PausePage,
    ReplacedPage,
    SentPage,
    WithdrawnPage,
    WrongPage,
)
from portal.checkout.parts import (
    Day,
    DayChoice,
    Fact,
    HistoryLine,
    ItemLine,
    Language,
    LiveHint,
    ManageOption,
    Merchant,
    MethodText,
    PageLink,
    PostForm,
    RailLine,
    RailState,
    Shell,
)
from portal.checkout.qr import qr_code
from portal.checkout.receipt_page import ReceiptPage
from portal.checkout.words import and_so_on, offer_rhythm, taken
from portal.core.formats import amount, day, long_day
from portal.sandbox.pages import BankPage, CardPage, PayPage, PhoneMessage, PhonePage, TestCard, body_parts
from portal.subscriptions.differences import Difference
from portal.subscriptions.words import rhythm_text as rhythm

TODAY = date(2026, 1, 31)
LINK = "https://pay.example/p/7QmR2xVtK9aLw4HcE0sZbN"
MERCHANT = Merchant(
    name="Acme Fitness", brand="#0d6672", support_phone="(312) 555-0142", support_phone_tel="+13125550142"
)
LANGUAGES = tuple(
    Language(code=code, name=name, dir=direction, href=f"?lang={code}", current=code == "en")
    for code, name, direction in (
        ("en", "English", "ltr"),
        ("fr", "Français", "ltr"),
        ("da", "Dansk", "ltr"),
        ("ar", "العربية", "rtl"),
    )
)
SHELL = Shell(
    merchant=MERCHANT,
    description="Gold+ Plan",
    customer_first_name="John",
    languages=LANGUAGES,
    links=(PageLink(label="Terms", href="#"), PageLink(label="Privacy", href="#")),
    live=LiveHint(version=1, sequence=4),
    check_words="amber kite",
)
PRICE = amount(3499, "USD", "en")
VISA = MethodText(brand="Visa", last4="4242", expires="12/29")
RECEIPT = PageLink(label="Receipt", href="#")


@dataclass(frozen=True)
class Sample:
    """One page to look at: its template and what it is given."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


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


def form(action: str, version: int | None = None) -> PostForm:
    return PostForm(action=action, csrf_token="ImM3N2Y1ZmQ0", version=version)


def line(state: RailState, on: date, price: str = PRICE, locale: str = "en", **more: Any) -> RailLine:
    return RailLine(state=state, day_text=day(on, locale), day_iso=on.isoformat(), amount_text=price, **more)


def offer() -> OfferPage:
    monthly = rhythm("Monthly", 1, "en")
    return OfferPage(
        shell=SHELL,
        heading="Gold+ Plan",
        subheading="Acme Fitness membership",
        amount_text=PRICE,
        rhythm_text=offer_rhythm(monthly, "en", first=None, today=TODAY),
        rail=(
            line("now", TODAY, label="Today"),
            line("next", date(2026, 2, 28), why="February has no 31st, so on its last day"),
            line("later", date(2026, 3, 31)),
            RailLine(state="more", label=and_so_on(monthly, "en", today=TODAY, more=None)),
        ),
        form=form("confirm", 1),
        gateway_name="Northgate Pay",
        qr=qr_code(LINK),
    )


def updated() -> OfferPage:
    price = amount(3999, "USD", "en")
    base = offer()
    return replace(
        base,
        state="updated",
        amount_text=price,
        rail=tuple(
            replace(entry, amount_text=price, marked=True) if entry.amount_text else entry for entry in base.rail
        ),
        changes=(
            Difference(label="Amount every month", was=PRICE, now=price),
            Difference(label="Includes", was="Gym", now="Gym and pool"),
        ),
        items=(
            ItemLine(label="Gym", amount_text=PRICE),
            ItemLine(label="Pool", amount_text="$5.00", note="every day until 8 PM"),
        ),
        attachments=(PageLink(label="House rules (PDF)", href="#"),),
        count_text="12 payments, $479.88 in all",
        form=form("confirm", 2),
    )


def declined() -> DeclinedPage:
    base = offer()
    return DeclinedPage(
        **{name: getattr(base, name) for name in base.__dataclass_fields__},
        reason_text="not enough money in the account",
    )


def done() -> DonePage:
    return DonePage(
        shell=SHELL,
        summary=taken(PRICE, "en", on=TODAY, today=TODAY),
        receipt_to="jo•••••@abc.com",
        next_amount_text=PRICE,
        next_day_text=long_day(date(2026, 2, 28), "en"),
        next_day_iso="2026-02-28",
        rail=(
            line("done", TODAY, label="Today", why="Paid with Visa ending 4242.", link=RECEIPT),
            line("next", date(2026, 2, 28), why="February has no 31st, so on its last day"),
            line("later", date(2026, 3, 31), why="Back to the 31st"),
            RailLine(state="more", label="and so on, every month, until you cancel"),
        ),
        history=(
            HistoryLine(
                at_text="Jan 31, 9:05 AM",
                at_iso="2026-01-31T09:05",
                text=happened(Happening.TAKEN, "en", amount=PRICE, method="Visa ending 4242"),
                link=PageLink(label="Receipt (PDF)", href="#"),
            ),
            HistoryLine(
                at_text="Jan 31, 9:00 AM",
                at_iso="2026-01-31T09:00",
                text=happened(Happening.SENT_TEXT, "en", merchant="Acme Fitness"),
            ),
        ),
        calendar_href="#",
        method=VISA,
        change_method=form("change-method"),
        pause=ManageOption(href="#", effect="No payments while paused. You choose the day it starts again."),
        cancel=ManageOption(href="#", effect="Nothing more is taken. Gold+ stays yours until Feb 27."),
    )


def overdue() -> OverduePage:
    return OverduePage(
        shell=SHELL,
        state="overdue",
        words="It was due on Saturday, February 28. Your Gold+ Plan goes on until Tuesday, March 10.",
        amount_text=PRICE,
        amount_note="overdue for 5 days, no late fee",
        rail=(
            line("done", TODAY, link=RECEIPT),
            line("bad", date(2026, 2, 28), why="Two tries declined: not enough money in the account"),
            line("later", date(2026, 3, 10), why="Last try for February. If it fails, your Gold+ Plan stops."),
        ),
        pay=form("pay-now"),
        change_method=form("change-method"),
        method=VISA,
    )


def retry_days() -> DayChoice:
    days = (date(2026, 3, day) for day in (3, 4, 5))
    shown = tuple(Day(iso=day.isoformat(), text=f"{day:%A, %B} {day.day}", chosen=day.day == 4) for day in days)
    return DayChoice(form=form("retry-day"), days=shown)


def paused() -> PausedPage:
    return PausedPage(
        shell=SHELL,
        since_text="Thursday, February 12",
        next_amount_text=PRICE,
        next_day_text="Sunday, May 31",
        next_day_iso="2026-05-31",
        rail=(
            line("done", TODAY, link=RECEIPT),
            line("off", date(2026, 2, 28), struck=True, why="Left out, as are March 31 and April 30"),
            line("next", date(2026, 5, 31), why="We text you 3 days before"),
        ),
        resume=form("resume"),
        resume_effect="Starting again now takes $34.99 on Saturday, February 28 instead.",
        cancel=ManageOption(href="#", effect="Nothing more is taken. Gold+ stays yours until Feb 27."),
    )


def checking() -> CheckingPage:
    return CheckingPage(
        shell=SHELL,
        amount_text=PRICE,
        rail=(
            RailLine(state="done", label="Card saved", word="9:04 AM", why="Visa ending 4242"),
            RailLine(state="now", label="Asking the bank", amount_text=PRICE, why="Asking again at 9:11 AM"),
            RailLine(state="later", label="We text you the result", why="To ••• ••• 3333"),
        ),
    )


def cancel() -> CancelPage:
    return CancelPage(
        shell=SHELL,
        rail=(
            RailLine(state="now", label="Today", day_text="Thu, Feb 12", day_iso="2026-02-12", word="Canceled"),
            RailLine(
                state="end", day_text="Fri, Feb 27", day_iso="2026-02-27", word="Last day", why="Paid until here."
            ),
            line("off", date(2026, 2, 28), struck=True, why="Nothing is taken after today."),
        ),
        form=form("cancel"),
        back_href="#",
    )


def receipt() -> ReceiptPage:
    return ReceiptPage(
        shell=SHELL,
        number="AF-2026-000142",
        amount_text=PRICE,
        paid_on_text="Saturday, January 31, 2026",
        paid_on_iso="2026-01-31",
        items=(
            ItemLine(label="Gold+ Plan", amount_text="$32.33", note="January 31 to February 27, 2026"),
            ItemLine(label="Sales tax", amount_text="$2.66", note="8.23 %"),
        ),
        facts=(
            Fact(label="Paid with", value="Visa ending 4242"),
            Fact(label="Paid to", value="Acme Fitness, 120 Lake Street, Chicago, IL 60601"),
            Fact(label="Bank's reference", value="574823902", is_id=True),
        ),
        agreed_words="You agreed to this on January 31, 2026: $34.99 today, then every month. Version 1.",
        pdf_href="#",
        back_href="#",
    )


def arabic_offer() -> OfferPage:
    shell = replace(
        SHELL,
        merchant=Merchant(
            name="نادي الواحة", brand="#8a2c5d", support_phone="+971 4 555 0142", support_phone_tel="+97145550142"
        ),
        lang="ar",
        dir="rtl",
        description="العضوية الذهبية",
        customer_first_name="سارة",
        check_words="نخلة زرقاء",
        languages=tuple(replace(language, current=language.code == "ar") for language in LANGUAGES),
    )
    price, old = amount(10000, "AED", "ar"), amount(9000, "AED", "ar")
    return replace(
        offer(),
        shell=shell,
        heading="العضوية الذهبية",
        subheading="اشتراك نادي الواحة",
        amount_text=price,
        rhythm_text="اليوم، ثم كل ثلاثة أشهر",
        changes=(Difference(label="المبلغ", was=old, now=price),),
        rail=(
            line("now", TODAY, price, "ar", label="اليوم"),
            line("next", date(2026, 4, 30), price, "ar", why="شهر أبريل 30 يومًا، لذلك في آخر يوم منه"),
            line("later", date(2026, 7, 31), price, "ar"),
            RailLine(state="more", label="وهكذا كل ثلاثة أشهر حتى تلغي الاشتراك"),
        ),
    )


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


def customer_pages() -> dict[str, Sample]:
    """Every page of the customer by a name for the file."""
    stale = replace(updated(), state="stale", items=(), attachments=(), first_charge_day="Sunday, March 1")
    contact = "••• ••• 3333"
    pages: dict[str, tuple[str, object]] = {
        "offer": ("offer", offer()),
        "updated": ("offer", updated()),
        "stale": ("offer", stale),
        "declined": ("declined", declined()),
        "offer-ar": ("offer", arabic_offer()),
        "confirming-card": ("confirming", ConfirmingPage(shell=SHELL, stage="card")),
        "confirming": (
            "confirming",
            ConfirmingPage(shell=SHELL, stage="payment", amount_text=PRICE, method=VISA, masked_contact=contact),
        ),
        "checking": ("checking", checking()),
        "done": ("done", done()),
        "overdue": ("overdue", overdue()),
        "overdue-declined": ("overdue", replace(overdue(), state="declined", retry=retry_days())),
        "approve": (
            "approve",
            ApprovePage(
                shell=SHELL,
                amount_text=PRICE,
                method=VISA,
                form=form("approve"),
                rail=overdue().rail[:1],
                change_method=form("change-method"),
            ),
        ),
        "paused": ("paused", paused()),
        "closed": (
            "closed",
            ClosedPage(
                shell=SHELL,
                words="You canceled it on Sunday, April 12.",
                rail=paused().rail[:1],
            ),
        ),
        "expired": (
            "expired",
            ExpiredPage(
                shell=SHELL,
                valid_days=7,
                ended_on_text="Saturday, February 7",
                masked_contact=contact,
                form=form("send-new-link"),
            ),
        ),
        "replaced": (
            "replaced",
            ReplacedPage(
                shell=SHELL, sent_on_text="Tuesday, February 3", masked_contact=contact, form=form("send-new-link")
            ),
        ),
        "withdrawn": ("withdrawn", WithdrawnPage(shell=SHELL, reference="GP-4397")),
        "sent": ("sent", SentPage(shell=SHELL, masked_contact=contact, valid_days=7)),
        "due": (
            "due",
            DuePage(
                shell=SHELL, amount_text="$100.00", due_text="due today", form=form("pay"), gateway_name="Northgate Pay"
            ),
        ),
        "cancel": ("cancel", cancel()),
        "pause": ("pause", PausePage(shell=SHELL, rail=paused().rail, form=form("pause"), back_href="#")),
        "receipt": ("receipt", receipt()),
        "wrong": ("wrong", WrongPage()),
    }
    return {name: Sample(f"checkout/{template}.html", {"page": page}) for name, (template, page) in pages.items()}


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


def message_context() -> dict[str, Any]:
    """What every message is given; the optional ones that a kind does not use are left unread."""
    return {
        "merchant_name": "Acme Fitness",
        "first_name": "John",
        "description": "Gold+ Plan",
        "amount_text": PRICE,
        "rhythm_text": "every month",
        "link": LINK,
        "check_words": "amber kite",
        "support_phone": "(312) 555-0142",
        "valid_days": 7,
        "taken_amount_text": PRICE,
        "next_amount_text": PRICE,
        "next_day": "Feb 28",
        "from_day": "Mar 31",
        "reason_text": "not enough money in the account",
        "retry_day": "Mar 3",
        "changes": updated().changes,
        "card_text": "Visa ending 4242",
        "expires_day": "Mar 31",
    }
