"""A subscription changes: before the yes freely, afterwards by the rules of semantics.md section 6."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from portal.core import changes
from portal.core.database import session
from portal.core.errors import InvalidFields, NotAllowedNow, Problem
from portal.core.jobs import Job, enqueue
from portal.core.keep import Keep, given
from portal.core.speech import spoken
from portal.customers.add_or_update import SavedCustomer
from portal.customers.add_or_update import add_or_update as save_customer
from portal.customers.models import Customer
from portal.links import requests
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, asking, lifecycle, memos, moved_anchor, versions
from portal.subscriptions.add import is_too_old
from portal.subscriptions.announce import announce
from portal.subscriptions.differences import between
from portal.subscriptions.item_updates import ItemUpdate
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import Saved, SubscriptionOrder
from portal.subscriptions.prices import Price


def update(site: Site, subscription: Subscription, order: SubscriptionOrder) -> Saved:
    """Apply the order to a locked subscription. The same values again change nothing and tell nobody."""
    if order.active is False:
        lifecycle.close_by_merchant(site, subscription)
        return _saved(subscription)
    lifecycle.refuse_if_archived(subscription)
    if subscription.status == "closed":
        if order.active is not True:
            raise NotAllowedNow("This subscription is closed. Send active: true to open a withdrawn one again.")
        lifecycle.reopen(site, subscription)
    present = versions.terms_of(subscription.terms_id)
    values, problems = versions.wanted(order, given(order.currency, present.currency), present)
    problems += _refused(site, subscription, present, values, order) + _other_collection(subscription, order)
    if problems:
        raise InvalidFields(problems)
    saved_customer = _save_customer(site, subscription, order)
    _apply(site, subscription, order, present, values, saved_customer)
    return _saved(subscription)


def _refused(
    site: Site, subscription: Subscription, present: Terms, values: dict[str, Any], order: SubscriptionOrder
) -> list[Problem]:
    """What may not change any more once the customer has said yes."""
    problems = []
    today = agenda.today(site, present)
    start_changed = values["start_on"] != present.start_on
    if start_changed and is_too_old(values["start_on"], today):
        problems.append(Problem("start_date", "invalid", "The start date lies more than one year in the past."))
    if not lifecycle.is_accepted(subscription):
        return problems
    if values["currency"] != present.currency:
        problems.append(Problem("currency", "invalid", "The currency cannot change after the customer has confirmed."))
    if start_changed and subscription.installments and not order.moves_start:
        problems.append(Problem("start_date", "invalid", "The start date cannot change after the first payment."))
    elif start_changed and (values["start_on"] is None or values["start_on"] < today):
        problems.append(
            Problem("start_date", "invalid", "After confirmation the start date can only be today or later.")
        )
    return problems


def _other_collection(subscription: Subscription, order: SubscriptionOrder) -> list[Problem]:
    if given(order.collection, subscription.collection) == subscription.collection:
        return []
    words = f"How it is collected ({subscription.collection}) is fixed when it is added. Add a new subscription."
    return [Problem("collection", "invalid", words)]


def _save_customer(site: Site, subscription: Subscription, order: SubscriptionOrder) -> SavedCustomer:
    present = session().get_one(Customer, subscription.customer_id)
    if isinstance(order.customer, Keep):
        return SavedCustomer(present, "updated", contact_changed=False)
    saved = save_customer(site, order.customer, present)
    if saved.customer.id == present.id:
        return saved
    if lifecycle.is_accepted(subscription):
        raise InvalidFields([Problem("customer", "invalid", "Another customer needs a subscription of their own.")])
    subscription.customer_id = saved.customer.id
    return SavedCustomer(saved.customer, saved.action, contact_changed=True)


def _apply(
    site: Site,
    subscription: Subscription,
    order: SubscriptionOrder,
    present: Terms,
    values: dict[str, Any],
    who: SavedCustomer,
) -> None:
    differences = _apply_unversioned(subscription, order) | memos.save(site, subscription.id, order)
    changed_terms = versions.differences(present, values)
    terms = versions.add_version(site, subscription, values) if changed_terms else present
    if not (differences or changed_terms or who.contact_changed):
        return
    session().flush()
    if not lifecycle.is_accepted(subscription):
        agenda.watch_end(site, subscription, terms)
        lifecycle.finish_if_over(site, subscription, terms)
    changes.record(
        "terms changed" if changed_terms else "subscription updated",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields=changed_terms | differences,
    )
    announce(site, subscription, "subscription", "updated", version=subscription.version)
    if lifecycle.is_accepted(subscription):
        _tell_accepted(site, subscription, present, terms, who.customer, changed_terms)
    elif who.contact_changed and subscription.status == "pending":
        asking.ask(site, subscription, terms, who.customer)


def change_price(site: Site, subscription: Subscription, present: Terms, price: Price) -> Terms:
    """New terms at this price, told like any other change; the present ones where it is the same.

    The subscription's row is locked by the caller. Raises InvalidFields.
    """
    values, problems = versions.with_price(present, price)
    if problems:
        raise InvalidFields(problems)
    customer = session().get_one(Customer, subscription.customer_id)
    _apply(
        site,
        subscription,
        SubscriptionOrder(),
        present,
        values,
        SavedCustomer(customer, "updated", contact_changed=False),
    )
    return versions.terms_of(subscription.terms_id)


def _apply_unversioned(subscription: Subscription, order: SubscriptionOrder) -> dict[str, tuple[Any, Any]]:
    differences = {}
    for name in ("webhook_url", "attachments"):
        value = getattr(order, name)
        if isinstance(value, Keep) or value == getattr(subscription, name):
            continue
        differences[name] = (getattr(subscription, name), value)
        setattr(subscription, name, value)
    return differences


def _tell_accepted(
    site: Site, subscription: Subscription, old: Terms, new: Terms, customer: Customer, changed: dict[str, Any]
) -> None:
    """After the yes: what is no worse binds at once, the rest when its notice has been handed to a channel."""
    if not changed:
        return
    agreed = versions.terms_of(subscription.binding_terms_id or old.id)
    by_link = subscription.collection == "link"  # each link says what it asks for: no notice is needed before it
    if by_link or versions.binds_at_once(subscription, agreed, new):
        bind(site, subscription, new)
    if not any(name in changed for name in versions.MATERIAL):
        return
    announce(site, subscription, "subscription", "terms_changed", version=new.version)
    request = None if by_link else requests.newest(subscription.id)
    if request is not None:
        locale = spoken(customer.locale, site.locale)
        facts = {
            "terms_id": str(new.id),
            "changes": [asdict(one) for one in between(agreed, new, locale, agenda.today(site, new))],
            "from_day": asking.next_payment(site, subscription, new, customer).get("next_day", ""),
        }
        asking.notify(site, subscription, new, customer, request, "terms_changed", str(new.id), **facts)


def bind(site: Site, subscription: Subscription, terms: Terms) -> None:
    """Charges follow these terms from now on; the calendar and the end follow with them."""
    old = versions.terms_of(subscription.binding_terms_id or subscription.terms_id)
    subscription.binding_terms_id = terms.id
    _release_updates(site, subscription)
    if subscription.status != "closed":
        waiting = moved_anchor.rebase(subscription, old, terms)
        agenda.rebase(site, subscription, old, terms)
        subscription.carried = [*(subscription.carried or []), *(line.as_dict() for line in waiting)] or None
        lifecycle.finish_if_over(site, subscription, terms)


def _release_updates(site: Site, subscription: Subscription) -> None:
    """What changes of items cost may be billed now that the terms they made are the ones that bind."""
    waiting = select(ItemUpdate).where(ItemUpdate.subscription_id == subscription.id, ItemUpdate.status == "waiting")
    for row in session().scalars(waiting):
        times = clock.due(site, clock.now(site))
        row.due_at, row.site_due_at = times.due_at, times.site_due_at
        enqueue(Job.UPDATE_ITEM, row.id)


def _saved(subscription: Subscription) -> Saved:
    request = requests.newest(subscription.id)
    link = asking.newest_link(request.id) if request else None
    return Saved("updated", subscription.id, subscription.version, link.id if link else None)
