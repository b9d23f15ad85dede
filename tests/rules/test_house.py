"""House rules as tests: every door guarded, every job with its actor, every table with its migration."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import MetaData, create_engine

from portal.app import create_app
from portal.broker import make_broker
from portal.core.database import Base, db
from portal.core.jobs import QUEUES, Job
from portal.core.settings import Settings
from portal.migrations.state import upgrade
from portal.migrations.tables import all_tables_are_known
from workers.actors import declare
from workers.main import POOLS
from workers.scheduler import LOOKED_AT
from workers.work import DOES

ROOT = Path(__file__).parents[2]
OPEN_TO_ALL = {"static", "health", "api_description"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(Settings.from_environment({"PORTAL_HOME": str(tmp_path_factory.mktemp("house"))}))


def test_every_door_checks_who_knocks(app: Flask) -> None:
    guarded = {name for name, hooks in app.before_request_funcs.items() if name and hooks}
    doors = set(app.blueprints) - OPEN_TO_ALL - {"sandbox_phone"}
    assert doors - guarded == set()


def test_every_job_has_an_actor_on_its_queue_a_pool_and_something_to_do(app: Flask) -> None:
    broker = make_broker(app.extensions["portal_settings"])
    declare(broker, app)
    assert {name: actor.queue_name for name, actor in broker.actors.items()} == {job.value: QUEUES[job] for job in Job}
    assert set().union(*(queues for queues, _ in POOLS)) == set(QUEUES.values())
    assert set(DOES) == set(Job)


def test_every_table_with_due_rows_is_looked_at() -> None:
    assert all_tables_are_known
    due = {mapper.class_ for mapper in Base.registry.mappers if hasattr(mapper.class_, "site_due_at")}
    looked_at = {table for table, _ in LOOKED_AT}
    # The billing run takes its rows in batches, webhooks go by turns.
    assert {table.__name__ for table in due - looked_at} == {"Subscription", "Delivery"}


def test_the_migrations_make_exactly_the_tables_of_the_models(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        upgrade(db.engine)
        made = MetaData()
        made.reflect(db.engine)
    wanted = create_engine(f"sqlite:///{tmp_path / 'wanted.db'}")
    Base.metadata.create_all(wanted)
    models = MetaData()
    models.reflect(wanted)
    made.remove(made.tables["alembic_version"])
    assert _described(made) == _described(models)


def _described(metadata: MetaData) -> dict[str, list[str]]:
    return {
        table.name: sorted(
            [f"{column.name} {column.type} {column.nullable}" for column in table.columns]
            + [f"index {index.name} {index.unique} {[c.name for c in index.columns]}" for index in table.indexes]
            + [f"{type(c).__name__} {c.name}" for c in table.constraints]
        )
        for table in metadata.tables.values()
    }


def test_every_template_parses_and_names_only_templates_that_exist() -> None:
    folder = ROOT / "portal" / "templates"
    environment = Environment(loader=FileSystemLoader(folder), extensions=["jinja2.ext.i18n"], autoescape=True)
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    for name in names:
        environment.get_template(name)
    assert len(names) > 40


def test_a_missing_setting_stops_the_start_with_one_line_that_names_it(tmp_path: Path) -> None:
    from portal.core.settings import WrongSetting

    cases = {
        "PORT": "eighty", "PUBLIC_URL": "pay.example.com", "DATABASE_URL": "mysql://x", "BROKER_URL": "kafka://x",
        "TRUSTED_PROXIES": "-1", "LOG_FORMAT": "xml", "WEBHOOK_ALLOW_PRIVATE": "perhaps", "SECRET_KEY": "short",
    }  # fmt: skip
    for name, value in cases.items():
        with pytest.raises(WrongSetting, match=f"^{name}: "):
            Settings.from_environment({"PORTAL_HOME": str(tmp_path), name: value})
    with pytest.raises(WrongSetting, match=r"^SECRET_KEY: "):
        Settings.from_environment({"PORTAL_HOME": str(tmp_path), "DATABASE_URL": "postgresql+psycopg://x/y"})


@pytest.mark.parametrize(
    "path", ["/", "/api/v3/nothing", "/p/x", "/static/none", "/healthz", "/sandbox/setup/x", "/console/"]
)
def test_every_answer_carries_its_request_id_and_the_headers_that_keep_it_to_itself(app: Flask, path: str) -> None:
    with app.app_context():
        upgrade(db.engine)
    answer = app.test_client().get(path, headers={"Host": "127.0.0.1"})
    assert answer.headers["X-Request-Id"].startswith("req_")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    if answer.mimetype == "text/html":
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert "Set-Cookie" not in answer.headers or path.startswith("/console")
