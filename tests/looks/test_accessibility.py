"""No page breaks a rule of accessibility, in any state, language or theme; what is tapped is large enough."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Literal

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from tests.harness import Portal
from tests.looks.states import LANGUAGES, Stage
from tests.servers import chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FIRST_VIEW = 14 * 1024  # bytes: what a phone gets in its first round trip
PLACE = "http://pages.test/"
# A link inside a sentence may be as low as its line (WCAG 2.5.8); everything else is 44 px or higher.
SMALL = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), summary")]
    .filter((one) => one.getBoundingClientRect().height < 44 && !one.closest("p, dd, .why, .notice"))
    .map((one) => one.outerHTML.slice(0, 120))"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_in_every_theme(portal: Portal, language: str) -> None:
    path = chromium.find()
    if path is None:
        pytest.skip(f"Chromium is not installed: install {chromium.PACKAGE} or set {chromium.OVERRIDE}")
    # Made before the browser starts: its library runs a loop in this thread, and so does a charge.
    pages = {state: re.sub(r"<script.*?</script>", "", html) for state, html in Stage(portal, language).pages()}
    assert len(pages) > 20
    assert [state for state, html in pages.items() if len(gzip.compress(html.encode())) > FIRST_VIEW] == []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 320, "height": 780}, reduced_motion="reduce")
        page.route(PLACE + "*", lambda route: _serve(route, pages))
        found = [words for state in pages for words in _wrong(page, state)]
        browser.close()
    assert found == []


def _wrong(page: Page, state: str) -> Iterator[tuple[str, ...]]:
    page.goto(PLACE + state)
    page.evaluate(AXE)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        result = page.evaluate("(rules) => axe.run({runOnly: rules})", RULES)
        for rule in result["violations"]:
            yield from ((state, theme, rule["id"], node["html"][:160]) for node in rule["nodes"])
        assert len(result["passes"]) > 10
    yield from ((state, "lower than 44 px", one) for one in page.evaluate(SMALL))
    if page.evaluate(WIDER) > 0:
        yield state, "wider than 320 px"


def _serve(route: Route, pages: dict[str, str]) -> None:
    route.fulfill(body=pages.get(route.request.url.removeprefix(PLACE), ""), content_type="text/html; charset=utf-8")
