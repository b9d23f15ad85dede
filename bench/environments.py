"""Environments of the peers: made once, with pinned packages, outside of ours and outside of the repository."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
LIGHTHOUSE = Path(__file__).parent / "lighthouse"


class NotInstalled(RuntimeError):
    """A peer cannot be installed here; the message is one line that says why."""


def python_of(peer: str) -> Path:
    """The interpreter of this peer's environment, made at the first call. Raises NotInstalled."""
    pins = PEERS / f"requirements-{peer}.txt"
    folder = _cache() / f"{peer}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:12]}"
    python, made = folder / "bin" / "python", folder / ".made"
    if not made.exists():
        _call([sys.executable, "-m", "venv", "--clear", folder])
        _call([python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", pins])
        made.touch()
    return python


def lighthouse() -> Path:
    """Its program, installed with its lock file at the first call. Raises NotInstalled."""
    if shutil.which("npm") is None:
        raise NotInstalled("Lighthouse needs Node.js and npm")
    lock = LIGHTHOUSE / "package-lock.json"
    folder = _cache() / f"lighthouse-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    made = folder / ".made"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LIGHTHOUSE / name, folder / name)
        _call(["npm", "ci", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts"])
        made.touch()
    return folder / "node_modules" / ".bin" / "lighthouse"


def run(peer: str, database_url: str, count: int) -> float:
    """Let the peer bill so many subscriptions over an empty database; units a second. Raises NotInstalled."""
    command = [python_of(peer), PEERS / f"{peer}.py", database_url, str(count)]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled(f"{peer} did not run: {_last_line(done.stderr)}")
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["units"] == count
    return float(count / answer["seconds"])


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "payment-link-portal-bench"


def _call(command: list[Path | str]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled(f"its environment could not be made: {_last_line(done.stderr or done.stdout)}")


def _last_line(words: str) -> str:
    lines = [line for line in words.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
