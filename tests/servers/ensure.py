"""Make sure that the servers of the tests are here: install them where we may, say what is missing where not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.servers import chromium, postgres, redis


@dataclass(frozen=True)
class Part:
    """Something the tests need that pip cannot bring."""

    key: str
    name: str
    package: str
    available: Callable[[], bool]
    without_it: str
    override: str


PARTS = (
    Part("postgres", "PostgreSQL", postgres.PACKAGE, postgres.available, "tests on PostgreSQL", postgres.OVERRIDE),
    Part("redis", "Redis", redis.PACKAGE, redis.available, "tests with several processes", redis.OVERRIDE),
    Part("chromium", "Chromium", chromium.PACKAGE, chromium.available, "tests in a browser", chromium.OVERRIDE),
)


def ensure(parts: Iterable[Part] = PARTS, *, strict: bool) -> int:
    """Install what is missing, print one line for each part that stays missing.

    Returns the exit status: 1 if something is missing and `strict` says that nothing may be skipped, else 0.
    """
    wanted = tuple(parts)
    missing = _missing(wanted)
    obstacle = ""
    if missing:
        obstacle = _no_installing() or _install(missing)
        missing = _missing(wanted)
    for line in report(missing, obstacle):
        print(line, flush=True)
    return 1 if missing and strict else 0


def report(missing: Iterable[Part], obstacle: str) -> list[str]:
    """One line for each missing part: what it is, what is skipped without it, why it could not be installed."""
    return [
        f"{part.name} is missing, so the {part.without_it} are skipped: {obstacle}. "
        f"Install the package {part.package} or set {part.override}."
        for part in missing
    ]


def _missing(parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if not part.available()]


def _no_installing() -> str:
    if shutil.which("apt-get") is None:
        return "there is no apt-get on this system"
    if os.geteuid() != 0:
        return "only root may install packages"
    return ""


def _install(parts: Iterable[Part]) -> str:
    packages = [part.package for part in parts]
    print(f"Installing {', '.join(packages)} (a minute or two, once)", flush=True)
    install = ["install", "--yes", "--no-install-recommends", *packages]
    for arguments in (["update"], install):
        problem = _apt_get(arguments)
        if problem:
            return problem
    return "apt-get installed it and it is still not found"


def _apt_get(arguments: list[str]) -> str:
    done = subprocess.run(
        ["apt-get", "--quiet", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return ""
    words = (done.stderr or done.stdout).strip().splitlines()
    return f"apt-get {arguments[0]} failed ({words[-1] if words else f'status {done.returncode}'})"
