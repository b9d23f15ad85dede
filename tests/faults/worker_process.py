"""A process that works as `portal up` does, pools and scheduler over one database, made to be killed."""

from __future__ import annotations

import importlib
import os
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import dramatiq
from dramatiq.middleware import Middleware

from portal.app import create_app
from portal.core import due, faults, jobs
from portal.core.jobs import Job
from portal.core.settings import Settings
from tests.faults import mutants
from workers.main import start_scheduler, start_workers, wait_for_signal

LOOKS_EVERY = 0.05  # seconds
Hints = tuple[tuple[Job, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Start:
    """How a worker is started.

    `lease`: the product's minute is long to wait for what a dead one held. `fault`: as PORTAL_FAULT_AT; `mutant`: a bug
    put in on purpose, by its name.
    """

    environment: dict[str, str]
    log: Path
    lease: timedelta
    fault: str = ""
    hints: Hints = field(default=())
    mutant: str = ""


class DyingAfterAck(Middleware):
    """The last point of a job: its message was acknowledged, nobody will ever bring it again."""

    def after_ack(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        faults.reach(f"acked.{message.actor_name}")


def work(start: Start) -> None:
    """Work until killed; everything said goes to the log."""
    with start.log.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ["PORTAL_FAULT_AT"] = start.fault
    importlib.reload(faults)  # it reads its point once; this process was forked from one without
    due.LEASE = start.lease
    mutants.put_in(start.mutant)
    app = create_app(Settings.from_environment(start.environment), sockets="none")
    app.extensions["portal_broker"].add_middleware(DyingAfterAck())
    workers = start_workers(app)
    start_scheduler(app, interval=LOOKS_EVERY)
    for job, ids in start.hints:
        jobs.enqueue(job, *map(uuid.UUID, ids))
    wait_for_signal(lambda: workers.stop(timeout=5_000))
