"""A card that is about to expire: its customer is told 30 and 7 days before, if anything is charged after it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from portal.billing.expiry_models import NOTICE, ExpiryNotice
from portal.billing.models import PaymentMethod
from portal.billing.words import method_words
from portal.core import due
from portal.core.database import session
from portal.core.instants import due_instant
from portal.customers.models import Customer
from portal.links import requests
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, asking, calendar, words
from portal.subscriptions.models import Subscription, Terms

DAYS_BEFORE = (30, 7)


def plan(site: Site, subscription: Subscription, method: PaymentMethod) -> None:
    """Owe the notices of the card that this subscription uses from now on; those of an earlier card are dropped."""
    session().execute(
        update(ExpiryNotice)
        .where(ExpiryNotice.subscription_id == subscription.id, ExpiryNotice.status == "planned")
        .values(status="dropped", due_at=None, site_due_at=None)
    )
    for days in DAYS_BEFORE:
        at = _told_at(site, method, days)
        if at is None or at <= clock.now(site):
            continue  # saved so late that the customer has just read the date off the card
        notice = _known(subscription, method, days) or _new(site, subscription, method, days)
        if notice.status == "sent":
            continue
        times = clock.due(site, at)
        notice.status, notice.due_at, notice.site_due_at = "planned", times.due_at, times.site_due_at


def plan_missing(at_once: int = 500) -> None:
    """Owe the notices of cards that were saved before there were any: so many subscriptions at once are looked at."""
    after: uuid.UUID | None = None
    while found := _without_notices(after, at_once):
        for subscription in found:
            site = session().get_one(Site, subscription.site_id)
            plan(site, subscription, session().get_one(PaymentMethod, subscription.payment_method_id))
        session().flush()
        after = found[-1].id


def _without_notices(after: uuid.UUID | None, at_once: int) -> Sequence[Subscription]:
    planned = select(ExpiryNotice.id).where(
        ExpiryNotice.subscription_id == Subscription.id,
        ExpiryNotice.payment_method_id == Subscription.payment_method_id,
    )
    wanted = (
        select(Subscription)
        .where(Subscription.payment_method_id.is_not(None), Subscription.status != "closed", ~planned.exists())
        .order_by(Subscription.id)
        .limit(at_once)
        .with_for_update()
    )
    return session().scalars(wanted if after is None else wanted.where(Subscription.id > after)).all()


def _known(subscription: Subscription, method: PaymentMethod, days: int) -> ExpiryNotice | None:
    """The notice of a card that this subscription used before and goes back to."""
    return session().scalar(
        select(ExpiryNotice).where(
            ExpiryNotice.subscription_id == subscription.id,
            ExpiryNotice.payment_method_id == method.id,
            ExpiryNotice.days_before == days,
        )
    )


def _new(site: Site, subscription: Subscription, method: PaymentMethod, days: int) -> ExpiryNotice:
    notice = ExpiryNotice(
        site_id=site.id,
        subscription_id=subscription.id,
        payment_method_id=method.id,
        days_before=days,
        status="planned",
    )
    session().add(notice)
    return notice


def last_day(method: PaymentMethod) -> date:
    """A card can be used through the last day of its month (dunning.md section 4)."""
    after = date(method.exp_year + method.exp_month // 12, method.exp_month % 12 + 1, 1)
    return after - timedelta(days=1)


def _told_at(site: Site, method: PaymentMethod, days: int) -> datetime | None:
    if not (1 <= method.exp_month <= 12 and 1 <= method.exp_year < 9999):
        return None  # a method that does not expire
    return due_instant(last_day(method) - timedelta(days=days), site.timezone, site.charge_hour)


def notify(notice_id: uuid.UUID) -> None:
    """Tell the customer of a due notice, or drop it where the card is not used or nothing is charged after it."""
    owner = select(ExpiryNotice.subscription_id).where(ExpiryNotice.id == notice_id).scalar_subquery()
    locked = select(Subscription).where(Subscription.id == owner).with_for_update(skip_locked=True)
    subscription = session().scalar(locked)
    if subscription is None or not due.claim(ExpiryNotice, row_id=notice_id):
        return
    notice = session().get_one(ExpiryNotice, notice_id)
    notice.due_at = notice.site_due_at = None
    site = session().get_one(Site, notice.site_id)
    method = session().get_one(PaymentMethod, notice.payment_method_id)
    status = "sent" if _is_wanted(subscription, method) and _tell(site, subscription, method, notice) else "dropped"
    NOTICE.check(notice.status, status)
    notice.status = status


def _is_wanted(subscription: Subscription, method: PaymentMethod) -> bool:
    """True where this card is the one that is charged, and a due date lies after its last day."""
    if subscription.payment_method_id != method.id or subscription.binding_terms_id is None:
        return False
    if subscription.status not in {"active", "paused"} or method.revoked_at is not None:
        return False
    if subscription.next_index is None or subscription.anchor_on is None:
        return False
    terms = session().get_one(Terms, subscription.binding_terms_id)
    schedule = terms.schedule(subscription.anchor_on, subscription.billing_day)
    after = max(calendar.index_after(schedule, last_day(method)), subscription.next_index)
    made_by_then = subscription.installments + after - subscription.next_index
    if terms.number_of_payments is not None and made_by_then >= terms.number_of_payments:
        return False
    return agenda.date_at(subscription, terms, after) is not None


def _tell(site: Site, subscription: Subscription, method: PaymentMethod, notice: ExpiryNotice) -> bool:
    request = requests.newest(subscription.id)
    if request is None or subscription.binding_terms_id is None:
        return False
    terms = session().get_one(Terms, subscription.binding_terms_id)
    customer = session().get_one(Customer, subscription.customer_id)
    locale = customer.locale or site.locale
    facts = asking.next_payment(site, subscription, terms, customer) if subscription.status == "active" else {}
    facts |= {
        "card_text": method_words(method.brand, method.last4, locale),
        "expires_day": words.day_text(last_day(method), locale, today=clock.today(site)),
    }
    occasion = f"{method.id}:{notice.days_before}"
    return asking.notify(site, subscription, terms, customer, request, "card_expires", occasion, **facts) is not None
