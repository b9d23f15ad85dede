"""A Redis wiped or killed while workers are at work: every job is rebuilt from the rows, none is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from tests.faults.conftest import Referee
from tests.faults.crew import Crew
from tests.faults.stage import PLAN, WEEKS, Stage
from tests.servers import redis as redis_server
from tests.servers.child import Missing
from tests.servers.server import Server

pytestmark = pytest.mark.faults


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    """A Redis of this test's own, on SQLite too."""
    try:
        server = redis_server.start(tmp_path)
    except Missing as missing:
        pytest.skip(str(missing))
    with server:
        yield server


@pytest.fixture
def crew(forks: ForkServerContext, stage: Stage, broker: Server, tmp_path: Path) -> Iterator[Crew]:
    crew = Crew(forks, replace(stage.portal.settings, broker_url=broker.url), tmp_path)
    yield crew
    crew.go_home()


def test_a_broker_that_is_wiped_again_and_again_loses_nothing(
    stage: Stage, crew: Crew, referee: Referee, broker: Server
) -> None:
    stage.charged(frequency="Weekly")
    client = redis.Redis.from_url(broker.url)
    worker, other = crew.start(), crew.start()
    for week in sorted(WEEKS):
        stage.moved_on(f"{week}T16:00")
        worker.lives_on(0.1)  # time for a hint to be given, and perhaps taken
        client.flushdb()
    assert worker.is_alive
    assert other.is_alive
    assert referee.finds(due={PLAN: WEEKS}) == {}


def test_a_broker_that_is_killed_and_comes_back_empty_loses_nothing(
    stage: Stage, crew: Crew, referee: Referee, broker: Server, tmp_path: Path
) -> None:
    if broker.child is None:
        pytest.skip("TEST_REDIS_URL names a server that is not ours to kill")
    stage.charged(frequency="Weekly")
    stage.moved_on("2026-02-14T16:00")
    worker = crew.start()
    referee.waits()
    broker.kill()
    stage.moved_on("2026-04-30T16:00")
    worker.lives_on(0.5)
    assert worker.is_alive
    crew.may_complain()
    port = urlsplit(broker.url).port
    with redis_server.start(tmp_path, port=port):
        assert referee.finds(due={PLAN: WEEKS}) == {}
