"""Fixtures of the whole suite: one portal over a clean database, on SQLite or on PostgreSQL and Redis."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from portal.app import create_app, take_over
from portal.core.database import Base, db
from portal.core.settings import Settings
from portal.gateways.sandbox.store import Store
from portal.gateways.sandbox.store import metadata as sandbox_tables
from portal.migrations.state import upgrade
from tests.harness import Customer, Merchant, Portal
from tests.servers import postgres, redis

# TRUNCATE takes a new file for each table and index, a tenth of a second; what DELETE leaves behind would make later
# tests read more and more of it.
LARGEST = text("SELECT max(pg_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
ROOMY = 200_000  # bytes
USES_BACKEND = {"portal", "merchant", "merchant_on_clock", "customer", "settings", "backend"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--backend", choices=("sqlite", "postgres"), default="sqlite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # Side by side, a file stays in one process; these folders do as a whole, for what they start is theirs alone.
        folder = item.path.parent.name
        group = folder if folder in {"faults", "journeys"} else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
        # A picture of a page is the same whatever keeps its rows.
        if USES_BACKEND & set(getattr(item, "fixturenames", ())) and folder != "looks":
            item.add_marker("backend")


@dataclass(frozen=True)
class Backend:
    """Where the tests' database and broker are."""

    database_url: str
    broker_url: str


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    if request.config.getoption("--backend") == "sqlite":
        yield Backend(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'portal.db'}", "")
        return
    with postgres.start() as database, redis.start() as broker:
        yield Backend(
            os.environ.get("TEST_DATABASE_URL") or database.url, os.environ.get("TEST_REDIS_URL") or broker.url
        )


@pytest.fixture(scope="session")
def migrated(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    """The backend with every table made by the migrations themselves."""
    app = create_app(_settings(backend, tmp_path_factory.mktemp("migrate")), sockets="none")
    with app.app_context():
        upgrade(db.engine)
        db.engine.dispose()
    return backend


@dataclass
class Apps:
    """The apps of this run, one for each environment: making one costs more than most tests do with it."""

    backend: Backend
    homes: pytest.TempPathFactory
    made: dict[frozenset[tuple[str, str]], Settings] = field(default_factory=dict)
    running: dict[Settings, Flask] = field(default_factory=dict)

    def settings(self, environment: dict[str, str]) -> Settings:
        wanted = frozenset(environment.items())
        if wanted not in self.made:
            self.made[wanted] = _settings(self.backend, self.homes.mktemp("home"), **environment)
        return self.made[wanted]

    def take(self, settings: Settings) -> Flask:
        """The app of these settings, and the process for it."""
        if settings in self.running:
            take_over(self.running[settings])
        else:
            self.running[settings] = create_app(settings)
        return self.running[settings]


@pytest.fixture(scope="session")
def apps(migrated: Backend, tmp_path_factory: pytest.TempPathFactory) -> Apps:
    return Apps(migrated, tmp_path_factory)


@pytest.fixture
def settings(apps: Apps, request: pytest.FixtureRequest) -> Settings:
    """Settings of this test; `@pytest.mark.environment(NAME="value")` sets more of them."""
    marker = request.node.get_closest_marker("environment")
    return apps.settings(marker.kwargs if marker else {})


@pytest.fixture
def portal(apps: Apps, settings: Settings) -> Iterator[Portal]:
    _wipe(settings)
    app = apps.take(settings)
    parts = dict(app.extensions)
    yield Portal(app, settings)
    app.extensions.update(parts)  # a test may put others in their place
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def merchant(portal: Portal) -> Merchant:
    """A test site in Chicago on the real time."""
    return portal.merchant()


@pytest.fixture
def merchant_on_clock(portal: Portal) -> Merchant:
    """A test site in Chicago whose clock stands at three in the morning of January 31, 2026."""
    return portal.merchant(clock="2026-01-31T09:00")


@pytest.fixture
def customer(portal: Portal, merchant: Merchant) -> Customer:
    """John with the link of the sample request."""
    answer = merchant.post()
    assert answer.status_code == 200, answer.text
    portal.run_jobs()
    return Customer(portal, answer.json["link"])


def _settings(backend: Backend, home: Path, **more: str) -> Settings:
    return Settings.from_environment(
        {
            "PORTAL_HOME": str(home),
            "DATABASE_URL": backend.database_url,
            "BROKER_URL": backend.broker_url,
            "SECRET_KEY": secrets.token_hex(32),
            "LOG_FORMAT": "json",
        }
        | more
    )


def _wipe(settings: Settings) -> None:
    """Empty every table, ours and the sandbox gateway's."""
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        names = [table.fullname for table in reversed(Base.metadata.sorted_tables)]
        if engine.dialect.name == "postgresql" and connection.scalar(LARGEST) > ROOMY:
            connection.execute(text(f"TRUNCATE {', '.join(names)}"))
        elif engine.dialect.name == "postgresql":
            connection.execute(text(";".join(f"DELETE FROM {name}" for name in names)))
        else:
            for name in names:
                connection.execute(text(f"DELETE FROM {name}"))
    engine.dispose()
    with Store.at(settings).writing() as connection:
        for table in sandbox_tables.sorted_tables:
            connection.execute(table.delete())
