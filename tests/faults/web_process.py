"""A web process that answers one request and may be killed on the way: at one of its commits, or at a named point."""

from __future__ import annotations

import importlib
import os
import signal
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.core import database, due, faults
from portal.core.settings import Settings


@dataclass(frozen=True)
class Asked:
    """A request: what the test client's open() takes."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    status: int
    text: str
    location: str


@dataclass(frozen=True)
class Death:
    """Where it dies: before or after its nth commit of something written, or at a point of core/faults.py."""

    when: Literal["before", "after", "at"]
    commit: int = 0
    point: str = ""

    def __str__(self) -> str:
        return self.point or f"{self.when} commit {self.commit}"


def answer(
    environment: dict[str, str], lease: timedelta, death: Death | None, flag: Path, asked: Asked, to: Connection
) -> None:
    """Answer into the pipe, or die."""
    os.environ["PORTAL_FAULT_AT"] = f"{death.point}:{flag}" if death is not None and death.point else ""
    importlib.reload(faults)  # it reads its point once; this process was forked from one without
    due.LEASE = lease
    app = create_app(Settings.from_environment(environment), sockets="none")
    if death is not None and not death.point:
        _die_at_a_commit(death)
    found = app.test_client().open(asked.path, method=asked.method, **asked.options)
    to.send(Answered(found.status_code, found.text, found.headers.get("Location", "")))


def _die_at_a_commit(death: Death) -> None:
    commits = 0

    def committing(_: Session) -> None:
        nonlocal commits
        if database._mode.get() == "write":
            commits += 1
            if commits == death.commit:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, "before_commit" if death.when == "before" else "after_commit", committing)
