"""The view models of the sandbox's pages: the pretend gateway, its bank, and the phone that shows what was sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCard:
    """One card to try: its number in groups of four, and what it does."""

    number: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPage:
    """What every page of the pretend gateway says: who asks through it, for what, and how much.

    `terms_text`: "$34.99 today, then every month", or why the card is asked for ("to change your card").
    """

    merchant_name: str
    description: str
    terms_text: str
    csrf_token: str
    gateway_name: str = "Northgate Pay"
    lang: str = "en"
    dir: str = "ltr"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage(GatewayPage):
    """sandbox/card.html, with `form` (number, expiry, code, name) beside it."""

    back_href: str
    cards: tuple[TestCard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BankPage(GatewayPage):
    """sandbox/bank.html: Approve and Refuse post `answer` = approve or refuse."""

    card_text: str
    bank_name: str = "Lakeside Bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPage(GatewayPage):
    """sandbox/pay.html: one due instalment, one button Pay. `card_text` empty: no card is kept, `form` asks for it."""

    amount_text: str
    back_href: str
    card_text: str = ""
    cards: tuple[TestCard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyPart:
    """A piece of a message: words, or an address that can be tapped."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneMessage:
    """One text or mail as the phone shows it; `note` says what went wrong with it (Bounced: mailbox full)."""

    channel: Literal["sms", "email"]
    to: str
    body_parts: tuple[BodyPart, ...]
    sent_at_text: str
    sent_at_iso: str
    subject: str = ""
    site_name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePage:
    """sandbox/phone.html: newest first."""

    messages: tuple[PhoneMessage, ...]
    lang: str = "en"
    dir: str = "ltr"


def body_parts(text: str) -> tuple[BodyPart, ...]:
    """A message's words with its web addresses (http and https only) made tappable, in order."""
    parts: list[BodyPart] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        if found.start() > end:
            parts.append(BodyPart(text=text[end : found.start()]))
        parts.append(BodyPart(text=found.group(), href=found.group()))
        end = found.end()
    if end < len(text):
        parts.append(BodyPart(text=text[end:]))
    return tuple(parts)
