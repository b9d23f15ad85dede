"""Starts the processes: all in one tree, or each kind alone."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from portal import chores, upkeep
from portal.app import create_app
from portal.core.settings import Settings

HTTP_THREADS = 64
PAGE_THREADS = 500
LONGEST_LINE = 8190  # bytes: the most that gunicorn reads; the longest address of the API, escaped, fits


class Server(BaseApplication):
    """gunicorn, configured here and nowhere else."""

    def __init__(self, make: Callable[[], Flask], **options: Any) -> None:
        self._make, self._options = make, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make()


def up(settings: Settings, *, demo: bool) -> None:
    """One process tree: pages, API and sockets in threads, workers and scheduler beside them."""
    upkeep.upgrade(settings)
    welcome = chores.demo(settings) if demo else f"Listening on {settings.public_url}"
    embedded = settings.embedded

    def begin(worker: Any) -> None:
        from workers.main import start_scheduler, start_workers

        app = worker.app.callable
        start_workers(app)
        start_scheduler(app, interval=0.1 if embedded else 0.5)

    server = Server(
        lambda: create_app(settings),
        **_shared(settings),
        worker_class="gthread",
        workers=1,
        threads=HTTP_THREADS + PAGE_THREADS,
        graceful_timeout=3,
        post_worker_init=begin,
        when_ready=lambda _server: print(welcome, flush=True),
    )
    try:
        server.run()
    except SystemExit as end:  # here the first process ends, and the one that it forked
        _leave(end.code)


def _leave(status: str | int | None) -> None:
    """End without taking the app apart, object by object: a second in each process, of the five that Ctrl-C may take.

    Nothing hangs on it. What is half done would be found again after a power cut too.
    """
    if not isinstance(status, int | None):
        raise SystemExit(status)
    atexit._run_exitfuncs()  # the log of calls writes what waits
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


def web(settings: Settings) -> None:
    Server(
        lambda: create_app(settings, sockets="none"),
        **_shared(settings),
        worker_class="gthread",
        workers=2,
        threads=16,
        graceful_timeout=25,
    ).run()


def live(settings: Settings) -> None:
    """Begins anew in a fresh interpreter: gevent must patch before anything else is imported."""
    del settings
    os.execv(sys.executable, [sys.executable, "-m", "portal.live_process"])


def worker(settings: Settings) -> None:
    from workers.main import run_worker

    run_worker(create_app(settings, sockets="none"))


def scheduler(settings: Settings) -> None:
    from workers.main import run_scheduler

    run_scheduler(create_app(settings, sockets="none"))


def _shared(settings: Settings) -> dict[str, Any]:
    return {
        "bind": [f"{settings.host}:{settings.port}"],
        "limit_request_line": LONGEST_LINE,
        "loglevel": "warning",
        "proc_name": "portal",
        "forwarded_allow_ips": "" if not settings.trusted_proxies else "*",
        "control_socket_disable": True,
    }
