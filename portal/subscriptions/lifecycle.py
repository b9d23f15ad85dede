"""The moves of a subscription between its five states: a move that the table does not have is refused."""

from __future__ import annotations

from typing import Any

from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.core.jobs import Job, enqueue
from portal.links import requests
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, arrears, item_updates, notices
from portal.subscriptions.announce import announce
from portal.subscriptions.models import STATUS, Subscription, Terms


def is_accepted(subscription: Subscription) -> bool:
    """True once the customer has said yes, also while the first charge is still under way."""
    return subscription.accepted_at is not None


def refuse_if_archived(subscription: Subscription) -> None:
    if subscription.archived_at is not None:
        raise NotAllowedNow("This subscription is archived. Unarchive it first.")


def close_by_merchant(site: Site, subscription: Subscription) -> None:
    """`active: false` (HF14): before the yes a withdrawal that can be undone, afterwards the end for good.

    Said of what was archived it is no error (states.md), and nothing comes back from the archive to go on.
    """
    accepted = is_accepted(subscription)
    if subscription.archived_at is not None and accepted and subscription.archived_from != "closed":
        subscription.archived_from, subscription.closed_for_good = "closed", True
        _note_for_good(site, subscription)
    if subscription.status == "closed":
        return
    subscription.closed_for_good = accepted
    close(site, subscription, "canceled_merchant" if accepted else "voided")
    if accepted:
        notices.ended(site, subscription)
    request = requests.newest(subscription.id)
    if request is not None and not accepted and request.status in (*requests.LIVE, "expired"):
        requests.move(request, "withdrawn")


def _note_for_good(site: Site, subscription: Subscription) -> None:
    changes.record(
        "archived subscription closed for good",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
    )


def close(site: Site, subscription: Subscription, reason: str) -> None:
    """Nothing falls due any more; what was taken stays, a running charge is still recorded.

    What is billed in arrears, and what waited for the next invoice, is left to the billing run to bill once.
    """
    was_accepted = subscription.status in {"active", "paused", "failed"}
    subscription.resume_on = subscription.cancel_on = None
    move(site, subscription, "closed", close_reason=reason)
    subscription.close_reason = reason
    subscription.closed_at = clock.now(site)
    subscription.next_index = subscription.next_due_on = None
    subscription.due_at = subscription.site_due_at = None
    if was_accepted and _has_rest(subscription):
        times = clock.due(site, clock.now(site))
        subscription.due_at, subscription.site_due_at = times.due_at, times.site_due_at
        enqueue(Job.RUN_BILLING)
    request = requests.newest(subscription.id) if reason == "expired" else None
    if request is not None and request.status in requests.LIVE:
        requests.move(request, "expired")
    announce(site, subscription, "subscription", "expired" if reason == "expired" else "closed", reason=reason)


def _has_rest(subscription: Subscription) -> bool:
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    return bool(subscription.carried) or arrears.is_used(terms.price) or bool(item_updates.with_later(subscription.id))


def reopen(site: Site, subscription: Subscription) -> None:
    """`active: true` on a withdrawn one that was never accepted. Raises NotAllowedNow for any other closed one."""
    if subscription.close_reason != "voided" or is_accepted(subscription):
        raise NotAllowedNow("This subscription is closed for good. Add a new one with another external_id.")
    move(site, subscription, "pending")
    subscription.close_reason = subscription.closed_at = None
    agenda.watch_end(site, subscription, session().get_one(Terms, subscription.terms_id))
    request = requests.newest(subscription.id)
    if request is not None and request.status == "withdrawn":
        requests.move(request, "issued")
        if request.opened_at or request.sent_at:
            requests.move(request, "opened" if request.opened_at else "sent")
        requests.prolong(site, request)
    announce(site, subscription, "subscription", "updated", version=subscription.version)


def activate(site: Site, subscription: Subscription) -> None:
    """The yes is good and nothing due today is unpaid."""
    move(site, subscription, "active")
    announce(site, subscription, "subscription", "activated", version=subscription.version)


def fail(site: Site, subscription: Subscription) -> None:
    """Dunning is over without money; no further instalment falls due until the customer has paid."""
    move(site, subscription, "failed")
    agenda.schedule_run(site, subscription)
    announce(site, subscription, "subscription", "failed")


def recover(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Nothing is overdue any more: active again, missed periods are not billed (dunning.md section 6)."""
    move(site, subscription, "active")
    if subscription.anchor_on is not None:
        agenda.skip_past(site, subscription, terms)
    announce(site, subscription, "subscription", "activated", version=subscription.version)


def finish_if_over(site: Site, subscription: Subscription, terms: Terms) -> None:
    """After a change of end or count: a past end date closes at once; a reached count is closed by the billing run."""
    if terms.end_on is not None and terms.end_on < agenda.today(site, terms):
        close(site, subscription, "expired")
    elif subscription.next_due_on is None and subscription.status in {"active", "paused"}:
        times = clock.due(site, clock.now(site))
        subscription.due_at, subscription.site_due_at = times.due_at, times.site_due_at


def move(site: Site, subscription: Subscription, status: str, **details: Any) -> None:
    """One edge of the state table, with its line in the log. Raises NotAllowedNow where there is no such edge.

    What rests or has ended is used no more from this day on (billing/coming_back.py, billing/closing.py).
    """
    STATUS.check(subscription.status, status)
    if subscription.status == "active":
        terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
        subscription.used_until = agenda.today(site, terms)
    before, subscription.status = subscription.status, status
    if status != "closed":
        subscription.close_reason = None
    changes.record(
        f"subscription {status}",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={"status": (before, status)} | {name: (None, value) for name, value in details.items()},
    )
