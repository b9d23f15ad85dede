"""The styles of one side (customer, sandbox, console) as one string for an inlined <style nonce>."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

CSS = Path(__file__).resolve().parents[1] / "static" / "css"

_IMPORT = re.compile(r'@import "([a-z/_-]+\.css)";')
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# A space before a colon can be a descendant (".field :is(…)"), one after it never is; "+" stays as it is for calc().
_LOOSE = ((r"\s+", " "), (r" ?([{};,]) ?", r"\1"), (r": ", ":"), (r" > ", ">"), (r";}", "}"))


def customer_css() -> Markup:
    """Everything the customer's pages and the error pages are styled by."""
    return inlined("customer")


def sandbox_css() -> Markup:
    """The customer's styles and the sandbox's own."""
    return inlined("sandbox")


def docs_css() -> Markup:
    """What the API's page is styled by."""
    return inlined("docs")


@cache
def inlined(side: str) -> Markup:
    """All styles that `<side>.css` lists, in its order, without comments and needless spaces; read once a process.

    Raises FileNotFoundError when there is no such list.
    """
    return Markup(_light(_read(f"{side}.css")))  # noqa: S704 our own files; nobody typed them


def _read(name: str) -> str:
    """One file with its imports put in place; every import is named from the css folder."""
    return _IMPORT.sub(lambda found: _read(found.group(1)), (CSS / name).read_text(encoding="utf-8"))


def _light(css: str) -> str:
    css = _COMMENT.sub("", css)
    for loose, tight in _LOOSE:
        css = re.sub(loose, tight, css)
    return css.strip()
