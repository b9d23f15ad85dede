"""A new subscription: customer, first terms, request, link, messages and event, all or nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.core import changes
from portal.core.database import session
from portal.core.errors import InvalidFields, Problem
from portal.core.keep import KEEP, Keep, given
from portal.customers.add_or_update import add_or_update as save_customer
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, asking, by_link_start, calendar, memos, versions
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription
from portal.subscriptions.orders import REQUIRED, Saved, SubscriptionOrder
from portal.subscriptions.schedules import Frequency, Schedule


def add(site: Site, order: SubscriptionOrder, *, asks: bool = True) -> Saved:
    """Write it in the open transaction. Raises InvalidFields naming everything missing or wrong at once.

    With `asks` off there is a request with its link, but nobody is sent it: the caller has another yes.
    """
    values, problems = _check(site, order)
    if problems:
        raise InvalidFields(problems)
    assert not isinstance(order.customer, Keep)
    customer = save_customer(site, order.customer).customer
    subscription = _new(site, order, customer.id)
    terms = versions.add_version(site, subscription, values)
    session().add(subscription)
    session().flush()
    said = memos.save(site, subscription.id, order)
    agenda.watch_end(site, subscription, terms)
    changes.record(
        "subscription added",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields=versions.as_new(terms) | said,
    )
    if subscription.collection == "link":
        announce(site, subscription, "subscription", "created", version=terms.version)
        by_link_start.start(site, subscription, terms)
        return Saved("added", subscription.id, subscription.version, None)
    link = asking.ask(site, subscription, terms, customer) if asks else asking.unsent(site, subscription, customer)
    announce(site, subscription, "subscription", "created", version=terms.version)
    return Saved("added", subscription.id, subscription.version, link.id)


def missing(order: SubscriptionOrder) -> list[Problem]:
    """What a new subscription needs and the order lacks (HF6)."""
    return [
        Problem(name, "missing", f"{name} is required.")
        for name in REQUIRED
        if getattr(order, name) in (None, "", KEEP) and (order.is_keyed or name != "external_id")
    ]


def _check(site: Site, order: SubscriptionOrder) -> tuple[dict[str, Any], list[Problem]]:
    values, problems = versions.wanted(order, given(order.currency, site.currency), None)
    problems = missing(order) + problems
    if order.active is False:
        problems.append(
            Problem("active", "invalid", "A subscription cannot be added inactive: leave active out, or true.")
        )
    if order.guards_dates:
        problems += _implausible(values, agenda.today_by(site, values.get("send_on_hour")))
    return values, problems


def _implausible(values: dict[str, Any], today: date) -> list[Problem]:
    """Dates that are a slip of the pen more often than not."""
    problems = []
    if is_too_old(values.get("start_on"), today):
        problems.append(Problem("start_date", "invalid", "The start date lies more than one year in the past."))
    end = values.get("end_on")
    if end is not None and end < today:
        problems.append(Problem("end_date", "invalid", "The end date lies in the past."))
    return problems


def is_too_old(start: date | None, today: date) -> bool:
    """The typo guard of semantics.md section 4."""
    return start is not None and start < calendar.occurrence(Schedule(Frequency.YEARLY, 1, today), -1)


def _new(site: Site, order: SubscriptionOrder, customer_id: Any) -> Subscription:
    now = clock.now(site)
    return Subscription(
        site_id=site.id,
        external_id=order.external_id,
        customer_id=customer_id,
        status="pending",
        collection=given(order.collection, "automatic"),
        version=0,
        sequence=0,
        installments=0,
        webhook_url=given(order.webhook_url, None),
        attachments=given(order.attachments, []),
        return_url=given(order.return_url, None),
        cancellation_terms=given(order.cancellation_terms, None),
        created_at=now,
        updated_at=now,
    )
