"""A PostgreSQL of the tests' own: a cluster in a folder, on the loopback, gone when the tests are."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.servers.child import Child, Missing, NotStarted, as_account, free_port, unprivileged
from tests.servers.server import Server

OVERRIDE = "TEST_DATABASE_URL"
PACKAGE = "postgresql"
PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian keeps them off the PATH, a folder for each version
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def find() -> Path | None:
    """The folder of the newest PostgreSQL's programs, or None."""
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).resolve().parent / "postgres").exists():
        return Path(on_path).resolve().parent
    found = [folder for place in PLACES for folder in Path("/").glob(place[1:]) if (folder / "initdb").exists()]
    return max(found, key=_version, default=None)


def available() -> bool:
    """Whether `start` has something to start, or an address to give."""
    return bool(os.environ.get(OVERRIDE)) or find() is not None


def start(folder: Path | None = None, *, port: int | None = None, durable: bool = False) -> Server:
    """Start a cluster; `url` is for SQLAlchemy and names an empty database, on which the account is a superuser.

    With `folder` the data stay there, and a second start with the same folder and port goes on where the first ended.
    `durable` gives up the speed of a server that may forget everything in a power cut. TEST_DATABASE_URL is used as it
    is. Raises Missing, NotStarted.
    """
    named = os.environ.get(OVERRIDE)
    if named:
        return Server(named)
    programs = find()
    if programs is None:
        raise Missing(f"PostgreSQL is not installed: install Debian's package {PACKAGE} or set {OVERRIDE}")
    account = unprivileged("postgres", "nobody")
    own = Path(tempfile.mkdtemp(prefix="portal-postgres-")) if folder is None else None
    place = own or folder
    assert place is not None
    try:
        data = _cluster(programs, place, account)
        port = port or free_port()
        child = Child(
            [programs / "postgres", "-D", data, *_options(port, durable=durable)],
            ready="ready to accept connections",
            folder=data,
            account=account,
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown; SIGTERM waits for every client to leave
        )
    except BaseException:
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)
        raise
    return Server(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", child, own)


def _version(folder: Path) -> tuple[int, ...]:
    digits = "".join(char if char.isdigit() else " " for char in str(folder))
    return tuple(int(number) for number in digits.split())


def _cluster(programs: Path, folder: Path, account: str | None) -> Path:
    data = folder / "data"
    if data.exists():
        return data
    if account is not None:
        _hand_over(folder, account)
    made = subprocess.run(
        [
            *(programs / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--no-sync"),
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        **as_account(account),
    )
    if made.returncode:
        raise NotStarted(f"initdb failed\n{made.stderr}")
    return data


def _hand_over(folder: Path, account: str) -> None:
    """Root may not run PostgreSQL, and root's temporary folders are often closed to everybody else."""
    closed = [str(parent) for parent in folder.resolve().parents if not parent.stat().st_mode & 0o001]
    if closed:
        raise NotStarted(f"{account} cannot enter {closed[-1]}: leave `folder` out, or give one outside of it")
    shutil.chown(folder, account)


def _options(port: int, *, durable: bool) -> list[str]:
    settings = [
        "listen_addresses=127.0.0.1",
        f"port={port}",
        "unix_socket_directories=",  # the usual folder may belong to somebody else
        "max_connections=200",
        f"shared_buffers={'1GB' if durable else '64MB'}",  # what is kept for good is also used in earnest: benchmarks
        "timezone=UTC",
        *(() if durable else FORGETFUL),
    ]
    return [part for setting in settings for part in ("-c", setting)]
