"""What each job does: open the transactions, call the domain, hold nothing while calling out."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence

from flask import current_app

from portal.billing import (
    calling,
    cancellations,
    charge,
    expiry,
    item_updates,
    numbering,
    pay_settle,
    refunds,
    run,
    setup,
)
from portal.billing.settle import settle
from portal.core.database import reading, transaction
from portal.core.faults import reach
from portal.core.jobs import Job
from portal.gateways.registry import gateway
from portal.sites import api_requests, kept_answers
from portal.subscriptions.expire import expire
from workers import advance, reconciling
from workers.telling import deliver_webhook, place_events, send_message, tell_merchant

log = logging.getLogger(__name__)


def complete_setup(setup_id: uuid.UUID) -> None:
    with transaction():
        question = setup.claim(setup_id)
        reach("setup.before_claim_commit")
    if question is None:
        return
    reach("setup.claimed")
    state = gateway(question.gateway).setup_state(question.gateway_ref)
    reach("setup.answered")
    with transaction():
        setup.complete(setup_id, state)
        reach("setup.before_commit")
    reach("setup.committed")


def ask_visit(visit_id: uuid.UUID) -> None:
    """How a customer's visit to a payment page stands; what was paid on it is written once."""
    with transaction():
        question = pay_settle.claim(visit_id)
        reach("visit.before_claim_commit")
    if question is None:
        return
    reach("visit.claimed")
    state = None
    if question.gateway_ref is not None:
        state = gateway(question.gateway).payment_state(question.gateway_ref, question.at, end=question.end)
    reach("visit.answered")
    with transaction():
        pay_settle.settle(visit_id, state)
        reach("visit.before_settle_commit")
    reach("visit.settled")


def charge_payments(*payment_ids: uuid.UUID) -> None:
    with transaction():
        calls = charge.claim(payment_ids)
        reach("charge.before_claim_commit")
    reach("charge.claimed")
    calling.collect(calls, _settler())


def _settler() -> Callable[[list[calling.Answered]], None]:
    """Settles a group in a context and a transaction of its own, from the thread that it is called in."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def settle_group(answers: list[calling.Answered]) -> None:
        with app.app_context():
            with transaction():
                settle(answers)
                reach("charge.before_settle_commit")
            reach("charge.settled")

    return settle_group


def run_billing(site_id: uuid.UUID | None = None) -> None:
    """Batch after batch until nothing is due."""
    while bill_batch(run.BATCH, site_id) == run.BATCH:
        pass


def bill_batch(limit: int, site_id: uuid.UUID | None = None) -> int:
    """Invoice up to `limit` due subscriptions, whole or not at all, then charge them; how many were due."""
    with transaction():
        opened = run.open_due(limit, site_id)
        reach("run.before_commit")
    reach("run.committed")
    calling.collect(opened.calls, _settler())
    return opened.found


def ask_refund(refund_id: uuid.UUID) -> None:
    """A refund without an answer: what became of it; sent again only where the gateway has never seen it."""
    with transaction():
        call = refunds.claim(refund_id)
        reach("refund.before_claim_commit")
    if call is None:
        return
    reach("refund.claimed")
    result = refunds.collect(call)
    with transaction():
        refunds.settle(refund_id, result)
        reach("refund.before_settle_commit")
    reach("refund.settled")


def number_invoices() -> None:
    """Site after site until every settled invoice has its number; a pass is one short transaction."""
    while True:
        with reading():
            site_id = numbering.waiting_site()
        if site_id is None:
            return
        with transaction():
            given = numbering.number_settled(site_id)
            reach("numbering.before_commit")
        if not given:
            return  # another worker holds them or has just given them


def update_item(update_id: uuid.UUID) -> None:
    with transaction():
        item_updates.do_due(update_id)
        reach("item_update.before_commit")


def end_canceled(cancellation_id: uuid.UUID) -> None:
    """What a planned cancellation promised goes back once the subscription has ended."""
    with transaction():
        cancellations.do_due(cancellation_id)
        reach("cancellation.before_commit")


def expire_request(request_id: uuid.UUID) -> None:
    with transaction():
        expire(request_id)


def notice_expiry(notice_id: uuid.UUID) -> None:
    with transaction():
        expiry.notify(notice_id)


def advance_clock(site_id: uuid.UUID) -> None:
    """Walk the site's clock to its target, doing what falls due at each stop before going on."""
    while True:
        with transaction():
            owed = advance.owed(site_id)
            stopped = owed.is_empty and not advance.step(site_id)
        if stopped:
            return
        if not owed.is_empty and not _do_owed(site_id, owed):
            return  # others hold the rest; the scheduler asks again


def _do_owed(site_id: uuid.UUID, owed: advance.Owed) -> bool:
    """Do the site's due work here and now; False when nothing could be claimed."""
    for update_id in owed.updates:
        update_item(update_id)
    run_billing(site_id)
    for cancellation_id in owed.cancellations:
        end_canceled(cancellation_id)
    for request_id in owed.requests:
        expire_request(request_id)
    if owed.payments:
        charge_payments(*owed.payments)
    for refund_id in owed.refunds:
        ask_refund(refund_id)
    for notice_id in owed.notices:
        notice_expiry(notice_id)
    for visit_id in owed.visits:
        ask_visit(visit_id)
    for message_id in owed.messages:
        send_message(message_id)
    place_events()  # whoever waits for `ready` reads every event up to then
    with reading():
        return advance.owed(site_id) != owed


def sweep() -> None:
    """Forget answers older than a day and calls older than 90; a batch is one short transaction."""
    for forget in (kept_answers.sweep, api_requests.sweep):
        found = True
        while found:
            with transaction():
                found = forget() > 0


def reconcile_site(site_id: uuid.UUID) -> None:
    """Compare a site with its gateway; what could not be repaired is a warning in the log and on the health page."""
    with transaction():
        if not reconciling.claim(site_id):
            return
    for difference in reconciling.reconcile(site_id):
        log.warning("reconciliation found a difference", extra={"site": str(site_id), "kind": difference.kind})


DOES: dict[Job, Callable[..., None]] = {
    Job.SEND_MESSAGE: send_message,
    Job.COMPLETE_SETUP: complete_setup,
    Job.ASK_VISIT: ask_visit,
    Job.CHARGE: charge_payments,
    Job.RUN_BILLING: run_billing,
    Job.DELIVER_WEBHOOK: deliver_webhook,
    Job.TELL_MERCHANT: tell_merchant,
    Job.EXPIRE_REQUEST: expire_request,
    Job.ADVANCE_CLOCK: advance_clock,
    Job.RECONCILE: reconcile_site,
    Job.REFUND: ask_refund,
    Job.NUMBER_INVOICES: number_invoices,
    Job.UPDATE_ITEM: update_item,
    Job.END_CANCELED: end_canceled,
    Job.NOTICE_EXPIRY: notice_expiry,
    Job.PLACE_EVENTS: place_events,
    Job.SWEEP: sweep,
}


def perform(job: Job, ids: Sequence[str]) -> None:
    DOES[job](*(uuid.UUID(text) for text in ids))
