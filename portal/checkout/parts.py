"""The parts of the customer's pages: merchant, frame, date lines, forms. Only finished words, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portal.checkout import brand

RailState = Literal["done", "now", "next", "later", "bad", "off", "end", "more"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """Who asks. `mark` is one letter (empty: the name's first), shown where there is no logo.

    `brand` is a color like #0d6672 (empty: our teal). `support_phone` is written for people, `support_phone_tel` in
    E.164 for the tel: link.
    """

    name: str
    brand: str = ""
    mark: str = ""
    support_phone: str = ""
    support_phone_tel: str = ""
    support_email: str = ""
    logo_href: str = ""

    @property
    def brand_css(self) -> str:
        """The rule for a second <style nonce>: the merchant's color, made safe to read."""
        return brand.rule(self.brand)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language that this page can be read in; `name` in that language itself."""

    code: str
    name: str
    href: str
    dir: str = "ltr"
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLink:
    label: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveHint:
    """What the open page knows of itself: the terms' `version`, the subscription's `sequence`, the `day` it speaks of.

    `url` is where the sockets are (empty: this origin). `announce` is said when this state arrives on an open page;
    empty: the page's new heading is said.
    """

    version: int
    sequence: int
    day: str = ""
    url: str = ""
    announce: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame of every customer page. `description` is what the subscription is called (Gold+ Plan).

    `check_words` stand in the message too; `refresh_seconds` is for the Refresh header; `problem` is a form error in
    one sentence; `links` stand at the foot of every page (genuine?, language, terms), `menu` on the main ones alone:
    where the rest of the customer's own pages is. A tap on one of the `languages` posts `language_form`, which comes
    back to the page named by `back`; without the form it is a link, and the record stays as it is.
    """

    merchant: Merchant
    lang: str = "en"
    dir: str = "ltr"
    description: str = ""
    customer_first_name: str = ""
    languages: tuple[Language, ...] = ()
    language_form: PostForm | None = None
    back: str = ""
    links: tuple[PageLink, ...] = ()
    menu: tuple[PageLink, ...] = ()
    live: LiveHint | None = None
    check_words: str | None = None
    refresh_seconds: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostForm:
    """The hidden values of one form; it posts to the page's own address, or to `path`."""

    action: str
    csrf_token: str
    version: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RailLine:
    """One line of dates. With `label` and day: "**Today** Sat, Jan 31". State `more` shows the label alone.

    `amount_text` is money, `word` stands instead of it (Declined, Ended). `marked`: changed since the version before.
    `struck`: will not be taken; crossed out.
    """

    state: RailState
    label: str = ""
    day_text: str = ""
    day_iso: str = ""
    amount_text: str = ""
    word: str = ""
    why: str = ""
    link: PageLink | None = None
    marked: bool = False
    struck: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    label: str
    amount_text: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One pair of a receipt: "Paid with", "Visa ending 4242". `is_id` keeps numbers and ids together, left to right."""

    label: str
    value: str
    is_id: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One thing that happened: when, what in plain words, and the paper that proves it."""

    at_text: str
    at_iso: str
    text: str
    link: PageLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodText:
    """A saved way to pay: "Visa", "4242", "12/29"; without an ending (a wallet) `brand` says it all."""

    brand: str
    last4: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageOption:
    """A way out that the merchant allows: the page that asks, and the exact effect said before the tap."""

    href: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    iso: str
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChoice:
    """Days of which one can be picked."""

    form: PostForm
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A QR code as one SVG path of horizontal strokes on a grid of `size` modules, quiet zone included."""

    size: int
    path: str
