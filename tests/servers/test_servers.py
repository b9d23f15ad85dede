"""The servers of the tests really start, answer and end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
import redis as redis_client
import sqlalchemy

from tests.servers import chromium, postgres, redis
from tests.servers.child import Child, Missing, NotStarted
from tests.servers.ensure import PARTS, Part, ensure, report


@pytest.fixture(autouse=True)
def no_servers_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in PARTS:
        monkeypatch.delenv(part.override, raising=False)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the account of PostgreSQL may enter, also where root runs the tests."""
    with tempfile.TemporaryDirectory(prefix="portal-test-") as folder:
        yield Path(folder)


def needs(find: Callable[[], object]) -> None:
    if find() is None:
        pytest.skip("not installed here")


def select(url: str, statement: str) -> object:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(sqlalchemy.text(statement)).scalar_one()
    finally:
        engine.dispose()


def test_a_postgresql_starts_answers_through_sqlalchemy_and_is_gone_after_stop() -> None:
    needs(postgres.find)
    with postgres.start() as server:
        assert select(server.url, "SELECT 6 * 7") == 42
        assert select(server.url, "SHOW fsync") == "off"
        folder = server.own_folder
        assert folder is not None
        assert folder.exists()
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url.replace("+psycopg", ""), connect_timeout=5)


def test_a_killed_durable_postgresql_goes_on_in_its_folder(open_folder: Path) -> None:
    needs(postgres.find)
    first = postgres.start(open_folder, durable=True)
    engine = sqlalchemy.create_engine(first.url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE kept AS SELECT 7 AS number"))
    engine.dispose()
    first.kill()
    with postgres.start(open_folder, durable=True) as second:
        assert select(second.url, "SELECT number FROM kept") == 7
        assert select(second.url, "SHOW fsync") == "on"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands a folder over")
def test_a_folder_that_postgresql_cannot_enter_is_named(tmp_path: Path) -> None:
    needs(postgres.find)
    closed = tmp_path / "closed"
    inside = closed / "inside"
    inside.mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(NotStarted, match="cannot enter"):
        postgres.start(inside)


def test_a_redis_starts_answers_and_is_gone_after_stop() -> None:
    needs(redis.find)
    with redis.start() as server:
        client = redis_client.Redis.from_url(server.url)
        assert client.set("key", "value")
        assert client.get("key") == b"value"
        client.close()
    with pytest.raises(redis_client.ConnectionError):
        redis_client.Redis.from_url(server.url).ping()


@pytest.mark.browser
def test_the_browser_that_is_found_runs() -> None:
    needs(chromium.find)
    path = chromium.find()
    assert path is not None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "chrom" in said.lower()


@pytest.mark.parametrize(("module", "url"), [(postgres, "postgresql+psycopg://db/one"), (redis, "redis://host/1")])
def test_a_server_that_the_environment_names_is_used_and_left_alone(
    module: ModuleType, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(module.OVERRIDE, url)
    with module.start() as server:
        assert (server.url, server.child) == (url, None)
    assert module.available()


def test_a_browser_that_the_environment_names_wrongly_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chromium.OVERRIDE, "/nowhere/chromium")
    with pytest.raises(Missing, match="/nowhere/chromium"):
        chromium.find()


def test_a_program_that_ends_before_it_is_ready_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="no disk left"):
        Child([sys.executable, "-c", "print('no disk left')"], ready="never said", folder=tmp_path)


def test_what_is_missing_is_said_in_one_line_each_and_fails_only_where_nothing_may_be_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")  # so that there is no apt-get
    absent = Part("clock", "Clock", "clock-server", lambda: False, "tests of time", "TEST_CLOCK")
    assert ensure([absent], strict=False) == 0
    assert ensure([absent], strict=True) == 1
    line = (
        "Clock is missing, so the tests of time are skipped: there is no apt-get on this system. "
        "Install the package clock-server or set TEST_CLOCK."
    )
    assert capsys.readouterr().out.splitlines() == [line, line]


def test_nothing_is_said_where_nothing_is_missing() -> None:
    assert report([], "") == []
