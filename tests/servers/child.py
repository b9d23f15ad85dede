"""One server as a child process: its output says when it is ready, and it is ended for certain."""

from __future__ import annotations

import atexit
import os
import pwd
import signal
import socket
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

START_SECONDS = 60
STOP_SECONDS = 20


class Missing(RuntimeError):
    """The server is not installed; the message says how to get it. A test that needs it is skipped with these words."""


class NotStarted(RuntimeError):
    """The server is installed and did not come up; the message ends with its own last words."""


class Child:
    """A started process. Raises NotStarted when `ready` has not been read from its output in time."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        ready: str,
        folder: Path,
        account: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._ready_words = ready
        self._stop_signal = stop_signal
        self._ready = False
        self._decided = threading.Event()
        self._last_lines: deque[str] = deque(maxlen=40)
        self._process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=folder,
            start_new_session=True,  # Ctrl-C belongs to the tests; they end their servers themselves
            **as_account(account),
        )
        self._reader = threading.Thread(target=self._read, name=f"output of {command[0]}", daemon=True)
        self._reader.start()
        atexit.register(self.stop)
        self._decided.wait(START_SECONDS)
        if not self._ready:
            self.kill()
            raise NotStarted(f"{command[0]} did not start\n{self.last_words}")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def last_words(self) -> str:
        return "".join(self._last_lines)

    def stop(self) -> None:
        """End it politely, then by force; ending it twice does no harm."""
        if self._process.poll() is None:
            self._process.send_signal(self._stop_signal)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._finish()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process.poll() is None:
            self._process.kill()
        self._finish()

    def _finish(self) -> None:
        self._process.wait()
        self._reader.join(STOP_SECONDS)
        atexit.unregister(self.stop)

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        with output:
            for line in output:
                self._last_lines.append(line)
                if self._ready_words in line:
                    self._ready = True
                    self._decided.set()
        self._decided.set()  # it ended: nobody needs to wait for it any longer


def as_account(account: str | None) -> dict[str, Any]:
    """The arguments of Popen and run that make a child run as somebody else; none where we stay who we are."""
    if account is None:
        return {}
    return {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}


def unprivileged(*candidates: str) -> str | None:
    """The first of these accounts that exists, when we are root; None when we are not and may stay who we are."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    account = next((name for name in candidates if name in known), None)
    if account is None:
        raise NotStarted(f"root may not run it, and there is no account named {' or '.join(candidates)}")
    return account


def free_port() -> int:
    """A TCP port of the loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
