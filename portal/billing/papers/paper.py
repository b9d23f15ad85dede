"""What stands on an invoice or a receipt: finished words only; page and PDF are made from it and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One thing that was paid for; `note` is its period or rate."""

    label: str
    amount_text: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFact:
    """One pair: "Paid with", "Visa ending 4242". `is_id` keeps numbers and ids together, left to right."""

    label: str
    value: str
    is_id: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One sheet. `amount_note` says what became of the amount ("paid on Saturday, January 31, 2026").

    `number` is empty until the invoice has one. `written_at` goes into the file's properties: the same paper is the
    same bytes whenever it is asked for. `brand` is a color like #0d6672.
    """

    title: str
    merchant: str
    amount_text: str
    amount_note: str
    lines: tuple[PaperLine, ...]
    total_label: str
    facts: tuple[PaperFact, ...]
    written_at: datetime
    number: str = ""
    number_words: str = ""
    contacts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    locale: str = "en"
    brand: str = ""
    size: Literal["a4", "letter"] = "a4"
