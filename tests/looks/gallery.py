"""Writes every page to HTML files and takes pictures of them: `python -m tests.looks.gallery FOLDER [NAME …]`.

Each state of the customer's page as the application makes it, in four languages, at 360 and 1280 px, light and dark;
some also at 320 px, with text at 200 %, in forced colors and printed. The pages of the sandbox from their samples.
NAME is a state, a language or state-language.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from portal.app import create_app
from portal.core.database import db
from portal.core.settings import Settings
from portal.migrations.state import upgrade
from tests.harness import Portal
from tests.looks.rendering import ROOT, environment, every_page
from tests.looks.states import LANGUAGES, Stage
from tests.servers import chromium

SIZES = {"360": 360, "1280": 1280}
EXTRA = ("offer", "done", "declined", "sandbox-card-errors")
ONLY_SAMPLES = ("due", "cancel", "pause")  # pages without an address of their own yet


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for state, language, html in _pages():
        name = f"{state}-{language}"
        if not wanted or {state, language, name} & set(wanted):
            (folder / f"{name}.html").write_text(_beside(html), encoding="utf-8")
            names.append(name)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        for name in names:
            _pictures(browser, folder, name)
        browser.close()


def _pages() -> Iterator[tuple[str, str, str]]:
    with TemporaryDirectory() as home:
        settings = Settings.from_environment({"PORTAL_HOME": home, "LOG_FORMAT": "json"})
        app = create_app(settings)
        with app.app_context():
            upgrade(db.engine)
        for language in LANGUAGES:
            for state, html in Stage(Portal(app, settings), language).pages():
                yield state, language, html
    made = environment()
    for name, sample in every_page().items():
        if name.startswith("sandbox") or name in ONLY_SAMPLES:
            yield name, "en", made.get_template(sample.template).render(**sample.context)


def _beside(html: str) -> str:
    """The page as a file: without its script, and with our own files found."""
    return re.sub(r"<script.*?</script>", "", html).replace("/static/", f"{(ROOT / 'portal' / 'static').as_uri()}/")


def _pictures(browser: Browser, folder: Path, name: str) -> None:
    for size, width in SIZES.items():
        for scheme in ("light", "dark"):
            _picture(browser, folder, name, f"{size}-{scheme}", width, dark=scheme == "dark")
    if name.rpartition("-")[0] in EXTRA:
        _picture(browser, folder, name, "320", 320)
        _picture(browser, folder, name, "320-text200", 320, script="document.documentElement.style.fontSize = '200%'")
        _picture(browser, folder, name, "forced-colors", 360, forced=True)
        _picture(browser, folder, name, "print", 794, media="print")


def _picture(
    browser: Browser,
    folder: Path,
    name: str,
    kind: str,
    width: int,
    *,
    dark: bool = False,
    forced: bool = False,
    script: str = "",
    media: str = "screen",
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 780},
        color_scheme="dark" if dark else "light",
        forced_colors="active" if forced else "none",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto((folder / f"{name}.html").resolve().as_uri())
    page.emulate_media(media=media)  # type: ignore[arg-type]
    if script:
        page.evaluate(script)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        print(f"{name} {kind}: {overflow} px wider than the window", file=sys.stderr)
    page.screenshot(path=str(folder / f"{name}-{kind}.png"), full_page=True)
    context.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Say into which folder: python -m tests.looks.gallery FOLDER [NAME …]")
    main(Path(sys.argv[1]), sys.argv[2:])
