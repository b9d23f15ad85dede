"""Changes of items carried out: now or on their day, billed once the terms they make are the ones that bind."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from portal.billing import extras, undone
from portal.core import changes, due
from portal.core.database import session
from portal.core.errors import NotAllowedNow, NotFound, PortalError, invalid
from portal.core.instants import due_instant
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, bills, calendar, item_changes, lifecycle, previews, update, versions
from portal.subscriptions.grids import Pay
from portal.subscriptions.item_updates import UPDATE, ItemUpdate, UpdateKind, UpdateOrder
from portal.subscriptions.lines import Line
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.proration import Change, Method
from portal.subscriptions.standing import Payment, Standing

FURTHEST = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class _At:
    """A subscription, locked, with its site and the terms that the change goes on from."""

    site: Site
    subscription: Subscription
    terms: Terms


def ask(site: Site, subscription: Subscription, order: UpdateOrder) -> ItemUpdate:
    """Carry the change out, or plan it for its day. The subscription's row is locked by the caller.

    Before the yes it only becomes part of the terms. Raises NotAllowedNow unless pending or active (D28), NotFound,
    InvalidFields, InvalidChange.
    """
    terms = versions.terms_of(subscription.terms_id)
    _refuse(subscription)
    row = ItemUpdate(
        site_id=site.id,
        subscription_id=subscription.id,
        status="scheduled",
        kind=str(order.kind),
        change=item_changes.read(order, terms.price),
        method=str(order.method),
        pay=str(order.pay),
        pay_on=order.pay_on,
        apply_on=order.apply_on,
        lines={},
        created_at=clock.now(site),
    )
    session().add(row)
    session().flush()
    if order.apply_on is not None and order.apply_on > agenda.today(site, terms):
        _plan(site, subscription, row)
    else:
        _apply(_At(site, subscription, terms), row)
    return row


def carry_out(site: Site, subscription: Subscription, row: ItemUpdate) -> None:
    """Do today what was planned for a day or for a call. Raises NotAllowedNow unless pending or active."""
    _refuse(subscription)
    UPDATE.check(row.status, "waiting")
    row.due_at = row.site_due_at = None
    _apply(_At(site, subscription, versions.terms_of(subscription.terms_id)), row)


def bill_waiting(site: Site, subscription: Subscription, row: ItemUpdate) -> None:
    """Bill a change whose terms bind by now, without waiting for its job."""
    if row.status == "waiting":
        row.due_at = row.site_due_at = None
        _bill(_At(site, subscription, versions.terms_of(subscription.terms_id)), row)


def cancel(site: Site, subscription: Subscription, row: ItemUpdate) -> None:
    """Take back a planned change. Raises NotAllowedNow where it was carried out."""
    UPDATE.check(row.status, "canceled")
    row.status, row.due_at, row.site_due_at = "canceled", None, None
    _note(site, subscription, row, "item update canceled")


def find(subscription_id: uuid.UUID, update_id: uuid.UUID | None) -> ItemUpdate:
    row = session().get(ItemUpdate, update_id) if update_id else None
    if row is None or row.subscription_id != subscription_id:
        raise NotFound("There is no update with this id.")
    return row


def refuse_if_too_far(site: Site, day: date) -> None:
    """Raises InvalidFields for a day that nobody plans for."""
    if day > clock.today(site) + FURTHEST:
        raise invalid("apply_on", "Give a day within the next five years.")


def do_due(update_id: uuid.UUID) -> None:
    """The next step of a change whose time has come: apply it, or bill what it cost."""
    owner = select(ItemUpdate.subscription_id).where(ItemUpdate.id == update_id).scalar_subquery()
    locked = select(Subscription).where(Subscription.id == owner).with_for_update(skip_locked=True)
    subscription = session().scalar(locked)
    if subscription is None or not due.claim(ItemUpdate, row_id=update_id):
        return
    row = session().get_one(ItemUpdate, update_id)
    row.due_at = row.site_due_at = None
    at = _At(session().get_one(Site, row.site_id), subscription, versions.terms_of(subscription.terms_id))
    if row.status == "scheduled":
        _apply_planned(at, row)
    elif row.status == "waiting":
        _bill(at, row)
    elif row.status == "applied" and row.later_on is not None:
        _bill_later(at, row)


def _refuse(subscription: Subscription) -> None:
    lifecycle.refuse_if_archived(subscription)
    if subscription.status not in {"pending", "active"} or (
        subscription.status == "pending" and lifecycle.is_accepted(subscription)
    ):
        raise NotAllowedNow("Items change while a subscription is active, or before the customer confirms it.")


def _plan(site: Site, subscription: Subscription, row: ItemUpdate) -> None:
    if subscription.status == "pending":
        raise NotAllowedNow("Before the customer has confirmed there is no day to plan for: change it now.")
    assert row.apply_on is not None
    refuse_if_too_far(site, row.apply_on)
    times = clock.due(site, due_instant(row.apply_on, site.timezone, 0))
    row.due_at, row.site_due_at = times.due_at, times.site_due_at
    _note(site, subscription, row, "item update planned")


def _apply_planned(at: _At, row: ItemUpdate) -> None:
    try:
        _refuse(at.subscription)
        _apply(at, row)
    except PortalError as error:
        UPDATE.check(row.status, "refused")
        row.status, row.reason = "refused", str(error)
        _note(at.site, at.subscription, row, "item update refused")


def _apply(at: _At, row: ItemUpdate) -> None:
    """New terms at once; what it costs is billed when they bind, which is now unless the customer must hear first."""
    site, subscription, terms = at.site, at.subscription, at.terms
    kind = UpdateKind(row.kind)
    if lifecycle.is_accepted(subscription):
        payment = Payment(Method(row.method), Pay(row.pay), row.pay_on)
        price, cost = item_changes.make(kind, row.change, _standing(at), payment)
    else:
        price, cost = item_changes.merged(kind, row.change, terms.price), Change()
    row.lines = {name: [line.as_dict() for line in getattr(cost, name)] for name in ("now", "next_invoice", "later")}
    row.later_on, row.applied_at = cost.later_on, clock.now(site)
    new = update.change_price(site, subscription, terms, price)
    row.terms_id = new.id
    _note(site, subscription, row, "item update applied")
    UPDATE.check(row.status, "waiting")
    row.status = "waiting"
    session().flush()
    if not lifecycle.is_accepted(subscription) or subscription.binding_terms_id == subscription.terms_id:
        _bill(_At(site, subscription, new), row)


def _standing(at: _At) -> Standing:
    on = agenda.today(at.site, at.terms)
    due_on = at.subscription.next_due_on
    if due_on is not None and due_on < on:
        raise NotAllowedNow("An instalment is being billed this moment. Try again in a minute.")
    schedule = agenda.schedule_of(at.subscription, at.terms)
    is_billed = due_on is None or due_on > on
    period = calendar.period_on(schedule, on) if is_billed else None
    free_until = period[1] if period and undone.is_unpaid(at.subscription, period[0]) else None
    sent_back = undone.by_item(at.subscription, at.terms.price, schedule, on)
    return Standing(at.terms.price, schedule, on, is_billed, at.subscription.installments, free_until, sent_back)


def _bill(at: _At, row: ItemUpdate) -> None:
    """The invoice of today, lines that wait for the next one, or a day to come back on."""
    site, subscription, terms = at.site, at.subscription, at.terms
    UPDATE.check(row.status, "applied")
    row.status = "applied"
    if row.lines.get("next_invoice"):
        subscription.carried = [*(subscription.carried or []), *row.lines["next_invoice"]]
    if row.lines.get("now"):
        _invoice(at, row, "now")
    if row.later_on is not None:
        hour = site.charge_hour
        times = clock.due(site, due_instant(row.later_on, site.timezone, hour, terms.send_on_hour))
        row.due_at, row.site_due_at = times.due_at, times.site_due_at


def _bill_later(at: _At, row: ItemUpdate) -> None:
    """The day of its own has come. Where the end came sooner, its last invoice bills this (closing.py)."""
    if at.subscription.status != "closed":
        _invoice(at, row, "later")
        row.later_on = None


def _invoice(at: _At, row: ItemUpdate, which: str) -> None:
    lines = [Line.from_dict(one, at.terms.currency) for one in row.lines[which]]
    waiting = [] if which == "later" else previews.carried(at.subscription, at.terms)
    if which == "now" and waiting:
        at.subscription.carried = None  # a credit that waits pays for this first
    found = bills.changed(at.terms.price, [*waiting, *lines])
    on = agenda.today(at.site, at.terms)
    slot = f"{on.isoformat()}+{row.id}"
    if found.total_minor or not found.carried:
        invoice = extras.open_beside(at.site, at.subscription, at.terms, found, slot=slot, on=on)
        row.invoice_id = invoice.id
    else:
        # Nothing but a credit: no invoice is made of it.
        at.subscription.carried = [*(at.subscription.carried or []), *(found.carried_held() or [])] or None


def _note(site: Site, subscription: Subscription, row: ItemUpdate, what: str) -> None:
    changes.record(
        what,
        site_id=site.id,
        entity="item_update",
        entity_id=row.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={"kind": (None, row.kind), "change": (None, row.change)},
    )
