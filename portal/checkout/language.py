"""Which language a page is in: what was tapped at its foot, the customer's record, the browser, the site."""

from __future__ import annotations

import re

from flask import g, has_request_context, request
from flask_babel import get_locale, refresh

from portal.checkout.parts import Language
from portal.core.formats import is_rtl
from portal.core.speech import ENGLISH, LANGUAGES, spoken
from portal.customers.models import Customer
from portal.sites.models import Site

_PAGE = re.compile(r"genuine|history|papers|agreed|method|pause|cancel|terms|someone-else|receipt/[0-9a-f-]{32,36}")
OURS = frozenset({"checkout", "static", None})  # None: an address that no door knows


def settle(customer: Customer, site: Site) -> str:
    """The language of this customer's page; every template of this request speaks it from now on."""
    if not has_request_context():
        return spoken(customer.locale, site.locale)
    g.language = spoken(tapped(), customer.locale, *_browser(), site.locale)
    refresh()
    return str(g.language)


def of_request() -> str:
    """For templates: the settled language; else what the browser asks for. The doors of others speak English."""
    if not has_request_context():
        return ENGLISH
    if request.blueprint not in OURS:
        return ENGLISH
    return str(g.get("language") or spoken(tapped(), *_browser()))


def current() -> str:
    """The language that templates speak now."""
    locale = get_locale()
    return ENGLISH if locale is None else str(locale.language)


def tapped() -> str:
    """The language chosen at the foot of the page; empty where none was."""
    wish = request.args.get("lang", "")
    return wish if wish in LANGUAGES else ""


def kept(path: str) -> str:
    """The path with the language that was tapped, so that the next page has it too."""
    wish = tapped() if has_request_context() else ""
    return f"{path}?lang={wish}" if path and wish else path


def page_of_request(own_path: str) -> str:
    """Which of the customer's pages this request is for, named by what follows the link; empty for the main one."""
    rest = request.path.removeprefix(f"{own_path}/") if has_request_context() and own_path else ""
    return rest if _PAGE.fullmatch(rest) else ""


def is_page(name: str) -> bool:
    return name == "" or _PAGE.fullmatch(name) is not None


def offered(locale: str) -> tuple[Language, ...]:
    """The languages at the foot of a page, each by its own name."""
    return tuple(
        Language(code=code, name=name, href=f"?lang={code}", dir=direction(code), current=code == locale)
        for code, name in LANGUAGES.items()
    )


def direction(locale: str) -> str:
    return "rtl" if is_rtl(locale) else "ltr"


def _browser() -> list[str]:
    return [language for language, quality in request.accept_languages if quality > 0]
