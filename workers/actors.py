"""One actor for each job: an app context, an actor's name in the log, and an error that never loses the row."""

from __future__ import annotations

import logging

import dramatiq
from flask import Flask

from portal.core.context import acting_as, new_request_id
from portal.core.jobs import QUEUES, Job
from workers.work import perform

log = logging.getLogger(__name__)


def declare(broker: dramatiq.Broker, app: Flask) -> None:
    """Register every job of core/jobs on its queue."""
    for job, queue in QUEUES.items():
        dramatiq.actor(_performer(app, job), broker=broker, actor_name=job.value, queue_name=queue)


def _performer(app: Flask, job: Job) -> _Performer:
    return _Performer(app, job)


class _Performer:
    def __init__(self, app: Flask, job: Job) -> None:
        self._app, self._job = app, job
        self.__name__ = job.value

    def __call__(self, *ids: str) -> None:
        with self._app.app_context(), acting_as("system", self._job.value, new_request_id()):
            try:
                perform(self._job, ids)
            except Exception:
                # The row is still due or leased: it comes back by itself. Failing the message would only park it.
                log.exception("job failed", extra={"job": self._job.value, "ids": ids})
