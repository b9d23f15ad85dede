"""kill -9 while a call with an Idempotency-Key is answered: repeated, it is done once and has one answer."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import time_machine

from portal.notifications.models import Message
from portal.sites.kept_answers import KeptAnswer
from portal.subscriptions.models import Subscription
from tests.faults.api_process import answer
from tests.faults.crew import DEATH_SECONDS
from tests.harness import SAMPLE, Merchant, Portal

pytestmark = pytest.mark.faults

BODY = {name: value for name, value in SAMPLE.items() if name != "webhook_url"}
HEADERS = {"Idempotency-Key": "the-one"}
# Where it dies, and whether the work was committed by then.
POINTS = {
    "idempotency.claimed": False,
    "idempotency.kept": False,
    "enqueue.send_message": True,
    "idempotency.view_done": True,
}


@pytest.mark.parametrize("point", POINTS)
def test_a_call_killed_at_a_point_and_repeated_is_done_once(
    portal: Portal, merchant: Merchant, forks: ForkServerContext, tmp_path: Path, point: str
) -> None:
    _die(portal, merchant, forks, tmp_path, point)
    assert len(portal.rows(Subscription)) == POINTS[point]
    assert [row.answered_at is not None for row in portal.rows(KeptAnswer)] == [POINTS[point]]
    at_once = merchant.call("POST", "/subscription/addUpdate", headers=HEADERS, json=BODY)
    assert at_once.status_code == (200 if POINTS[point] else 409)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61), tick=True):
        repeated = merchant.call("POST", "/subscription/addUpdate", headers=HEADERS, json=BODY)
    assert (repeated.status_code, repeated.json["action"], repeated.json["version"]) == (200, "added", 1)
    assert repeated.headers.get("Idempotency-Replayed") == ("true" if POINTS[point] else None)
    assert (len(portal.rows(Message)), portal.the_subscription().sequence) == (1, 1)


def _die(portal: Portal, merchant: Merchant, forks: ForkServerContext, folder: Path, point: str) -> None:
    flag, settings = folder / "fault", portal.settings
    flag.touch()
    environment = {
        "PORTAL_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "BROKER_URL": settings.broker_url,
        "SECRET_KEY": ",".join(settings.secret_keys),
        "LOG_FORMAT": "json",
    }
    headers = HEADERS | {"Authorization": f"Bearer {merchant.api_key}"}
    path = f"/api/v4/site/{merchant.site_id}/subscription/addUpdate"
    process = forks.Process(  # type: ignore[attr-defined]
        target=answer, args=(environment, folder / "log", f"{point}:{flag}", path, headers, BODY), daemon=True
    )
    process.start()
    process.join(DEATH_SECONDS)
    assert process.exitcode == -signal.SIGKILL, (folder / "log").read_text()
    assert not flag.exists()
