"""View models of the customer's own pages: one frozen dataclass a template, holding finished words only."""

from __future__ import annotations

from dataclasses import dataclass

from portal.checkout.parts import (
    Fact,
    HistoryLine,
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
class Framed:
    """A page that needs nothing but its frame, such as own/enough.html (429)."""

    shell: Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseChoice:
    """One pause to tap: `value` is what the form posts; `effect` says what is left out and what is taken next."""

    value: str
    label: str
    effect: str
    checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePage:
    """own/pause.html. `stale`: it came back because something changed since (409)."""

    shell: Shell
    choices: tuple[PauseChoice, ...]
    form: PostForm
    back_href: str
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPage:
    """own/cancel.html: asks once. `owed` says what is still to pay, `undo` until when it can be taken back."""

    shell: Shell
    rail: tuple[RailLine, ...]
    form: PostForm
    back_href: str
    owed: str = ""
    undo: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CanceledPage:
    """own/canceled.html (410): it is done, and can be undone; `effect` says what undoing would take, and when."""

    shell: Shell
    words: str
    rail: tuple[RailLine, ...]
    undo: PostForm
    effect: str
    links: tuple[PageLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestedPage:
    """own/rested.html: whoever paid has stopped; nothing is taken until somebody gives a card."""

    shell: Shell
    rail: tuple[RailLine, ...]
    new_card: PostForm
    effect: str
    cancel: ManageOption | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One paid charge and its papers; `invoice_href` is empty until the invoice has its number."""

    day_text: str
    day_iso: str
    amount_text: str
    receipt_href: str
    receipt_pdf_href: str
    invoice_href: str = ""
    invoice_number: str = ""
    returned: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PapersPage:
    """own/papers.html: receipts and invoices, the newest first; `older_href` leads to the next dozen."""

    shell: Shell
    papers: tuple[PaperLine, ...]
    agreed_href: str
    back_href: str
    older_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """own/history.html: payments, changes and messages, the newest first."""

    shell: Shell
    lines: tuple[HistoryLine, ...]
    back_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChoice:
    code: str
    name: str
    dir: str
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesPage:
    """own/choices.html: the language, and whether texts are sent. `texts`: on, off, or none (no number)."""

    shell: Shell
    languages: tuple[LanguageChoice, ...]
    language_form: PostForm
    texts: str
    texts_words: str
    texts_form: PostForm
    back_href: str
    saved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedVersion:
    """One yes: when, to which version, the words as they stood on the page, and what is different now."""

    day_text: str
    day_iso: str
    version: int
    words: str
    who: str
    changes: tuple[Difference, ...] = ()
    changed_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedPage:
    """own/agreed.html: what they agreed to, the newest yes first."""

    shell: Shell
    versions: tuple[AgreedVersion, ...]
    pdf_href: str
    back_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GenuinePage:
    """own/genuine.html: the check words and how to make sure. `qr` carries this page to a phone."""

    shell: Shell
    words: str
    facts: tuple[Fact, ...]
    back_href: str
    address: str = ""
    qr: QrCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMethodLine:
    """One saved way to pay to choose; `value` is what the form posts."""

    value: str
    method: MethodText
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPage:
    """own/method.html. `step`: ask (send a code?), code (type it), choose (the saved ones).

    `problem` is an error of the box in one sentence; `proof` the signed value that the last form carries.
    """

    shell: Shell
    step: str
    present: MethodText | None
    new_card: PostForm
    back_href: str
    send_code: PostForm | None = None
    check_code: PostForm | None = None
    use_saved: PostForm | None = None
    channel: str = "sms"
    masked_contact: str = ""
    saved: tuple[SavedMethodLine, ...] = ()
    proof: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitePage:
    """own/someone_else.html, the owner's side. `state`: none, invited, paying; `address` is shown once it exists.

    `message` goes with it to the person who is asked.
    """

    shell: Shell
    state: str
    back_href: str
    name: str = ""
    address: str = ""
    message: str = ""
    since_text: str = ""
    problem: str = ""
    invite: PostForm | None = None
    end: PostForm | None = None
    amount_text: str = ""
    rhythm_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerPage:
    """own/payer.html: what somebody else who pays is shown; nothing of the customer.

    `state`: asked, stale (409), taking, paying, over. `problem`: what is wrong with the name.
    """

    shell: Shell
    state: str
    amount_text: str
    rhythm_text: str = ""
    rail: tuple[RailLine, ...] = ()
    form: PostForm | None = None
    stop: PostForm | None = None
    method: MethodText | None = None
    name: str = ""
    problem: str = ""
    gateway_name: str = ""
    count_text: str = ""
