"""Writes every page to HTML files and takes pictures of them: `python -m tests.looks.gallery FOLDER [NAME …]`.

360 and 1280 px, light and dark; some pages also at 320 px, with text at 200 %, in forced colors, from right to left.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.looks.rendering import ROOT, environment, every_page

SIZES = {"360": 360, "1280": 1280}
EXTRA = ("offer", "done", "declined", "sandbox-card-errors")


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pages = {name: page for name, page in every_page().items() if not wanted or name in wanted}
    made = environment(static=(ROOT / "portal" / "static").as_uri())
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(made.get_template(page.template).render(**page.context), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        for name in pages:
            _pictures(browser, folder, name)
        browser.close()


def _pictures(browser: Browser, folder: Path, name: str) -> None:
    for size, width in SIZES.items():
        for scheme in ("light", "dark"):
            _picture(browser, folder, name, f"{size}-{scheme}", width, dark=scheme == "dark")
    if name in EXTRA:
        _picture(browser, folder, name, "320", 320)
        _picture(browser, folder, name, "320-text200", 320, script="document.documentElement.style.fontSize = '200%'")
        _picture(browser, folder, name, "forced-colors", 360, forced=True)
        _picture(browser, folder, name, "rtl", 360, script="document.documentElement.dir = 'rtl'")


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
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 780},
        color_scheme="dark" if dark else "light",
        forced_colors="active" if forced else "none",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto((folder / f"{name}.html").resolve().as_uri())
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
