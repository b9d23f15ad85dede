"""Writes every page to HTML files and takes pictures of them: `python -m tests.looks.gallery FOLDER [NAME …]`.

Each state of the customer's page as the application makes it, in four languages, at 360 and 1280 px, light and dark;
also at 320 px, with text at 200 %, in forced colors and printed, where the state is named. The pages of the sandbox
from their samples. NAME is a state, a language or state-language.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.app import create_app
from portal.core.database import db
from portal.core.settings import Settings
from portal.migrations.state import upgrade
from tests.harness import Portal
from tests.looks.gateway_samples import sandbox_pages
from tests.looks.pictures import UNUSUAL, USUAL, window
from tests.looks.rendering import environment
from tests.looks.stage import LANGUAGES, Stage
from tests.looks.states import pages


def main(folder: Path, wanted: set[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    found = {f"{state}-{language}": html for state, language, html in _every_page(wanted)}
    with window(found) as easel:
        for name, html in found.items():
            (folder / f"{name}.html").write_text(html, encoding="utf-8")
            easel.shows(name)
            for kind in (*USUAL, *(UNUSUAL if wanted else ())):
                wider = easel.takes(kind, folder / f"{name}-{kind.name}.png")
                if wider > 0:
                    print(f"{name} {kind.name}: {wider} px wider than the window", file=sys.stderr)


def _every_page(wanted: set[str]) -> Iterator[tuple[str, str, str]]:
    with TemporaryDirectory() as home:
        settings = Settings.from_environment({"PORTAL_HOME": home, "LOG_FORMAT": "json"})
        app = create_app(settings)
        with app.app_context():
            upgrade(db.engine)
        for language in LANGUAGES:
            if not wanted or not wanted & set(LANGUAGES) or language in wanted:
                for state, html in pages(Stage(Portal(app, settings), language)):
                    if _is_wanted(state, language, wanted):
                        yield state, language, html
    made = environment()
    for name, sample in sandbox_pages().items():
        if _is_wanted(name, "en", wanted):
            yield name, "en", made.get_template(sample.template).render(**sample.context)


def _is_wanted(state: str, language: str, wanted: set[str]) -> bool:
    return not wanted or bool({state, language, f"{state}-{language}"} & wanted)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Say into which folder: python -m tests.looks.gallery FOLDER [NAME …]")
    main(Path(sys.argv[1]), set(sys.argv[2:]))
