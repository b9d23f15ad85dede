"""How the dialect writes the log of a subscription: what each change was, and what everything was before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from portal.api import casing
from portal.api.fundraising import shapes
from portal.api.fundraising.names import ENDED
from portal.api.fundraising.shapes import Engaged, Shape
from portal.billing.snapshot import local
from portal.core import json
from portal.core.changes import Change
from portal.core.database import session
from portal.sites.api_requests import ApiRequest
from portal.sites.models import Site

STATES = {"pending": "Pending", "active": "Active", "paused": "Inactive", "failed": "Error", "closed": "Inactive"}
FIELDS = {
    "agreement_id": "agreementGuid",
    "cancel_words": "cancelDescription",
    "data_set": "dataSetGuid",
    "end_on": "expiresAfterDate",
    "hold_words": "holdDescription",
    "method": "paymentMethod",
    "start_on": "startDate",
    "status": "state",
}
ENTITIES = {"item_update": "AddOn", "customer": "Contact"}
KEPT = ("state", "quantity", "startDate", "expiresAfterDate", "holdDescription", "externalId", "externalLink",
        "agreementGuid")  # fmt: skip


def of_subscription(site: Site, one: Engaged, limit: int | None) -> list[Shape]:
    """The newest first; `oldEntityJson` is today's state with every later change taken back."""
    mine = select(Change).where(Change.site_id == site.id, Change.subscription_id == one.subscription.id)
    rows = session().scalars(mine.order_by(Change.real_at.desc(), Change.id.desc()).limit(limit)).all()
    calls = _calls(site, rows)
    now = shapes.subscription_shape(site, one)
    entity: Shape = {"subscriptionGuid": now["subscriptionGuid"]} | {name: now[name] for name in KEPT}
    entity["startDate"] = one.terms.start_on  # as the log knows it: the day that was agreed
    found = []
    for row in rows:
        changed = _fields(row)
        old = {name: before for name, before, _ in changed}
        if row.entity == "subscription":
            entity = entity | old if row.what != "subscription added" else {}
            old = entity
        found.append(_shape(site, row, changed, json.dumps(old), calls.get(row.request_id)))
    return found


def _calls(site: Site, rows: Sequence[Change]) -> dict[str, ApiRequest]:
    """By which call of the API each was made, where it was one (X19: the real verb and route)."""
    ids = {row.request_id for row in rows if row.request_id}
    mine = select(ApiRequest).where(ApiRequest.site_id == site.id, ApiRequest.request_id.in_(ids))
    return {call.request_id: call for call in session().scalars(mine)} if ids else {}


def _shape(site: Site, row: Change, changed: list[tuple[str, Any, Any]], old: str, call: ApiRequest | None) -> Shape:
    what = f"{row.what[:1].upper()}{row.what[1:]}"
    return {
        "changeGuid": str(row.id),
        "createdTs": local(site, row.real_at),
        "entityType": ENTITIES.get(row.entity) or row.entity.title().replace("_", ""),
        "entityGuid": str(row.entity_id),
        "changeTs": local(site, row.at),
        "oldEntityJson": old,
        "changeDescription": f"{what} by {call.method} {call.path}" if call else what,
        "requester": row.actor_name,
        "systemRequest": row.actor in {"system", "machine"},
        "changes": [{"fieldName": name, "oldValue": before, "newValue": after} for name, before, after in changed],
    }


def _fields(row: Change) -> list[tuple[str, Any, Any]]:
    """(name, old, new) in the dialect's words."""
    said = {one["field"]: (one["old"], one["new"]) for one in row.fields}
    ended_by_itself = said.get("close_reason", (None, None))[1] in ENDED
    found = []
    for name, (before, after) in said.items():
        shown = FIELDS.get(name) or casing.camel(name)
        if name == "status":
            now = "Expired" if after == "closed" and ended_by_itself else STATES.get(after, after)
            found.append((shown, STATES.get(before, before), now))
        else:
            found.append((shown, before, after))
    return found
