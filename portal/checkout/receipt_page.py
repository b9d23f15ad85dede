"""The view model of the receipt, receipt.html: finished words only, as of every page of the customer."""

from __future__ import annotations

from dataclasses import dataclass

from portal.checkout.parts import Fact, ItemLine, Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """receipt.html: what was paid, fit for print. `agreed_words`: the consent this charge rests on."""

    shell: Shell
    number: str
    amount_text: str
    paid_on_text: str
    paid_on_iso: str
    items: tuple[ItemLine, ...]
    facts: tuple[Fact, ...]
    agreed_words: str = ""
    pdf_href: str = ""
    invoice_href: str = ""
    back_href: str = ""
