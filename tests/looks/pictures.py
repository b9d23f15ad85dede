"""Shows pages to a browser without a server, and takes their pictures: sizes, themes, large text, print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.servers import chromium

PLACE = "http://pages.test/"
LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"
NORMAL_TEXT = "document.documentElement.style.fontSize = ''"
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Kind:
    """One way to look at a page; `name` is the end of the picture's."""

    name: str
    width: int
    theme: Literal["light", "dark"] = "light"
    large: bool = False
    printed: bool = False
    forced: bool = False


USUAL = (
    Kind("360-light", 360),
    Kind("360-dark", 360, "dark"),
    Kind("1280-light", 1280),
    Kind("1280-dark", 1280, "dark"),
)
LARGE = Kind("320-text-200", 320, large=True)
UNUSUAL = (Kind("320", 320), LARGE, Kind("forced-colors", 360, forced=True), Kind("print", 794, printed=True))


class Easel:
    """One browser window that shows the pages it was given, by their names."""

    def __init__(self, browser: Browser, pages: dict[str, str]) -> None:
        self._pages = {name: re.sub(r"<script.*?</script>", "", html) for name, html in pages.items()}
        self.page: Page = browser.new_page(viewport={"width": 320, "height": 780}, reduced_motion="reduce")
        self.page.route(PLACE + "*", self._serve)

    def shows(self, name: str) -> Page:
        self.page.goto(PLACE + name)
        return self.page

    def takes(self, kind: Kind, to: Path) -> int:
        """A picture of the page that is shown; how many pixels it is wider than the window."""
        page = self.page
        page.set_viewport_size({"width": kind.width, "height": 780})
        page.emulate_media(
            color_scheme=kind.theme,
            media="print" if kind.printed else "screen",
            forced_colors="active" if kind.forced else "none",
        )
        page.evaluate(LARGE_TEXT if kind.large else NORMAL_TEXT)
        page.screenshot(path=to, full_page=True)
        return int(page.evaluate(WIDER))

    def _serve(self, route: Route) -> None:
        name = route.request.url.removeprefix(PLACE)
        route.fulfill(body=self._pages.get(name, ""), content_type="text/html; charset=utf-8")


@contextmanager
def window(pages: dict[str, str], path: str | None = None) -> Iterator[Easel]:
    """A browser for as long as the block lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path or chromium.find(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield Easel(browser, pages)
        browser.close()
