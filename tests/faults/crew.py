"""Starts workers as processes of their own, kills them, and waits until nothing is left to do."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import cast

from portal.core.settings import Settings
from tests.faults.web_process import Answered, Asked, Death, answer
from tests.faults.worker_process import Hints, Start, work

LEASE = timedelta(seconds=0.4)  # for what a gateway may be asked twice: it knows the key
MAIL_LEASE = timedelta(seconds=2)  # no stall of a busy machine may look like a death here: the mail would go out twice
DEATH_SECONDS = 20.0
QUIET_SECONDS = 40.0
LOOK_SECONDS = 0.02
SIGNS_OF_TROUBLE = ("Traceback (most recent call last)", '"level": "error"', '"level": "critical"')


@contextmanager
def workshop() -> Iterator[ForkServerContext]:
    """A process that has imported the portal and forks workers within milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.worker_process", "tests.faults.web_process"])
    yield context


class Worker:
    """One process of pools and scheduler."""

    def __init__(self, process: ForkServerProcess, fault: str, flag: Path) -> None:
        self._process, self._fault, self._flag = process, fault, flag

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def lives_on(self, seconds: float) -> None:
        """Come back after so long, or when it died."""
        self._process.join(seconds)

    def dies(self) -> None:
        """Wait for the fault it was started with; it must be a real SIGKILL at that very point."""
        self._process.join(DEATH_SECONDS)
        assert self._process.exitcode == -signal.SIGKILL, f"{self._fault}: ended with {self._process.exitcode}"
        assert not self._flag.exists(), f"{self._fault} was not reached, yet it died"

    def kill(self) -> None:
        """kill -9, now."""
        self._process.kill()
        self._process.join()


class Crew:
    """The workers of one test, over the database of its portal."""

    lease = LEASE

    def __init__(self, context: ForkServerContext, settings: Settings, folder: Path) -> None:
        self._context, self._folder = context, folder
        self._environment = {
            "PORTAL_HOME": str(settings.home),
            "PUBLIC_URL": settings.public_url,
            "DATABASE_URL": settings.database_url,
            "BROKER_URL": settings.broker_url,
            "SECRET_KEY": ",".join(settings.secret_keys),
            "MAIL_URL": settings.mail_url,
            "LOG_FORMAT": "json",
            "WEBHOOK_ALLOW_PRIVATE": "on",
        }
        self._log = folder / "workers.log"
        self._numbers = count(1)
        self._workers: list[Worker] = []
        self._may_complain = False

    def start(self, fault: str = "", hints: Hints = (), mutant: str = "") -> Worker:
        """A worker that dies at `fault`, once, when it comes there; `hints` are jobs it is told of at its start."""
        flag = self._folder / f"fault-{next(self._numbers)}"
        flag.touch()
        start = Start(self._environment, self._log, self.lease, f"{fault}:{flag}" if fault else "", hints, mutant)
        process = self._context.Process(target=work, args=(start,), daemon=True)
        process.start()
        self._workers.append(Worker(process, fault, flag))
        return self._workers[-1]

    def answers(self, asked: Asked, death: Death | None = None) -> Answered | None:
        """What a web process of its own answers; None where it died, and it must die where it was told to."""
        flag = self._folder / f"fault-{next(self._numbers)}"
        flag.touch()
        ours, theirs = self._context.Pipe(duplex=False)
        arguments = (self._environment, self.lease, death, flag, asked, theirs)
        process = self._context.Process(target=answer, args=arguments, daemon=True)
        process.start()
        theirs.close()
        process.join(DEATH_SECONDS)
        if death is None:
            assert process.exitcode == 0, f"the web process ended with {process.exitcode}"
            return cast(Answered, ours.recv())
        assert process.exitcode == -signal.SIGKILL, f"{death}: ended with {process.exitcode}"
        return None

    def works_until(self, is_quiet: Callable[[], bool], within: float = QUIET_SECONDS) -> None:
        """Wait for the quiet. The last worker must live to see it, and have complained of nothing."""
        deadline = time.monotonic() + within
        while not is_quiet():
            assert time.monotonic() < deadline, f"still at work after {within:g} s\n{self.said()[-4000:]}"
            assert self._workers[-1].is_alive, f"the worker died\n{self.said()[-4000:]}"
            self._workers[-1].lives_on(LOOK_SECONDS)
        said = self.said()
        assert self._may_complain or not any(sign in said for sign in SIGNS_OF_TROUBLE), said[-4000:]

    def may_complain(self) -> None:
        """The workers will log errors, as they should: something that they need was taken away."""
        self._may_complain = True

    def said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def go_home(self) -> None:
        for worker in self._workers:
            worker.kill()
