"""A pretend language that marks every sentence «…»: what a page shows outside the marks was never translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from portal.core import speech
from tests.catalogs import sentences

LANGUAGE = "fr"  # its dates and amounts are French, so that English ones stand out too
READ_ALOUD = ("aria-label", "alt", "title", "placeholder", "data-updated", "data-updated-words", "data-offline",
              "data-offline-words", "data-announce")  # fmt: skip
# What stands alone without words of ours: names of merchant, customer and gateway, amounts, days, contacts, numbers.
NO_WORDS = re.compile(
    r"Acme Fitness|Gold\+ Plan|John|Doe|Visa|Northgate Pay|English|Français|Dansk|العربية|johndoe@abc\.com"
    r"|jo•+@abc\.com"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
    r"|\b(?:janvier|janv\.|février|févr\.|mars|avril|mai|juin)\b"
    r"|[•()+\d\s.,:;·%–/—-]+|\$US|\$|€|http\S+|amber kite|[A-Z]{3,4}-\d+|sbx_\w+|439772921"
)
ENGLISH_DAYS = re.compile(
    r"\b(January|February|March|April|June|July|August|September|October|November|December"
    r"|Jan|Feb|Apr|Aug|Dec|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"
)
LEAVES = {
    "lang",
    "dir",
    "href",
    "state",
    "action",
    "csrf_token",
    "channel",
    "stage",
    "refused_at",
    "path",
    "url",
    "code",
}


@contextmanager
def marking(folder: Path) -> Iterator[None]:
    """The portal speaks the pretend language instead of French."""
    catalog = Catalog(locale=LANGUAGE, fuzzy=False)
    for sentence in sentences():
        forms = sentence if isinstance(sentence, tuple) else (sentence,)
        marked = tuple(f"«{form}»" for form in forms)
        catalog.add(sentence, marked if len(marked) > 1 else marked[0])
    path = folder / LANGUAGE / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalog)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speech, "CATALOGS", folder)
        speech.catalog.cache_clear()
        yield
    speech.catalog.cache_clear()


def unmarked(text: str) -> list[str]:
    """Words outside the marks, and English days inside or outside of them."""
    return outside(text) + ENGLISH_DAYS.findall(text)


def outside(text: str) -> list[str]:
    """Words outside the marks that are more than a name, a number or a French day."""
    parts, depth, piece = [], 0, ""
    for sign in text:
        if sign == "«":
            depth += 1
        elif sign == "»":
            depth -= 1
        elif not depth:
            piece += sign
            continue
        parts, piece = [*parts, piece], ""
    words = (NO_WORDS.sub("", part).strip() for part in [*parts, piece])
    return [word for word in words if word]


def unmarked_in(html: str) -> list[str]:
    """The same for a page: its words, its title and what is read aloud. Days stand in <time>, in French."""
    page = _read(html)
    return outside_in(html) + ENGLISH_DAYS.findall(" ".join((page.text, page.days, *page.aloud)))


def outside_in(html: str) -> list[str]:
    page = _read(html)
    return [word for text in (page.text, *page.aloud) for word in outside(text)]


def _read(html: str) -> _Words:
    page = _Words()
    page.feed(html)
    page.close()
    return page


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.days = "", ""
        self.aloud: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.aloud += [value for name, value in attrs if name in READ_ALOUD and value]
        is_drawn = ("aria-hidden", "true") in attrs
        if tag in ("style", "script", "time") or is_drawn:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.text += data
        elif self._inside[-1] == "time":
            self.days += f" {data} "


def marked(value: Any, name: str = "") -> Any:
    """A view model with every finished word marked, so that only the template's own words are left."""
    if isinstance(value, str):
        return value if not value or name in LEAVES or name.endswith(("_iso", "_href", "_tel")) else f"«{value}»"
    if isinstance(value, tuple):
        return tuple(marked(one, name) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: marked(getattr(value, part.name), part.name) for part in fields(value)})
    return value
