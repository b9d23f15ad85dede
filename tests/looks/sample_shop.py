"""The shop of all samples, with the words and dates that they share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.checkout.parts import (
    Language,
    LiveHint,
    Merchant,
    MethodText,
    PageLink,
    PostForm,
    RailLine,
    RailState,
    Shell,
)
from portal.core.formats import amount, day

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


def form(action: str, version: int | None = None) -> PostForm:
    return PostForm(action=action, csrf_token="ImM3N2Y1ZmQ0", version=version)


def line(state: RailState, on: date, price: str = PRICE, locale: str = "en", **more: Any) -> RailLine:
    return RailLine(state=state, day_text=day(on, locale), day_iso=on.isoformat(), amount_text=price, **more)
