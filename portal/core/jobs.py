"""Jobs are asked for by name and leave after the commit; they are hints, the due rows are the truth."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from portal.core.faults import reach

log = logging.getLogger(__name__)


class Job(StrEnum):
    """Every kind of background work; workers/ has one actor for each, on the queue named in QUEUES."""

    SEND_MESSAGE = "send_message"
    COMPLETE_SETUP = "complete_setup"
    ASK_VISIT = "ask_visit"
    CHARGE = "charge"
    RUN_BILLING = "run_billing"
    DELIVER_WEBHOOK = "deliver_webhook"
    TELL_MERCHANT = "tell_merchant"
    EXPIRE_REQUEST = "expire_request"
    ADVANCE_CLOCK = "advance_clock"
    RECONCILE = "reconcile"
    REFUND = "refund"
    NUMBER_INVOICES = "number_invoices"
    UPDATE_ITEM = "update_item"
    END_CANCELED = "end_canceled"
    NOTICE_EXPIRY = "notice_expiry"
    PLACE_EVENTS = "place_events"
    SWEEP = "sweep"


QUEUES = {
    Job.SEND_MESSAGE: "messages",
    Job.COMPLETE_SETUP: "customer",  # a person looks at the page and waits: never behind a batch
    Job.ASK_VISIT: "customer",
    Job.CHARGE: "customer",
    Job.RUN_BILLING: "billing",
    Job.DELIVER_WEBHOOK: "webhooks",
    Job.TELL_MERCHANT: "messages",
    Job.EXPIRE_REQUEST: "sweeps",
    Job.ADVANCE_CLOCK: "sweeps",
    Job.RECONCILE: "sweeps",
    Job.REFUND: "billing",
    Job.NUMBER_INVOICES: "sweeps",
    Job.UPDATE_ITEM: "billing",
    Job.END_CANCELED: "billing",
    Job.NOTICE_EXPIRY: "sweeps",
    Job.PLACE_EVENTS: "webhooks",
    Job.SWEEP: "sweeps",
}

Sender = Callable[[Job, tuple[str, ...]], None]
Push = Callable[[], None]

_waiting: ContextVar[list[Push] | None] = ContextVar("leaving_after_commit", default=None)
_sender: Sender | None = None


def set_sender(sender: Sender | None) -> None:
    """create_app() says how a job reaches a worker; without one, jobs stay rows that the sweep finds."""
    global _sender
    _sender = sender


def enqueue(job: Job, *ids: uuid.UUID) -> None:
    """Ask for a job on these rows. Inside a transaction it leaves after the commit, never before."""
    after_commit(lambda: _send(job, tuple(map(str, ids))))


def after_commit(push: Push) -> None:
    """Do this once the open transaction is committed (at once if there is none); dropped when it rolls back."""
    waiting = _waiting.get()
    if waiting is None:
        push()
    else:
        waiting.append(push)


@contextmanager
def leaving_after_commit() -> Iterator[None]:
    """Hold what is asked for inside until the block has ended well."""
    pushes: list[Push] = []
    token = _waiting.set(pushes)
    try:
        yield
    finally:
        _waiting.reset(token)
    for push in pushes:
        push()


def _send(job: Job, ids: tuple[str, ...]) -> None:
    reach(f"enqueue.{job}")
    if _sender is None:
        return
    try:
        _sender(job, ids)
    except Exception:
        # The row is committed and due: the sweep finds it. A lost hint must never fail the work that caused it.
        log.exception("job not enqueued", extra={"job": job.value, "ids": ids})
