"""Sentences of the catalogs, in templates and beside them: looked up by language, filled with names and amounts.

A catalog is read from its .po file as it stands; there is no compiled copy that could be older than it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from portal.core.formats import is_rtl

CATALOGS = Path(__file__).resolve().parents[1] / "translations"
LANGUAGES = {"en": "English", "fr": "Français", "da": "Dansk", "ar": "العربية"}
ENGLISH = "en"
ADDRESSES = ("http", "{link:")  # the second becomes the first when a message is sent

_FIRST_STRONG_ISOLATE, _LEFT_TO_RIGHT_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2066", "\u2069"


def spoken(*wishes: str | None) -> str:
    """The first of these locales that we have sentences for, as a language: "fr-CA" is "fr". English else."""
    languages = (wish.replace("_", "-").partition("-")[0].lower() for wish in wishes if wish)
    return next((language for language in languages if language in LANGUAGES), ENGLISH)


@cache
def catalog(locale: str) -> NullTranslations:
    """The sentences of one language, read once a process; English (as written here) where there is no catalog."""
    source = CATALOGS / spoken(locale) / "LC_MESSAGES" / "messages.po"
    if not source.exists():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=spoken(locale)))
    compiled.seek(0)
    return Translations(compiled)


def filled(sentence: str, locale: str, **values: str | int) -> str:
    """The sentence with its `%(name)s` filled in.

    In right-to-left languages each value is isolated, so that an amount or a Latin name does not reorder the words
    around it; a value without letters (a number, a phone, an amount with its sign) is kept left to right.
    """
    if not is_rtl(locale):
        return sentence % values
    return sentence % {name: _isolated(str(value)) for name, value in values.items()}


def install(environment: Environment, language: Callable[[], str]) -> None:
    """Let templates speak the language that `language` names when asked: `_`, `ngettext`, and `trans` blocks.

    Values are escaped where the template escapes, and isolated as by `filled`.
    """

    @pass_context
    def gettext(context: Context, sentence: str, /, **values: Any) -> str:
        return _placed(context, catalog(language()).gettext(sentence), language(), values)

    @pass_context
    def ngettext(context: Context, one: str, many: str, num: int, /, **values: Any) -> str:
        return _placed(context, catalog(language()).ngettext(one, many, num), language(), {"num": num} | values)

    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals.update(gettext=gettext, ngettext=ngettext)


def _placed(context: Context, sentence: str, locale: str, values: dict[str, Any]) -> str:
    if context.eval_ctx.autoescape:
        sentence = Markup(sentence)  # noqa: S704 the catalog is ours; values are escaped when they are put in
    if is_rtl(locale):
        values = {name: _isolated(value) for name, value in values.items()}
    return sentence % values


def _isolated(value: Any) -> Any:
    """The value between marks that keep its direction to itself; markup stays markup.

    An address is left bare: it reads from left to right anyway, and a phone could take the mark for a part of it.
    """
    text = value if isinstance(value, str) else str(value)
    words = text.striptags() if isinstance(text, Markup) else text
    if not words or words.startswith(ADDRESSES):
        return text
    opening = _FIRST_STRONG_ISOLATE if any(map(str.isalpha, words)) else _LEFT_TO_RIGHT_ISOLATE
    marked = f"{opening}{text}{_END_OF_ISOLATE}"
    return Markup(marked) if isinstance(text, Markup) else marked  # noqa: S704 it was markup before
