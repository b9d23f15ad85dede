"""What a monitor asks for: late work, open questions and what went out, counted in the database as Prometheus text."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all

from portal.billing.models import Attempt, Payment
from portal.core.clock import real_now
from portal.core.database import Base, reading, session
from portal.core.due import Due
from portal.notifications.models import Message
from portal.sites.api_requests import ApiRequest
from portal.webhooks.models import Delivery

bp = Blueprint("metrics", __name__)

COUNTED = 10_000  # of each kind at most, so that a rush does not make the question dear
HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=5)
BY_PROXY = frozenset({"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"})
REFUSED = "Metrics are answered on this machine's loopback, or with `Authorization: Bearer` and METRICS_TOKEN.\n"


@dataclass(slots=True)
class Family:
    """One metric: its name, what it says, and a value for each set of labels."""

    name: str
    words: str
    values: dict[tuple[tuple[str, str], ...], float] = field(default_factory=dict)

    def put(self, value: float, **labels: str) -> None:
        self.values[tuple(labels.items())] = value

    def lines(self) -> Iterable[str]:
        yield f"# HELP {self.name} {self.words}"
        yield f"# TYPE {self.name} gauge"
        for labels, value in self.values.items():
            told = ",".join(f'{name}="{text}"' for name, text in labels)
            yield f"{self.name}{{{told}}} {value:g}" if told else f"{self.name} {value:g}"


@bp.before_request
def guard() -> Response | None:
    if _on_loopback() or _has_token():
        return None
    return Response(REFUSED, status=401, mimetype="text/plain", headers={"WWW-Authenticate": "Bearer"})


@bp.get("/metrics")
def metrics() -> Response:
    """Counts over all sites, without a name or an id of anybody."""
    with reading():
        families = _look()
    text = "".join(f"{line}\n" for family in families for line in family.lines())
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _on_loopback() -> bool:
    """A proxy on the same machine comes from the loopback too, and speaks for somebody else."""
    if any(name in request.headers for name in BY_PROXY):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token() -> bool:
    wanted = current_app.extensions["portal_settings"].metrics_token
    given = request.headers.get("Authorization", "")
    return bool(wanted) and hmac.compare_digest(given.encode(), f"Bearer {wanted}".encode())


def _look() -> Sequence[Family]:
    """Five statements, whatever is stored: each follows an index to what is due, or to the newest rows."""
    now = real_now()
    return [*_due(now), *_open_questions(), *_lately(now), *_calls(now)]


def _due(now: datetime) -> Sequence[Family]:
    count = Family("portal_due", f"Rows that are due and held by no worker, {COUNTED} at most.")
    age = Family("portal_oldest_due_seconds", "How long the oldest of them has been due.")
    for kind, rows, oldest in session().execute(union_all(*(_due_of(table, now) for table in _queues()))):
        count.put(rows, kind=kind)
        age.put((now - _instant(oldest)).total_seconds() if oldest else 0, kind=kind)
    return count, age


def _queues() -> Sequence[Any]:
    """Every table of work that falls due, by its name."""
    found = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Due)]
    return sorted(found, key=lambda table: str(table.__tablename__))


def _due_of(table: Any, now: datetime) -> Select[Any]:
    oldest = select(table.due_at).where(table.due_at <= now).order_by(table.due_at).limit(COUNTED).subquery()
    return select(literal(table.__tablename__), func.count(), func.min(oldest.c.due_at)).select_from(oldest)


def _instant(value: datetime | str) -> datetime:
    """SQLite gives the least of a column as the text that it holds."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _open_questions() -> Sequence[Family]:
    unknown = Family("portal_payments_unknown", "Charges without a final answer, to be asked about again.")
    failing = Family("portal_deliveries_failing", "Webhooks that were not taken and are tried again.")
    endpoints = Family("portal_endpoints_failing", "Addresses that did not take a webhook which is tried again.")
    asked = select(Payment.id).where(Payment.status == "unknown", _is_scheduled(Payment)).limit(COUNTED).subquery()
    tried = select(Delivery.url).where(Delivery.tries > 0, _is_scheduled(Delivery)).limit(COUNTED).subquery()
    unknown.put(session().scalar(select(func.count()).select_from(asked)) or 0)
    rows, addresses = session().execute(select(func.count(), func.count(tried.c.url.distinct()))).one()
    failing.put(rows)
    endpoints.put(addresses)
    return unknown, failing, endpoints


def _is_scheduled(table: Any) -> ColumnElement[bool]:
    return or_(table.due_at.is_not(None), table.site_due_at.is_not(None))


def _lately(now: datetime) -> Sequence[Family]:
    """By state, what was made within the last hour."""
    messages = Family("portal_messages_last_hour", f"Texts and emails made within an hour by state, {COUNTED} at most.")
    attempts = Family("portal_attempts_last_hour", f"Tries to charge begun within an hour by state, {COUNTED} at most.")
    made = [_by_state(table, now - HOUR) for table in (Message, Attempt)]
    families = {"messages": messages, "attempts": attempts}
    for kind, state, rows in session().execute(union_all(*made)):
        families[kind].put(rows, status=state)
    return messages, attempts


def _by_state(table: Any, since: datetime) -> Select[Any]:
    newest = select(table.status).where(table.id >= _first_id(since)).order_by(table.id.desc()).limit(COUNTED)
    found = newest.subquery()
    return select(literal(table.__tablename__), found.c.status, func.count()).group_by(found.c.status)


def _first_id(since: datetime) -> uuid.UUID:
    """The least id of a row made since: ids begin with the real millisecond, whatever a site's own clock says."""
    return uuid.UUID(int=int(since.timestamp() * 1000) << 80)


def _calls(now: datetime) -> Sequence[Family]:
    """From the log of calls: all web processes write it, and each answers for all of them."""
    calls = Family("portal_api_calls_last_5_minutes", f"Calls of the API by status, {COUNTED} at most.")
    took = Family("portal_api_seconds_last_5_minutes", "How long these calls took together.")
    longest = Family("portal_api_longest_seconds_last_5_minutes", "How long the longest of them took.")
    newest = select(ApiRequest.dialect, ApiRequest.status, ApiRequest.duration_ms)
    newest = newest.where(ApiRequest.id >= _first_id(now - MINUTES)).order_by(ApiRequest.id.desc()).limit(COUNTED)
    found = newest.subquery()
    duration = found.c.duration_ms
    per_status = select(found.c.dialect, found.c.status, func.count(), func.sum(duration), func.max(duration))
    for dialect, status, rows, total, most in session().execute(per_status.group_by(found.c.dialect, found.c.status)):
        labels = {"dialect": dialect, "status": str(status)}
        calls.put(rows, **labels)
        took.put(int(total) / 1000, **labels)
        longest.put(most / 1000, **labels)
    return calls, took, longest
