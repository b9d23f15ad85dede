"""API calls: the list with its filters in the address bar, and a page for each call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import simplejson
from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response

from portal.console import calls, listing, times
from portal.console.calls import Wanted
from portal.console.door import bp, signed_in
from portal.console.forms import CallFilterForm
from portal.console.frame import frame
from portal.console.list_page import Tab
from portal.console.list_rows import Badge
from portal.core import json
from portal.core.clock import real_now
from portal.core.database import reading
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.core.json import BadJson
from portal.sites.api_requests import ApiRequest
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class CallLine:
    call_id: uuid.UUID
    method: str
    path: str
    outcome: Badge
    duration: str
    key: str
    request_id: str
    site: str
    at_text: str
    at_iso: str


@dataclass(frozen=True, slots=True)
class CallsPage:
    """Everything the list shows; `nothing` says why it is empty: "" (it is not), "first" or "filters"."""

    heading: str
    lines: Sequence[CallLine]
    tabs: Sequence[Tab]
    zone: str
    newer: str
    older: str
    clear: str
    is_filtered: bool
    nothing: str


@dataclass(frozen=True, slots=True)
class CallPage:
    title: str
    outcome: Badge
    at_text: str
    at_iso: str
    call: ApiRequest
    key: str
    site: str
    body: str
    answer: str
    made: Sequence[calls.Made]


@bp.get("/api-calls")
def api_calls() -> Response:
    """A request id leads straight to its call."""
    person, form = signed_in(), CallFilterForm(request.args)
    with reading():
        sites = listing.sites_seen(person.only_site)
        chosen = [site for site in sites if str(site.id) == form.site.data] or sites
        wanted = _wanted(chosen, form, form.validate())
        found = calls.page(wanted)
        if wanted.request_id and len(found.rows) == 1:
            return redirect(url_for("console.api_call", call_id=found.rows[0].id), 303)
        keys = calls.keys_of(wanted.site_ids)
        page = _page(wanted, found, keys, chosen)
        around = frame(person, chosen, current="api_calls", query=wanted.request_id)
        form.key.choices = {"": "All keys"} | keys
        choices = {"": "All sites"} | {str(site.id): site.name for site in sites}
    form.site.choices = choices if len(sites) > 1 else {}
    shown = render_template("console/api_calls.html", page=page, form=form, frame=around)
    return make_response(shown, 422 if form.errors else 200)


@bp.get("/api-calls/<call_id>")
def api_call(call_id: str) -> Response:
    person, our_id = signed_in(), read_id(call_id)
    if our_id is None:
        raise NoSuchPage
    with reading():
        try:
            call, site, key = calls.one(our_id, person.only_site)
        except NotFound:
            raise NoSuchPage from None
        at = times.local(call.at, site.timezone)
        page = CallPage(
            title=f"{call.method} {call.path}",
            outcome=_outcome(call),
            at_text=f"{times.full_moment(at)}, {times.zone_text(site.timezone)}",
            at_iso=at.isoformat(timespec="milliseconds"),
            call=call,
            key=key,
            site=site.name,
            body=_indented(call.body),
            answer=_indented(call.answer),
            made=calls.made_by(call),
        )
        around = frame(person, [site], current="api_calls")
    return make_response(render_template("console/api_call.html", page=page, frame=around))


def _wanted(sites: Sequence[Site], form: CallFilterForm, is_valid: bool) -> Wanted:
    everything = Wanted(tuple(site.id for site in sites), sites[0].timezone if sites else "UTC")
    if not is_valid:
        return everything
    return Wanted(
        everything.site_ids,
        everything.zone_name,
        outcome=form.outcome.data if form.outcome.data in calls.OUTCOMES else "",
        method=form.method.data if form.method.data in calls.METHODS else "",
        key_id=form.key.data or "",
        path=_plain(form.path.data),
        since=form.since.data,
        until=form.until.data,
        request_id=_plain(form.q.data),
        after=read_id(request.args.get("after", "")),
        before=read_id(request.args.get("before", "")),
    )


def _plain(text: str | None) -> str:
    return (text or "").replace("\x00", "").strip()


def _page(wanted: Wanted, found: calls.Page, keys: dict[str, str], sites: Sequence[Site]) -> CallsPage:
    rows, named = found.rows, {site.id: site for site in sites}
    now = real_now()
    narrowed = (wanted.method, wanted.key_id, wanted.path, wanted.since, wanted.until, wanted.request_id)
    return CallsPage(
        heading=f"API calls with request id “{wanted.request_id}”" if wanted.request_id else "API calls",
        lines=[_line(row, named[row.site_id], keys, now, len(named) > 1) for row in rows],
        tabs=[
            Tab(label, "", _address(wanted, outcome=outcome), wanted.outcome == outcome)
            for outcome, label in ({"": "All"} | calls.OUTCOMES).items()
        ],
        zone=times.zone_text(wanted.zone_name),
        newer=_address(wanted, before=str(rows[0].id)) if rows and found.has_newer else "",
        older=_address(wanted, after=str(rows[-1].id)) if rows and found.has_older else "",
        clear=url_for("console.api_calls"),
        is_filtered=any(narrowed),
        nothing="" if rows else "filters" if any(narrowed) or wanted.outcome or wanted.after else "first",
    )


def _line(row: ApiRequest, site: Site, keys: dict[str, str], now: datetime, name_site: bool) -> CallLine:
    at = times.local(row.at, site.timezone)
    return CallLine(
        call_id=row.id,
        method=row.method,
        path=calls.shorter(row.path),
        outcome=_outcome(row),
        duration=f"{row.duration_ms:,} ms",
        key=keys.get(row.key_id, row.key_id),
        request_id=row.request_id,
        site=site.name if name_site else "",
        at_text=times.second(at, times.local(now, site.timezone)),
        at_iso=at.isoformat(timespec="milliseconds"),
    )


def _outcome(call: ApiRequest) -> Badge:
    """The status with a shape that says how it went."""
    if call.is_replayed:
        return Badge("replaced", f"{call.status} replayed")
    return Badge("active" if call.status < 400 else "paused" if call.status < 500 else "failed", str(call.status))


def _indented(text: str | None) -> str:
    """JSON on many lines; what is cut or no JSON as it is."""
    if not text:
        return ""
    try:
        return simplejson.dumps(json.loads(text), indent=2, use_decimal=True, ensure_ascii=False)
    except BadJson:
        return text


def _address(wanted: Wanted, **changed: str) -> str:
    """This page with other filters; whoever changes one begins at the newest again."""
    values = {
        "outcome": wanted.outcome,
        "method": wanted.method,
        "key": wanted.key_id,
        "path": wanted.path,
        "from": wanted.since.isoformat() if wanted.since else "",
        "to": wanted.until.isoformat() if wanted.until else "",
        "q": wanted.request_id,
        "site": request.args.get("site", ""),
    } | changed
    query = urlencode({name: value for name, value in values.items() if value})
    return url_for("console.api_calls") + (f"?{query}" if query else "")
