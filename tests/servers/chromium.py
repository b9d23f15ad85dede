"""The browser of the tests: Debian's Chromium, or any other that is there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.servers.child import Missing

OVERRIDE = "TEST_CHROMIUM"
PACKAGE = "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PLACES = (
    ".cache/ms-playwright/chromium-*/chrome-linux*/chrome",  # what `playwright install chromium` brings
    "Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find() -> str | None:
    """The path for Playwright's `executable_path`, or None. Raises Missing when TEST_CHROMIUM names no program."""
    named = os.environ.get(OVERRIDE)
    if named:
        if not os.access(named, os.X_OK):
            raise Missing(f"{OVERRIDE} names {named}, which is not a program")
        return named
    on_path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if on_path:
        return on_path
    found = [path for place in PLACES for path in sorted(Path.home().glob(place))]
    found += [ON_MACOS] if ON_MACOS.exists() else []
    return str(found[-1]) if found else None


def available() -> bool:
    """Whether there is a browser to drive."""
    return find() is not None
