"""Renders a template as the application does: same escaping, newstyle gettext, strict about what is missing."""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.checkout.stylesheet import inlined
from tests.looks.samples import Sample, customer_pages, sandbox_pages

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "portal" / "templates"
NONCE = "bm9uY2U"
ERRORS = sorted(path.stem for path in (TEMPLATES / "errors").glob("[0-9]*.html"))


def environment(static: str = "/static", pseudo: Callable[[str], str] | None = None) -> Environment:
    """An environment like Flask's, with the globals the templates count on. `pseudo` changes every sentence."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(("html", "htm", "xml", "xhtml", "svg")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    nothing = NullTranslations()
    change = pseudo or (lambda sentence: sentence)
    made.install_gettext_callables(  # type: ignore[attr-defined]
        lambda sentence: change(nothing.gettext(sentence)),
        lambda one, many, count: change(nothing.ngettext(one, many, count)),
        newstyle=True,
    )
    made.globals.update(
        url_for=lambda endpoint, filename: f"{static}/{filename}",
        customer_css=inlined("customer"),
        sandbox_css=inlined("sandbox"),
        csp_nonce=NONCE,
    )
    return made


def every_page() -> dict[str, Sample]:
    errors = {f"error-{code}": Sample(f"errors/{code}.html") for code in ERRORS}
    return customer_pages() | sandbox_pages() | errors


def render(name: str, context: dict[str, Any], made: Environment | None = None) -> str:
    return (made or environment()).get_template(name).render(**context)
