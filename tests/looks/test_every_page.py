"""Every page, in each state, language and theme: no rule of accessibility broken, light, and its picture kept."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from tests.harness import Portal
from tests.looks.gateway_samples import sandbox_pages
from tests.looks.pictures import LARGE, USUAL, WIDER, Easel, Kind, window
from tests.looks.rendering import environment
from tests.looks.stage import LANGUAGES, Stage
from tests.looks.states import pages
from tests.servers import chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENS = Path(__file__).resolve().parents[2] / "test-results" / "pages"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLORS = {"type": "rule", "values": ["color-contrast"]}  # all that a theme changes
# Only what is wrong is wanted in full: of the rest the number of rules that held.
FIND_WRONG = """async (rules) => {
    const found = await axe.run({runOnly: rules, resultTypes: ["violations"]});
    const wrong = found.violations.flatMap((rule) => rule.nodes.map((node) => [rule.id, node.html.slice(0, 160)]));
    return {wrong, right: found.passes.length};
}"""
NARROW = Kind("320", 320)
FIRST_VIEW = 14 * 1024  # bytes: what a phone gets in its first round trip
# A link inside a sentence may be as low as its line (WCAG 2.5.8); everything else is 44 px or higher.
SMALL = """() => [...document.querySelectorAll("a, button, select, input:not([type=hidden]), summary, .pick label")]
    .filter((one) => one.type !== "radio" && one.getBoundingClientRect().height < 44
        && !one.closest("p:not(.field), dd, .why, .notice"))
    .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_in_every_theme(portal: Portal, language: str) -> None:
    path = chromium.find()
    if path is None:
        pytest.skip(f"Chromium is not installed: install {chromium.PACKAGE} or set {chromium.OVERRIDE}")
    # Made before the browser starts: its library runs a loop in this thread, and so does a charge.
    shown = dict(pages(Stage(portal, language)))
    assert len(shown) > 60
    assert [state for state, html in shown.items() if len(gzip.compress(html.encode())) > FIRST_VIEW] == []
    assert list(_looked_at(shown, language, path)) == []


def test_the_pages_of_the_sandbox() -> None:
    path = chromium.find()
    if path is None:
        pytest.skip(f"Chromium is not installed: install {chromium.PACKAGE} or set {chromium.OVERRIDE}")
    made = environment()
    shown = {name: made.get_template(one.template).render(**one.context) for name, one in sandbox_pages().items()}
    assert list(_looked_at(shown, "en", path)) == []


def _looked_at(shown: dict[str, str], language: str, path: str) -> Iterator[tuple[str, ...]]:
    SCREENS.mkdir(parents=True, exist_ok=True)
    with window(shown, path) as easel:
        easel.page.evaluate(AXE)
        for state in shown:
            yield from _wrong(easel, state)
            # Danish has the longest words: what holds them at twice the size holds the others.
            for kind in (*USUAL, *((LARGE,) if language == "da" else ())):
                if easel.takes(kind, SCREENS / f"{state}-{language}-{kind.name}.png") > 0:
                    yield state, "wider than the window", kind.name


def _wrong(easel: Easel, state: str) -> Iterator[tuple[str, ...]]:
    page = easel.shows(state)
    for kind, rules in ((NARROW, RULES), (replace(NARROW, theme="dark"), COLORS)):
        easel.looks(kind)
        result = page.evaluate(FIND_WRONG, rules)
        yield from ((state, kind.theme, *one) for one in result["wrong"])
        assert result["right"] > (10 if rules is RULES else 0)
    yield from ((state, "lower than 44 px", one) for one in page.evaluate(SMALL))
    if page.evaluate(WIDER) > 0:
        yield state, "wider than 320 px"
