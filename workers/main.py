"""A worker's process: the broker's threads over all queues, stopped by a signal with nothing half done."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable

import dramatiq
from flask import Flask

from portal.core.jobs import QUEUES
from workers.actors import declare
from workers.lanes import THREADS
from workers.scheduler import Scheduler

# Threads of their own: a customer is never behind a batch, and a merchant's slow server holds up webhooks only, and
# of those (lanes.py) never all.
POOLS = (({"customer"}, 4), ({"messages", "billing", "sweeps"}, 8), ({"webhooks"}, THREADS))


class Workers:
    """The pools of this process, stopped together."""

    def __init__(self, pools: list[dramatiq.Worker]) -> None:
        self._pools = pools

    def stop(self, timeout: int) -> None:
        """Finish what runs, for at most `timeout` milliseconds in all; what is left comes back by its lease."""
        threads = [threading.Thread(target=pool.stop, args=(timeout,)) for pool in self._pools]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def start_workers(app: Flask) -> Workers:
    """Declare the actors on the app's broker and start working in threads of this process."""
    broker: dramatiq.Broker = app.extensions["portal_broker"]
    declare(broker, app)
    assert set().union(*(queues for queues, _ in POOLS)) == set(QUEUES.values())
    pools = [
        dramatiq.Worker(broker, queues=queues, worker_threads=threads, worker_timeout=100) for queues, threads in POOLS
    ]
    for pool in pools:
        pool.start()
    return Workers(pools)


def start_scheduler(app: Flask, interval: float) -> Scheduler:
    """Look for due rows in a thread of this process."""
    scheduler = Scheduler(app, interval)
    threading.Thread(target=scheduler.run, name="scheduler", daemon=True).start()
    return scheduler


def run_worker(app: Flask) -> None:
    workers = start_workers(app)
    spare_the_collector()
    wait_for_signal(lambda: workers.stop(timeout=25_000))


def run_scheduler(app: Flask) -> None:
    scheduler = start_scheduler(app, interval=0.5)
    wait_for_signal(scheduler.stop)


def spare_the_collector() -> None:
    """Let the garbage collector walk what a batch makes, seldom, and never again what the app is made of.

    As Python sets it, it walks the whole app every few batches: a third to a half of a billing run's time in Python.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def wait_for_signal(stop: Callable[[], None]) -> None:
    """Block until SIGTERM or SIGINT, then stop."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()
    stop()
