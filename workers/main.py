"""A worker's process: the broker's threads over all queues, stopped by a signal with nothing half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import dramatiq
from flask import Flask

from workers.actors import declare
from workers.scheduler import Scheduler

THREADS = 8


def start_worker(app: Flask, threads: int = THREADS) -> dramatiq.Worker:
    """Declare the actors on the app's broker and start working in threads of this process."""
    broker: dramatiq.Broker = app.extensions["portal_broker"]
    declare(broker, app)
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=100)
    worker.start()
    return worker


def start_scheduler(app: Flask, interval: float) -> Scheduler:
    """Look for due rows in a thread of this process."""
    scheduler = Scheduler(app, interval)
    threading.Thread(target=scheduler.run, name="scheduler", daemon=True).start()
    return scheduler


def run_worker(app: Flask) -> None:
    worker = start_worker(app)
    wait_for_signal(lambda: worker.stop(timeout=30_000))


def run_scheduler(app: Flask) -> None:
    scheduler = start_scheduler(app, interval=0.5)
    wait_for_signal(scheduler.stop)


def wait_for_signal(stop: Callable[[], None]) -> None:
    """Block until SIGTERM or SIGINT, then stop."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()
    stop()
