"""One filled view model for every page of the customer, also in Arabic: for the tests of templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from portal.checkout.approve import ApprovePage
from portal.checkout.history_words import Happening, happened
from portal.checkout.pages import (
    CheckingPage,
    ClosedPage,
    ConfirmingPage,
    DonePage,
    DuePage,
    ExpiredPage,
    OverduePage,
    PausedPage,
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
    ManageOption,
    PageLink,
    RailLine,
)
from portal.checkout.receipt_page import ReceiptPage
from portal.checkout.words import taken
from portal.core.formats import long_day
from tests.looks.offer_samples import arabic_offer, declined, offer, updated
from tests.looks.sample_shop import PRICE, RECEIPT, SHELL, TODAY, VISA, Sample, form, line


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
        "receipt": ("receipt", receipt()),
        "wrong": ("wrong", WrongPage()),
    }
    return {name: Sample(f"checkout/{template}.html", {"page": page}) for name, (template, page) in pages.items()}


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
