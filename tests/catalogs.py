"""Puts new sentences into the catalogs of portal/translations and takes old ones out: `python -m tests.catalogs`.

What was translated stays; what is new stands there empty, and the rules fail until it is translated.
"""

from __future__ import annotations

import io
import tomllib
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from portal.core.speech import CATALOGS, ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
TRANSLATED = [language for language in LANGUAGES if language != ENGLISH]
NAMES = {"fr": "French", "da": "Danish", "ar": "Arabic"}
# Zero, one, two, few, many, other, in the order of CLDR; the library's own formula has the last two the other way.
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}

Sentence = str | tuple[str, ...]


@cache
def sentences() -> frozenset[Sentence]:
    """Everything in the code and the templates that a customer may read; a plural as (one, many)."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods, options = [], {}
    for mapping in mappings:
        patterns = mapping["pattern"] if isinstance(mapping["pattern"], list) else [mapping["pattern"]]
        for pattern in patterns:
            methods.append((pattern, mapping["method"]))
            options[pattern] = {name: value for name, value in mapping.items() if name not in ("method", "pattern")}
    return frozenset(found[2] for found in extract_from_dir(ROOT / "portal", methods, options))


def path(language: str) -> Path:
    return CATALOGS / language / "LC_MESSAGES" / "messages.po"


def written(language: str) -> Catalog:
    with path(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def updated(language: str) -> bytes:
    """The catalog as it has to be now: sorted, so that two branches seldom meet in one line."""
    old, new = written(language), Catalog(locale=language, fuzzy=False)
    for sentence in sorted(sentences(), key=str):
        known = old.get(sentence[0] if isinstance(sentence, tuple) else sentence)
        new.add(sentence, known.string if known else None)
    body = io.BytesIO()
    write_po(body, new, no_location=True, width=0, sort_output=True, omit_header=True)
    return _header(language, new).encode() + body.getvalue()


def _header(language: str, of: Catalog) -> str:
    plurals = PLURALS.get(language, f"nplurals={of.num_plurals}; plural={of.plural_expr};")
    fields = (
        f"Language: {language}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {plurals}",
    )
    about = f"# {NAMES[language]} sentences of the pages, texts and emails. `make messages` keeps them up to date.\n"
    return about + 'msgid ""\nmsgstr ""\n' + "".join(f'"{field}\\n"\n' for field in fields) + "\n"


def _forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (tuple, list)) else [message.string]


if __name__ == "__main__":
    for language in TRANSLATED:
        path(language).write_bytes(updated(language))
        missing = [message for message in written(language) if message.id and not all(_forms(message))]
        print(f"{language}: {len(missing)} to translate")
