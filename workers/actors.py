"""One actor for each job: an app context, an actor's name in the log, and an error that never loses the row."""

from __future__ import annotations

import logging
from collections.abc import Callable

import dramatiq
from flask import Flask

from portal.core.context import acting_as, new_request_id
from portal.core.jobs import QUEUES, Job
from workers.work import perform

log = logging.getLogger(__name__)


def declare(broker: dramatiq.Broker, app: Flask) -> None:
    """Register every job of core/jobs on its queue."""
    for job, queue in QUEUES.items():
        dramatiq.actor(actor_name=job.value, queue_name=queue, broker=broker)(_performer(app, job))


def _performer(app: Flask, job: Job) -> Callable[..., None]:
    def run(*ids: str) -> None:
        with app.app_context(), acting_as("system", job.value, new_request_id()):
            try:
                perform(job, ids)
            except Exception:
                # The row is still due or leased: it comes back by itself. Failing the message would only park it.
                log.exception("job failed", extra={"job": job.value, "ids": ids})

    return run
