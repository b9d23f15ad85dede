"""What the fault tests stand on: the portal, workers that can be killed, a mail server that counts, the referee."""

from __future__ import annotations

import email
import email.policy
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
import redis
from aiosmtpd.smtp import Envelope
from flask import Flask
from sqlalchemy import Engine, create_engine

from portal.app import create_app, take_over
from portal.core.database import db
from portal.core.settings import Settings
from tests.conftest import Backend
from tests.conftest import _wipe as wipe
from tests.faults.books import Books, is_quiet
from tests.faults.crew import Crew, workshop
from tests.faults.referee import Game, verdict
from tests.faults.stage import Stage
from tests.harness import Merchant, Portal
from tests.mail_server import serving

BROKER_NUMBER = "/6"  # of Redis: the crew's own, so that no other test's leftover is worked on


@dataclass
class Mailbox:
    """Takes every email; `message_ids` are the ids of our messages in the order in which they came."""

    message_ids: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.original_content, bytes)
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        self.message_ids.append(str(mail["Message-ID"]).strip("<>").partition("@")[0].replace("-", ""))
        return "250 OK"


@pytest.fixture(scope="package")
def post_office() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    with serving(mailbox) as port:
        yield mailbox, port


@pytest.fixture
def mailbox(post_office: tuple[Mailbox, int]) -> Mailbox:
    post_office[0].message_ids.clear()
    return post_office[0]


@pytest.fixture(scope="package")
def app(
    migrated: Backend, post_office: tuple[Mailbox, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One application for the whole folder: its templates stay compiled, and there are many short tests."""
    environment = {
        "PORTAL_HOME": str(tmp_path_factory.mktemp("home")),
        "DATABASE_URL": migrated.database_url,
        "BROKER_URL": migrated.broker_url and migrated.broker_url.rpartition("/")[0] + BROKER_NUMBER,
        "SECRET_KEY": secrets.token_hex(32),
        "MAIL_URL": f"smtp://127.0.0.1:{post_office[1]}?tls=none",
        "LOG_FORMAT": "json",
        "WEBHOOK_ALLOW_PRIVATE": "on",
    }
    app = create_app(Settings.from_environment(environment))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def portal(app: Flask, mailbox: Mailbox) -> Portal:
    settings: Settings = app.extensions["portal_settings"]
    take_over(app)
    wipe(settings)
    if settings.broker_url:
        redis.Redis.from_url(settings.broker_url).flushdb()
    return Portal(app, settings)


@pytest.fixture(scope="session")
def forks() -> Iterator[ForkServerContext]:
    with workshop() as context:
        yield context


@pytest.fixture
def crew(forks: ForkServerContext, portal: Portal, tmp_path: Path) -> Iterator[Crew]:
    crew = Crew(forks, portal.settings, tmp_path)
    yield crew
    crew.go_home()


@dataclass
class Referee:
    """Waits for the quiet, then reads both sides."""

    portal: Portal
    crew: Crew
    mailbox: Mailbox
    watching: Engine  # not the portal's: on SQLite that one would lock the writers out while it looks

    def waits(self) -> None:
        """Until nothing is owed."""
        self.crew.works_until(self.sees_quiet)

    def sees_quiet(self) -> bool:
        return is_quiet(self.watching)

    def finds(self, **game: Any) -> dict[str, list[str]]:
        """Violations by invariant, once nothing is owed any more."""
        self.waits()
        return verdict(
            Books.read(self.portal.settings.database_url), Game(mails=tuple(self.mailbox.message_ids), **game)
        )


@pytest.fixture
def referee(portal: Portal, crew: Crew, mailbox: Mailbox) -> Iterator[Referee]:
    watching = create_engine(portal.settings.database_url)
    yield Referee(portal, crew, mailbox, watching)
    watching.dispose()


@pytest.fixture
def stage(portal: Portal, merchant_on_clock: Merchant) -> Stage:
    return Stage(portal, merchant_on_clock)
