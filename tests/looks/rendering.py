"""Renders a template as the application does: same escaping, newstyle gettext, strict about what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.checkout import brand
from portal.checkout.stylesheet import inlined
from portal.core import speech
from tests.looks.gateway_samples import sandbox_pages
from tests.looks.page_samples import customer_pages
from tests.looks.sample_shop import Sample

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "portal" / "templates"
NONCE = "bm9uY2U"
ERRORS = sorted(path.stem for path in (TEMPLATES / "errors").glob("[0-9]*.html"))


def environment(static: str = "/static", language: str = "en") -> Environment:
    """An environment like Flask's, with the globals the templates count on."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(("html", "htm", "xml", "xhtml", "svg")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    speech.install(made, lambda: language)
    made.globals.update(
        url_for=lambda endpoint, filename: f"{static}/{filename}",
        customer_css=inlined("customer"),
        sandbox_css=inlined("sandbox"),
        brand_css=brand.rule,
        csp_nonce=NONCE,
    )
    return made


def every_page() -> dict[str, Sample]:
    errors = {f"error-{code}": Sample(f"errors/{code}.html") for code in ERRORS}
    errors["too-many"] = Sample("errors/429.html", {"retry_minutes": 5})
    return customer_pages() | sandbox_pages() | errors


def render(name: str, context: dict[str, Any], made: Environment | None = None) -> str:
    return (made or environment()).get_template(name).render(**context)
