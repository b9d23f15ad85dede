"""The end: at once or on a day, taken back before it comes, undone after it where nothing forbids; and the archive."""

from __future__ import annotations

from datetime import date

from portal.core import changes
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, lifecycle, notices
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription, Terms

CANCELED = ("canceled_merchant", "canceled_customer", "canceled_system")


def cancel(
    site: Site, subscription: Subscription, terms: Terms, *, on: date | None = None, by: str = "merchant"
) -> None:
    """End it now, or on a day: the last period that starts before that day is billed, one that starts on it is not.

    Before the yes it is withdrawn. What was taken, is owed or under way stays as it is. Repeating it is no error.
    """
    lifecycle.refuse_if_archived(subscription)
    if subscription.status == "closed":
        return
    if subscription.status == "pending":
        lifecycle.close_by_merchant(site, subscription)
    elif on is None or on <= clock.today(site):
        lifecycle.close(site, subscription, f"canceled_{by}")
        notices.ended(site, subscription)
    else:
        subscription.cancel_on = on
        agenda.place(site, subscription, terms, subscription.next_index)
        announce(site, subscription, "subscription", "updated", version=subscription.version)
        notices.ends_on(site, subscription, terms, on)


def undo_cancel(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Take back a cancellation that has not come yet. Raises NotAllowedNow where there is none."""
    if subscription.cancel_on is None:
        raise NotAllowedNow("No cancellation is planned.")
    subscription.cancel_on = None
    agenda.set_end(subscription, terms)
    agenda.skip_past(site, subscription, terms)
    announce(site, subscription, "subscription", "updated", version=subscription.version)
    notices.goes_on(site, subscription, terms)


def reinstate(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Undo a cancellation that has come; the anchor is kept and the gap is not billed.

    Raises NotAllowedNow for every other end: completed, expired, withdrawn, or closed for good by `active: false`.
    """
    lifecycle.refuse_if_archived(subscription)
    if subscription.status != "closed" or subscription.close_reason not in CANCELED or subscription.closed_for_good:
        raise NotAllowedNow("Only a canceled subscription can be reinstated.")
    lifecycle.move(site, subscription, "active")
    subscription.closed_at = None
    agenda.set_end(subscription, terms)
    agenda.skip_past(site, subscription, terms)
    lifecycle.finish_if_over(site, subscription, terms)
    announce(site, subscription, "subscription", "activated", version=subscription.version)


def end(site: Site, subscription: Subscription, terms: Terms) -> None:
    """The day of the end has come: a planned cancellation, or the day after the end date."""
    canceled = subscription.cancel_on is not None and subscription.cancel_on <= agenda.today(site, terms)
    lifecycle.close(site, subscription, "canceled_merchant" if canceled else "expired")


def archive(site: Site, subscription: Subscription) -> None:
    """Hide it; whatever was still to come ends with it (D23). Archiving twice is no error."""
    if subscription.archived_at is not None:
        return
    subscription.archived_from = subscription.status
    if subscription.status != "closed":
        lifecycle.close_by_merchant(site, subscription)
    subscription.archived_at = clock.now(site)
    announce(site, subscription, "subscription", "archived")


def unarchive(site: Site, subscription: Subscription) -> None:
    """Bring it back as it was; what was going on comes back paused, so that nothing is charged by surprise (D24)."""
    if subscription.archived_at is None:
        raise NotAllowedNow("This subscription is not archived.")
    subscription.archived_at, before = None, subscription.archived_from
    subscription.archived_from = None
    if before == "pending" and not lifecycle.is_accepted(subscription):
        lifecycle.reopen(site, subscription)
    elif before != "closed":
        lifecycle.move(site, subscription, "paused")
        subscription.closed_at, subscription.closed_for_good = None, False
        terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
        agenda.watch_end(site, subscription, terms)
        announce(site, subscription, "subscription", "paused", reason="unarchived")


def delete(site: Site, subscription: Subscription) -> None:
    """Nobody sees it any more. Raises NotAllowedNow for one that goes on: that is closed first, on purpose."""
    if subscription.status not in {"pending", "closed"}:
        raise NotAllowedNow("Close this subscription first, then delete it.")
    if subscription.status == "pending" and lifecycle.is_accepted(subscription):
        raise NotAllowedNow("Its first payment is under way. Wait for it, then close it.")
    if subscription.status == "pending":
        lifecycle.close_by_merchant(site, subscription)
    subscription.deleted_at = clock.now(site)
    changes.record(
        "subscription deleted",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
    )
