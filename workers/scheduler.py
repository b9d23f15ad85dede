"""The scheduler looks for rows that are due and hints at them; any number of schedulers may run at once."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.billing import numbering
from portal.billing.cancellation_models import Cancellation
from portal.billing.expiry_models import ExpiryNotice
from portal.billing.models import Payment, SetupSession
from portal.billing.pay_models import PaySession
from portal.billing.refund_models import Refund
from portal.core import due, jobs
from portal.core.clock import real_now
from portal.core.database import reading, session
from portal.core.jobs import Job
from portal.links.models import PaymentRequest
from portal.notifications.models import Message
from portal.sites import api_requests, kept_answers
from portal.sites.models import Site
from portal.subscriptions.item_updates import ItemUpdate
from portal.subscriptions.models import Subscription
from portal.webhooks import placing, turns
from portal.webhooks.models import WebhookNotice

log = logging.getLogger(__name__)

LOOKED_AT: tuple[tuple[Any, Job], ...] = (
    (SetupSession, Job.COMPLETE_SETUP),
    (PaySession, Job.ASK_VISIT),
    (Payment, Job.CHARGE),
    (Refund, Job.REFUND),
    (ItemUpdate, Job.UPDATE_ITEM),
    (Cancellation, Job.END_CANCELED),
    (Message, Job.SEND_MESSAGE),
    (WebhookNotice, Job.TELL_MERCHANT),
    (PaymentRequest, Job.EXPIRE_REQUEST),
    (ExpiryNotice, Job.NOTICE_EXPIRY),
)
SWEEPS = {Job.ADVANCE_CLOCK, Job.RUN_BILLING, Job.NUMBER_INVOICES, Job.PLACE_EVENTS}
AT_A_LOOK = 200
HINT_AGAIN = 5.0  # seconds: a hint may be lost with its broker, but a full queue need not hear the same hint each look


class Scheduler:
    """Looks every `interval` seconds until stopped."""

    def __init__(self, app: Flask, interval: float) -> None:
        self._app, self._interval = app, interval
        self._hinted: dict[tuple[Job, uuid.UUID | None], float] = {}
        self._stop = threading.Event()

    def run(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self.look()
            except Exception:
                # The database may be away for a while; the rows wait, and so do we.
                log.exception("scheduler could not look")

    def stop(self) -> None:
        self._stop.set()

    def look(self) -> int:
        """Hint at everything due; the number of hints given."""
        with self._app.app_context():
            with reading():
                found = list(_due_work())
            fresh = [hint for hint in found if self._is_news(*hint)]
            for job, row_id in fresh:
                jobs.enqueue(job, *([row_id] if row_id else []))
        return len(fresh)

    def _is_news(self, job: Job, row_id: uuid.UUID | None) -> bool:
        now = time.monotonic()
        pause = (
            0.5 if job in {Job.ADVANCE_CLOCK, Job.RUN_BILLING, Job.NUMBER_INVOICES, Job.PLACE_EVENTS} else HINT_AGAIN
        )
        if now - self._hinted.get((job, row_id), -HINT_AGAIN) < pause:
            return False
        if len(self._hinted) > 10_000:
            self._hinted = {hint: at for hint, at in self._hinted.items() if now - at < HINT_AGAIN}
        self._hinted[(job, row_id)] = now
        return True


def _due_work() -> Iterator[tuple[Job, uuid.UUID | None]]:
    if due.due_ids(Subscription, 1):
        yield Job.RUN_BILLING, None
    if numbering.waiting_site() is not None:
        yield Job.NUMBER_INVOICES, None
    if placing.waiting_site() is not None:
        yield Job.PLACE_EVENTS, None
    if kept_answers.is_anything_old() or api_requests.is_anything_old():
        yield Job.SWEEP, None
    for table, job in LOOKED_AT:
        for row_id in due.due_ids(table, AT_A_LOOK):
            yield job, row_id
    for row_id in turns.due_in_turn():
        yield Job.DELIVER_WEBHOOK, row_id
    for site_id in session().scalars(select(Site.id).where(Site.clock_target.is_not(None))):
        yield Job.ADVANCE_CLOCK, site_id
    for site_id in session().scalars(select(Site.id).where(Site.reconcile_at <= real_now()).limit(AT_A_LOOK)):
        yield Job.RECONCILE, site_id
