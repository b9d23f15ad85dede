"""The view models of the customer's pages: one frozen dataclass a template, holding finished words only.

Amounts, days and sentences are made by formats.py and words.py before; a template never computes or queries.
Template of each: checkout/<name>.html; given as `page`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portal.checkout.parts import (
    DayChoice,
    HistoryLine,
    ItemLine,
    ManageOption,
    MethodText,
    PageLink,
    PostForm,
    QrCode,
    RailLine,
    Shell,
)
from portal.subscriptions.differences import Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """offer.html. `state`: offer; updated (the banner already says so); stale (a confirm of an older version, 409).

    `first_charge_day` is set when nothing is taken today. `changes` are shown whenever there are any.
    """

    shell: Shell
    heading: str
    amount_text: str
    rhythm_text: str
    rail: tuple[RailLine, ...]
    form: PostForm
    gateway_name: str
    subheading: str = ""
    state: Literal["offer", "updated", "stale"] = "offer"
    changes: tuple[Difference, ...] = ()
    count_text: str = ""
    items: tuple[ItemLine, ...] = ()
    attachments: tuple[PageLink, ...] = ()
    first_charge_day: str = ""
    can_cancel: bool = True
    qr: QrCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedPage(OfferPage):
    """declined.html: the same offer again. `refused_at` tells whether the card was not saved or not charged.

    `reason_text` is a clause in plain words ("not enough money in the account"), empty when none is known.
    """

    refused_at: Literal["card", "charge"] = "charge"
    reason_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmingPage:
    """confirming.html, "Being confirmed". `stage`: card (the gateway has not told us yet), payment (being taken).

    again: an overdue payment is being tried.
    """

    shell: Shell
    stage: Literal["card", "payment", "again"]
    amount_text: str = ""
    method: MethodText | None = None
    masked_contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckingPage:
    """checking.html: the outcome of a charge is unknown and being asked for."""

    shell: Shell
    amount_text: str
    rail: tuple[RailLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DonePage:
    """done.html, "You're all set": active, and the customer's own page from then on.

    `summary` is what happened last in one sentence ("$34.99 was taken today."). Without a next payment leave
    `next_amount_text` empty and say in `no_next_text` why. `by_link`: each payment is asked for by a new link.
    """

    shell: Shell
    summary: str
    rail: tuple[RailLine, ...]
    history: tuple[HistoryLine, ...]
    next_amount_text: str = ""
    next_day_text: str = ""
    next_day_iso: str = ""
    no_next_text: str = ""
    by_link: bool = False
    count_text: str = ""
    receipt_to: str = ""
    calendar_href: str = ""
    changes: tuple[Difference, ...] = ()
    attachments: tuple[PageLink, ...] = ()
    method: MethodText | None = None
    change_method: PostForm | None = None
    pause: ManageOption | None = None
    cancel: ManageOption | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverduePage:
    """overdue.html: a recurring payment failed. `state`: declined just now, or overdue for some days.

    `words` follow the heading (why, until when it goes on); `pay` charges the saved method now, None if it may not.
    """

    shell: Shell
    state: Literal["declined", "overdue"]
    words: str
    amount_text: str
    amount_note: str
    rail: tuple[RailLine, ...]
    change_method: PostForm
    pay: PostForm | None = None
    method: MethodText | None = None
    retry: DayChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedPage:
    """paused.html. `since_text` is a day. `next_day_text` empty: until somebody starts it again."""

    shell: Shell
    since_text: str
    rail: tuple[RailLine, ...] = ()
    next_amount_text: str = ""
    next_day_text: str = ""
    next_day_iso: str = ""
    resume: PostForm | None = None
    resume_effect: str = ""
    cancel: ManageOption | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPage:
    """closed.html (410): ended for good; archived too. `words`: who ended it, when, and what is still to come.

    `owed_text` is all that is owed, `amount_text` what `pay` takes of it now (None: it cannot be tried).
    """

    shell: Shell
    words: str
    rail: tuple[RailLine, ...] = ()
    owed_text: str = ""
    amount_text: str = ""
    pay: PostForm | None = None
    method: MethodText | None = None
    receipt: PageLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredPage:
    """expired.html (410). `channel`: sms or email, where a new link would go. `form` None: none can be sent."""

    shell: Shell
    valid_days: int
    ended_on_text: str
    ended_on_iso: str = ""
    channel: str = "sms"
    masked_contact: str = ""
    form: PostForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedPage:
    """replaced.html (410): a newer link was sent."""

    shell: Shell
    sent_on_text: str
    sent_on_iso: str = ""
    channel: str = "sms"
    masked_contact: str = ""
    form: PostForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnPage:
    """withdrawn.html (410). `reference` is what the merchant finds it by."""

    shell: Shell
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPage:
    """sent.html: a new link is on its way."""

    shell: Shell
    masked_contact: str
    valid_days: int
    wait_minutes: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """due.html: one instalment collected by link, with one button "Pay $100.00"."""

    shell: Shell
    amount_text: str
    due_text: str
    form: PostForm
    gateway_name: str
    heading: str = ""
    rail: tuple[RailLine, ...] = ()
    items: tuple[ItemLine, ...] = ()
    attachments: tuple[PageLink, ...] = ()
    refused: bool = False
    reason_text: str = ""
    cancellation_terms: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPage:
    """wrong.html (404): no merchant is known or told."""

    lang: str = "en"
    dir: str = "ltr"
