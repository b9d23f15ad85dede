"""Sentences of the catalogs outside templates: looked up by language, filled with names and amounts."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale
from babel.support import Translations

from portal.core.formats import is_rtl

CATALOGS = Path(__file__).resolve().parents[1] / "translations"

_FIRST_STRONG_ISOLATE, _LEFT_TO_RIGHT_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2066", "\u2069"


@cache
def catalog(locale: str) -> NullTranslations:
    """The sentences of one language, read once a process; English (as written here) where there is no catalog."""
    return Translations.load(CATALOGS, [Locale.parse(locale)])


def filled(sentence: str, locale: str, **values: str | int) -> str:
    """The sentence with its `%(name)s` filled in.

    In right-to-left languages each value is isolated, so that an amount or a Latin name does not reorder the words
    around it; a value that starts with a digit or sign is kept left to right.
    """
    if not is_rtl(locale):
        return sentence % values
    return sentence % {name: _isolated(str(value)) for name, value in values.items()}


def _isolated(value: str) -> str:
    opening = _FIRST_STRONG_ISOLATE if value[:1].isalpha() else _LEFT_TO_RIGHT_ISOLATE
    return f"{opening}{value}{_END_OF_ISOLATE}" if value else value
