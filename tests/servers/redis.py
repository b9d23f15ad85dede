"""A Redis of the tests' own: on the loopback, nothing kept on disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tests.servers.child import Child, Missing, free_port
from tests.servers.server import Server

OVERRIDE = "TEST_REDIS_URL"
PACKAGE = "redis-server"


def find() -> Path | None:
    """The program of Redis or of Valkey, or None."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def available() -> bool:
    """Whether `start` has something to start, or an address to give."""
    return bool(os.environ.get(OVERRIDE)) or find() is not None


def start(folder: Path | None = None, *, port: int | None = None) -> Server:
    """Start an empty server. TEST_REDIS_URL is used as it is. Raises Missing, NotStarted."""
    named = os.environ.get(OVERRIDE)
    if named:
        return Server(named)
    program = find()
    if program is None:
        raise Missing(f"Redis is not installed: install Debian's package {PACKAGE} or set {OVERRIDE}")
    own = Path(tempfile.mkdtemp(prefix="portal-redis-")) if folder is None else None
    place = own or folder
    assert place is not None
    port = port or free_port()
    try:
        child = Child(
            [
                *(program, "--port", str(port), "--bind", "127.0.0.1", "--dir", place),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            ],
            ready="eady to accept connections",  # "Ready" in Redis 7, "ready" in earlier ones
            folder=place,
        )
    except BaseException:
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)
        raise
    return Server(f"redis://127.0.0.1:{port}/0", child, own)
