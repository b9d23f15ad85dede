"""The request history as rows: filters, one page by its key, and how many there are; always as many queries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.billing.models import PaymentMethod
from portal.console.search import matching
from portal.core.database import session
from portal.core.instants import due_instant
from portal.customers.models import Customer
from portal.links.models import PaymentRequest
from portal.notifications.models import Message
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms

PAGE = 25
COUNTED_TO = 10_000
STAMPS = ("sent", "delivered", "opened", "confirmed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address bar asks for. `zone_name` is the zone in which the days are meant."""

    site_ids: tuple[uuid.UUID, ...]
    zone_name: str
    state: str = ""
    since: date | None = None
    until: date | None = None
    q: str = ""
    after: uuid.UUID | None = None
    before: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One request with what is shown of it; `failure` is why its newest message did not arrive."""

    request: PaymentRequest
    subscription: Subscription
    terms: Terms
    customer: Customer
    method: PaymentMethod | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Found]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many requests the filters leave, the state's apart; beyond COUNTED_TO nobody counts on."""

    by_state: dict[str, int]
    reached: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def is_cut(self) -> bool:
        return self.total > COUNTED_TO


def sites_seen(only_site: uuid.UUID | None) -> Sequence[Site]:
    """The sites that a person may see, by name."""
    wanted = select(Site).order_by(Site.name, Site.id)
    return session().scalars(wanted if only_site is None else wanted.where(Site.id == only_site)).all()


def page(wanted: Wanted) -> Page:
    """Newest first. One row more than fits is read, to know whether there is another page."""
    rows = _rows(wanted)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if wanted.before is not None:
        rows = rows[::-1]
    failures = _failures([row[0] for row in rows])
    found = [Found(row[0], row[1], row[2], row[3], row[4], failures.get(row[0].id, "")) for row in rows]
    if wanted.before is not None:
        return Page(found, has_older=True, has_newer=more)
    return Page(found, has_older=more, has_newer=wanted.after is not None)


def count(wanted: Wanted) -> Counts:
    stamps = [getattr(PaymentRequest, f"{name}_at").is_not(None).label(name) for name in STAMPS]
    some = _filtered(select(PaymentRequest.status, *stamps), wanted).limit(COUNTED_TO + 1).subquery()
    columns = [func.count().filter(some.c[name]) for name in STAMPS]
    rows = session().execute(select(some.c.status, func.count(), *columns).group_by(some.c.status)).all()
    reached = {name: sum(row[place] for row in rows) for place, name in enumerate(STAMPS, start=2)}
    return Counts({row[0]: row[1] for row in rows}, reached)


def _rows(wanted: Wanted) -> list[Any]:
    everything: Any = select(PaymentRequest, Subscription, Terms, Customer, PaymentMethod)
    query = (
        _filtered(everything, wanted)
        .join(Subscription, Subscription.id == PaymentRequest.subscription_id)
        .join(Terms, Terms.id == Subscription.terms_id)
        .join(Customer, Customer.id == PaymentRequest.customer_id)
        .outerjoin(PaymentMethod, PaymentMethod.id == Subscription.payment_method_id)
        .limit(PAGE + 1)
    )
    if wanted.state:
        query = query.where(PaymentRequest.status == wanted.state)
    key = _key(wanted)
    if wanted.before is not None:
        query = query.where(_beyond(key, wanted.before, older=False)).order_by(*(part.asc() for part in key))
    else:
        query = query.order_by(*(part.desc() for part in key))
        if wanted.after is not None:
            query = query.where(_beyond(key, wanted.after, older=True))
    return list(session().execute(query).all())


def _filtered(query: Any, wanted: Wanted) -> Any:
    query = query.where(PaymentRequest.site_id.in_(wanted.site_ids))
    if wanted.since is not None:
        query = query.where(PaymentRequest.created_at >= due_instant(wanted.since, wanted.zone_name, 0))
    if wanted.until is not None and wanted.until < date.max:
        query = query.where(
            PaymentRequest.created_at < due_instant(wanted.until + timedelta(days=1), wanted.zone_name, 0)
        )
    return query.where(matching(wanted.q)) if wanted.q else query


def _key(wanted: Wanted) -> list[Any]:
    """One site is read along its own index; several along their ids, which begin with the real time."""
    return [PaymentRequest.created_at, PaymentRequest.id] if len(wanted.site_ids) == 1 else [PaymentRequest.id]


def _beyond(key: list[Any], cursor: uuid.UUID, *, older: bool) -> ColumnElement[bool]:
    if len(key) == 1:
        return PaymentRequest.id < cursor if older else PaymentRequest.id > cursor
    at = select(PaymentRequest.created_at).where(PaymentRequest.id == cursor).scalar_subquery()
    created = PaymentRequest.created_at
    if older:
        return and_(created <= at, or_(created < at, PaymentRequest.id < cursor))
    return and_(created >= at, or_(created > at, PaymentRequest.id > cursor))


def _failures(requests: Sequence[PaymentRequest]) -> dict[uuid.UUID, str]:
    """For each request that no message has reached and one has failed, why."""
    messages = session().execute(
        select(Message.request_id, Message.status, Message.error)
        .where(Message.subscription_id.in_([one.subscription_id for one in requests]), Message.purpose == "link")
        .order_by(Message.created_at, Message.id)
    )
    failed: dict[uuid.UUID, str] = {}
    reached = set()
    for request_id, status, error in messages:
        if request_id is None:
            continue
        if status == "failed":
            failed[request_id] = error or "Not delivered"
        else:
            reached.add(request_id)
    return {request_id: why for request_id, why in failed.items() if request_id not in reached}
