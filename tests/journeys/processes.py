"""The product as an operator runs it: `portal` commands as real processes, their logs in files, their ends checked."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.servers.child import free_port

ROOT = Path(__file__).resolve().parents[2]
PORTAL = (sys.executable, "-m", "portal")
START_SECONDS = 60.0
COMMAND_SECONDS = 90.0
CTRL_C_SECONDS = 5.0  # `portal up` (contract section 1)
DRAIN_SECONDS = 10.0
LAST_WORDS = 4000  # characters
SIGNS_OF_TROUBLE = ("Traceback (most recent call last)", '"level": "error"', '"level": "critical"')
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")


class Broken(AssertionError):
    """A process ended by itself, would not end, or logged an error; the message ends with its last words."""


class Process:
    """One `portal <command>`, started in a session of its own, with all it says in a file."""

    def __init__(self, command: str, environment: dict[str, str], folder: Path) -> None:
        self.command, self.log = command, folder / f"{command}.log"
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [*PORTAL, command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C belongs to the tests
            )

    def has_ended(self, within: float = 0) -> bool:
        try:
            self._child.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def said(self, since: int = 0) -> str:
        return self.log.read_bytes()[since:].decode(errors="replace")

    def end(self) -> float:
        """Stop it as its operator would: Ctrl-C at the terminal for `up`, SIGTERM for the others; the seconds it took.

        Raises Broken when it takes too long, ends badly, or leaves a process behind.
        """
        at_terminal = self.command == "up"
        limit = CTRL_C_SECONDS if at_terminal else DRAIN_SECONDS
        asked = time.monotonic()
        if at_terminal:
            os.killpg(self._child.pid, signal.SIGINT)
        else:
            self._child.terminate()
        ended = self.has_ended(within=limit)
        took = time.monotonic() - asked
        left_behind = _alive(self._child.pid)
        self.kill()
        if not ended or left_behind or self._child.returncode:
            how = f"status {self._child.returncode}, left behind: {left_behind or 'nothing'}"
            raise Broken(f"portal {self.command} did not end well in {limit:g} s ({how})\n{self.said()[-LAST_WORDS:]}")
        return took

    def kill(self) -> None:
        """Nothing of it outlives the tests."""
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


class Product:
    """Everything that an operator starts: `portal up` on the embedded default, else the Procfile's four processes."""

    def __init__(self, folder: Path, database_url: str = "", broker_url: str = "") -> None:
        self.folder, self.is_embedded = folder, not broker_url
        self.database_url = database_url or f"sqlite:///{folder / 'home' / 'portal.db'}"
        web, live = free_port(), free_port()
        self.url, self.live_url = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{web if self.is_embedded else live}"
        self._environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
            "PORTAL_HOME": str(folder / "home"),
            "PORT": str(web),
            "LOG_FORMAT": "json",
        }
        self._ports = {"live": str(live)}
        if not self.is_embedded:
            self._environment |= {
                "DATABASE_URL": database_url,
                "BROKER_URL": broker_url,
                "SECRET_KEY": secrets.token_hex(32),
                "PUBLIC_URL": self.url,
                "LIVE_URL": self.live_url,
            }
        self.processes: list[Process] = []

    def start(self) -> None:
        """Start the processes and wait until they say that they are ready. Raises Broken."""
        if not self.is_embedded:
            self.portal("db", "upgrade")
        for command in ("up",) if self.is_embedded else ("web", "live", "worker", "scheduler"):
            environment = self._environment | {"PORT": self._ports.get(command, self._environment["PORT"])}
            self.processes.append(Process(command, environment, self.folder))
        for process, address in zip(self.processes, {self.url: 0, self.live_url: 0}, strict=False):
            _wait_until_ready(process, address)

    def stop(self) -> dict[str, float]:
        """Stop everything; the seconds that each process took. Raises Broken for the first that did not end well."""
        took, problems = {}, []
        while self.processes:
            process = self.processes.pop()
            try:
                took[process.command] = process.end()
            except Broken as broken:
                problems.append(broken)
        if problems:
            raise problems[0]
        return took

    def portal(self, *arguments: str) -> str:
        """Run `portal …` to its end, as somebody at a shell would; what it printed. Raises Broken."""
        done = subprocess.run(
            [*PORTAL, *arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Broken(f"portal {' '.join(arguments)} ended with {done.returncode}\n{done.stderr[-LAST_WORDS:]}")
        return done.stdout

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Raises Broken at the end when a process has died or logged an error meanwhile."""
        since = {process.log: process.log.stat().st_size for process in self.processes}
        yield
        for process in self.processes:
            said = process.said(since.get(process.log, 0))
            if process.has_ended() or any(sign in said for sign in SIGNS_OF_TROUBLE):
                raise Broken(f"portal {process.command} is in trouble\n{said[-LAST_WORDS:]}")


def _wait_until_ready(process: Process, address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, timeout=2) as client:
        while time.monotonic() < deadline:
            if process.has_ended(within=0.05):
                break
            try:
                if client.get(f"{address}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                continue  # it does not listen yet
    raise Broken(f"portal {process.command} was not ready in {START_SECONDS:g} s\n{process.said()[-LAST_WORDS:]}")


def _alive(group: int) -> list[int]:
    """The processes of a group that still run, zombies left out; none where there is no /proc to look at."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended while we looked
            state, _parent, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(int(path.parent.name))
    return found
