"""Shows pages to a browser without a server, and takes their pictures: sizes, themes, large text, print."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers import chromium

HEIGHT = 780
SHOW = """(html) => {
    const page = new DOMParser().parseFromString(html, "text/html").documentElement;
    document.replaceChild(document.adoptNode(page), document.documentElement);
    document.querySelector("[autofocus]")?.focus();
}"""
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


USUAL = (  # in an order in which each step changes little
    Kind("360-dark", 360, "dark"),
    Kind("1280-dark", 1280, "dark"),
    Kind("1280-light", 1280),
    Kind("360-light", 360),
)
LARGE = Kind("320-text-200", 320, large=True)
UNUSUAL = (Kind("320", 320), LARGE, Kind("forced-colors", 360, forced=True), Kind("print", 794, printed=True))


class Easel:
    """One browser window that shows the pages it was given, by their names.

    They are shown in one document, one after another, so that what was loaded into it once is there for all of them.
    """

    def __init__(self, browser: Browser, pages: dict[str, str]) -> None:
        self._pages = {name: re.sub(r"<script.*?</script>", "", html) for name, html in pages.items()}
        self.page: Page = browser.new_page(viewport={"width": 320, "height": HEIGHT}, reduced_motion="reduce")
        self.page.set_content("<!doctype html><title>Easel</title>")
        self._tools = self.page.context.new_cdp_session(self.page)
        self._seen_as = Kind("", 320)

    def shows(self, name: str) -> Page:
        self.page.evaluate(SHOW, self._pages[name])
        return self.page

    def looks(self, kind: Kind) -> None:
        """Sees the page so from now on; what stays as it is costs nothing."""
        page, before, self._seen_as = self.page, self._seen_as, kind
        if kind.width != before.width:
            page.set_viewport_size({"width": kind.width, "height": HEIGHT})
        if (kind.theme, kind.printed, kind.forced) != (before.theme, before.printed, before.forced):
            page.emulate_media(
                color_scheme=kind.theme,
                media="print" if kind.printed else "screen",
                forced_colors="active" if kind.forced else "none",
            )
        page.evaluate(LARGE_TEXT if kind.large else NORMAL_TEXT)

    def takes(self, kind: Kind, to: Path) -> int:
        """A picture of the page that is shown; how many pixels it is wider than the window."""
        self.looks(kind)
        # The library's own way makes the window as high as the page and waits for it, which takes three times as long.
        whole = {"format": "png", "captureBeyondViewport": True, "optimizeForSpeed": True}
        to.write_bytes(base64.b64decode(self._tools.send("Page.captureScreenshot", whole)["data"]))
        return int(self.page.evaluate(WIDER))


@contextmanager
def window(pages: dict[str, str], path: str | None = None) -> Iterator[Easel]:
    """A browser for as long as the block lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path or chromium.find(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield Easel(browser, pages)
        browser.close()
