"""Which migration the code needs, and bringing a database there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

FOLDER = Path(__file__).parent


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    return found


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def upgrade(engine: Engine) -> None:
    """Apply what is missing, in one transaction."""
    found = config()
    with engine.connect() as connection:
        found.attributes["connection"] = connection
        command.upgrade(found, "head")
        connection.commit()
