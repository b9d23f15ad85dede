"""Draws a paper as a PDF: one clean sheet in one vendored font, from right to left where the language is."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from portal.billing.papers.paper import Paper, PaperLine
from portal.core.formats import is_rtl

if TYPE_CHECKING:
    from fpdf import FPDF

FONTS = Path(__file__).parent / "fonts"
FAMILY = "DejaVu"
MARGIN, BAR = 20, 3  # mm
INK, SOFT, RULE, TEAL = (28, 32, 34), (87, 92, 94), (222, 218, 210), (13, 102, 114)
LEFT_TO_RIGHT, END = "\u2066", "\u2069"

_HEX = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")

# It tells of every table and letter that it leaves out of the font: a hundred lines a paper.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def draw(paper: Paper) -> bytes:
    """The paper as a PDF file. The same paper gives the same bytes; nothing outside it is read but the font."""
    sheet = _Sheet(paper)
    sheet.head()
    sheet.amount()
    for line in paper.lines:
        sheet.line(line)
    sheet.total()
    sheet.facts()
    sheet.notes()
    return sheet.finished()


class _Sheet:
    """A page with a start and an end instead of a left and a right."""

    def __init__(self, paper: Paper) -> None:
        # A quarter of a second to import, which only who asks for a paper pays.
        from fpdf import FPDF

        self._paper, self._rtl = paper, is_rtl(paper.locale)
        self._start, self._end = ("R", "L") if self._rtl else ("L", "R")
        self._pdf: FPDF = FPDF(unit="mm", format=paper.size)
        self._pdf.set_margin(MARGIN)
        self._pdf.c_margin = 0
        self._pdf.add_font(FAMILY, "", FONTS / "DejaVuSansCondensed.ttf")
        self._pdf.add_font(FAMILY, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
        self._pdf.set_text_shaping(True, direction="rtl" if self._rtl else "ltr")
        self._pdf.set_title(f"{paper.title} {paper.number}".strip())
        self._pdf.set_author(paper.merchant)
        self._pdf.set_lang(paper.locale)
        self._pdf.set_producer("Payment link portal")
        self._pdf.set_creation_date(paper.written_at)
        self._pdf.add_page()

    def head(self) -> None:
        """A bar in the merchant's color, who it is from, and which paper it is."""
        pdf, paper = self._pdf, self._paper
        pdf.set_fill_color(*_rgb(paper.brand))
        pdf.rect(0, 0, pdf.w, BAR, style="F")
        self._text(paper.merchant, 15, bold=True)
        for contact in paper.contacts:
            self._text(self._kept(contact), 9.5, SOFT)
        pdf.ln(12)
        self._text(paper.title, 22, bold=True)
        if paper.number_words:
            self._text(paper.number_words, 10.5, SOFT)

    def amount(self) -> None:
        self._pdf.ln(7)
        self._text(self._kept(self._paper.amount_text), 26, bold=True)
        self._text(self._paper.amount_note, 10.5, SOFT)
        self._pdf.ln(7)
        self._rule()

    def line(self, line: PaperLine) -> None:
        self._pair(line.label, line.amount_text, 11)
        if line.note:
            self._text(line.note, 9.5, SOFT)
        self._rule()

    def total(self) -> None:
        self._pair(self._paper.total_label, self._paper.amount_text, 11, bold=True)
        self._pdf.ln(9)

    def facts(self) -> None:
        for fact in self._paper.facts:
            self._columns(fact.label, self._kept(fact.value) if fact.is_id else fact.value)

    def notes(self) -> None:
        self._pdf.ln(7)
        for note in self._paper.notes:
            self._text(note, 9.5, SOFT)

    def finished(self) -> bytes:
        written = self._pdf.output()
        assert written is not None
        return bytes(written)

    def _text(self, text: str, size: float, color: tuple[int, int, int] = INK, *, bold: bool = False) -> None:
        """One paragraph over the whole width."""
        self._pen(size, color, bold=bold)
        self._pdf.multi_cell(0, self._height(size), text, align=self._start, new_x="LMARGIN", new_y="NEXT")

    def _pair(self, label: str, value: str, size: float, *, bold: bool = False) -> None:
        """A label at the start of the line, as long as it needs, and money at its end."""
        self._pen(size, INK, bold=bold)
        value = self._kept(value)
        width = self._pdf.get_string_width(value) + 6
        self._beside(label, self._pdf.epw - width, value, width, self._height(size) + 1.5, self._end)

    def _columns(self, label: str, value: str) -> None:
        self._pen(10.5, SOFT)
        first = self._pdf.epw * 0.3
        self._beside(label, first, value, self._pdf.epw - first, self._height(10.5) + 1, self._start, INK)

    def _beside(
        self, label: str, label_width: float, value: str, value_width: float, height: float, align: str,
        color: tuple[int, int, int] | None = None,
    ) -> None:  # fmt: skip
        """Two texts on one line, each in its own column; the next line begins below the longer one."""
        pdf = self._pdf
        top, page = pdf.y, pdf.page
        label_x = pdf.l_margin + (value_width if self._rtl else 0)
        value_x = pdf.l_margin + (0 if self._rtl else label_width)
        pdf.set_x(label_x)
        pdf.multi_cell(label_width, height, label, align=self._start, new_x="LMARGIN", new_y="NEXT")
        after = pdf.y
        if pdf.page != page:
            top = pdf.t_margin
        pdf.set_xy(value_x, top)
        pdf.set_text_color(*(color or INK))
        pdf.multi_cell(value_width, height, value, align=align, new_x="LMARGIN", new_y="NEXT")
        pdf.y = max(after, pdf.y)

    def _rule(self) -> None:
        self._pdf.set_draw_color(*RULE)
        self._pdf.set_line_width(0.25)
        self._pdf.ln(1.5)
        self._pdf.line(self._pdf.l_margin, self._pdf.y, self._pdf.w - self._pdf.r_margin, self._pdf.y)
        self._pdf.ln(1.5)

    def _pen(self, size: float, color: tuple[int, int, int], *, bold: bool = False) -> None:
        self._pdf.set_font(FAMILY, "B" if bold else "", size)
        self._pdf.set_text_color(*color)

    def _height(self, size: float) -> float:
        """The distance of lines in mm for a size in points."""
        return size * 0.3528 * 1.35

    def _kept(self, text: str) -> str:
        """Money, numbers and ids read from left to right inside a line that goes the other way."""
        return f"{LEFT_TO_RIGHT}{text}{END}" if self._rtl else text


def _rgb(brand: str) -> tuple[int, int, int]:
    found = _HEX.fullmatch(brand)
    return TEAL if found is None else (int(found[1], 16), int(found[2], 16), int(found[3], 16))
