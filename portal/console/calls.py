"""The log of API calls as support reads it: filtered rows page by page, one call, and what came of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import load_only

from portal.core.changes import Change
from portal.core.database import session
from portal.core.errors import NotFound
from portal.core.instants import due_instant
from portal.customers.models import Customer
from portal.sites.api_requests import ApiRequest
from portal.sites.models import ApiKey, Site
from portal.subscriptions.models import Subscription

PAGE = 50
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OUTCOMES = {"answered": "Answered", "refused": "Refused", "failed": "Failed", "replayed": "Replayed"}
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_SHOWN = tuple(column.key for column in ApiRequest.__table__.columns if column.key not in {"body", "answer"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address bar asks for. `zone_name` is the zone in which the days are meant."""

    site_ids: tuple[uuid.UUID, ...]
    zone_name: str
    outcome: str = ""
    method: str = ""
    key_id: str = ""
    path: str = ""
    since: date | None = None
    until: date | None = None
    request_id: str = ""
    after: uuid.UUID | None = None
    before: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[ApiRequest]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True, slots=True)
class Made:
    """A subscription that a call changed, and what the log says of it."""

    subscription_id: uuid.UUID
    external_id: str
    customer: str
    whats: Sequence[str]


def exists(request_id: str, site_ids: Sequence[uuid.UUID]) -> bool:
    """True where a call of these sites has this request id."""
    if not request_id.startswith("req_"):
        return False
    mine = select(ApiRequest.id).where(ApiRequest.request_id == request_id, ApiRequest.site_id.in_(site_ids))
    return session().scalar(mine.limit(1)) is not None


def page(wanted: Wanted) -> Page:
    """Newest first, without bodies. One row more than fits is read, to know whether there is another page."""
    query = select(ApiRequest).options(load_only(*(getattr(ApiRequest, name) for name in _SHOWN)))
    query = query.where(ApiRequest.site_id.in_(wanted.site_ids), *_conditions(wanted)).limit(PAGE + 1)
    if wanted.before is not None:
        rows = session().scalars(query.where(ApiRequest.id > wanted.before).order_by(ApiRequest.id)).all()
        return Page(rows[:PAGE][::-1], has_older=True, has_newer=len(rows) > PAGE)
    if wanted.after is not None:
        query = query.where(ApiRequest.id < wanted.after)
    rows = session().scalars(query.order_by(ApiRequest.id.desc())).all()
    return Page(rows[:PAGE], has_older=len(rows) > PAGE, has_newer=wanted.after is not None)


def shorter(path: str) -> str:
    """An address as a list shows it: the site stands elsewhere, and of other ids the beginning is enough."""
    without_site = re.sub(rf"/site/{_ID}", "/…", path)
    return re.sub(_ID, lambda found: f"{found[0][:8]}…", without_site)


def keys_of(site_ids: Sequence[uuid.UUID]) -> dict[str, str]:
    """The keys of these sites by their id, each in words; the newest first."""
    rows = session().scalars(select(ApiKey).where(ApiKey.site_id.in_(site_ids)).order_by(ApiKey.created_at.desc()))
    return {row.key_id: key_words(row) for row in rows}


def key_words(key: ApiKey) -> str:
    """ "Shop server, …x7Qa", or the letters alone; a key from before they were kept goes by its id."""
    letters = f"…{key.last_four}" if key.last_four else ""
    return ", ".join(filter(None, (key.name, letters))) or key.key_id


def one(call_id: uuid.UUID, only_site: uuid.UUID | None) -> tuple[ApiRequest, Site, str]:
    """A call with its site and its key in words. Raises NotFound, also for what the person may not see."""
    row = session().get(ApiRequest, call_id)
    if row is None or only_site not in {None, row.site_id}:
        raise NotFound
    key = session().scalar(select(ApiKey).where(ApiKey.key_id == row.key_id))
    return row, session().get_one(Site, row.site_id), key_words(key) if key else row.key_id


def made_by(call: ApiRequest) -> list[Made]:
    """What the call changed, by the log's lines under its request id."""
    rows = session().execute(
        select(Change.what, Subscription, Customer)
        .join(Subscription, Subscription.id == Change.subscription_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .where(Change.request_id == call.request_id, Change.site_id == call.site_id)
        .order_by(Change.id)
        .limit(100)
    )
    found: dict[uuid.UUID, tuple[Subscription, Customer, list[str]]] = {}
    for what, subscription, customer in rows:
        found.setdefault(subscription.id, (subscription, customer, []))[2].append(what)
    return [Made(one, row[0].external_id or "", row[1].name, row[2]) for one, row in found.items()]


def of_requests(site_id: uuid.UUID, request_ids: Sequence[str]) -> dict[str, ApiRequest]:
    """The calls with these request ids, without bodies."""
    query = select(ApiRequest).options(load_only(*(getattr(ApiRequest, name) for name in _SHOWN)))
    rows = session().scalars(query.where(ApiRequest.site_id == site_id, ApiRequest.request_id.in_(request_ids)))
    return {row.request_id: row for row in rows}


def _conditions(wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    if wanted.since is not None:
        found.append(ApiRequest.id >= _first_id(due_instant(wanted.since, wanted.zone_name, 0)))
    if wanted.until is not None and wanted.until < date.max:
        found.append(ApiRequest.id < _first_id(due_instant(wanted.until + timedelta(days=1), wanted.zone_name, 0)))
    if wanted.method:
        found.append(ApiRequest.method == wanted.method)
    if wanted.key_id:
        found.append(ApiRequest.key_id == wanted.key_id)
    if wanted.request_id:
        found.append(ApiRequest.request_id == wanted.request_id)
    if wanted.path:
        found.append(ApiRequest.path.contains(wanted.path, autoescape=True))
    return found + _outcome(wanted.outcome)


def _outcome(outcome: str) -> list[Any]:
    status = ApiRequest.status
    known: dict[str, list[Any]] = {
        "answered": [status < 400],
        "refused": [status >= 400, status < 500],
        "failed": [status >= 500],
        "replayed": [ApiRequest.is_replayed],
    }
    return known.get(outcome, [])


def _first_id(at: datetime) -> uuid.UUID:
    """No id made at this moment or later is smaller: ids begin with the time, so days are read along their index."""
    milliseconds = max(int(at.timestamp() * 1000), 0)
    return uuid.UUID(int=(milliseconds & (1 << 48) - 1) << 80)
