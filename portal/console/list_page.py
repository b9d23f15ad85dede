"""The request history: what was asked of whom, how far it came, and the box that finds it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.console import calls, listing, words
from portal.console import times as times_of
from portal.console.door import bp, signed_in
from portal.console.forms import FilterForm
from portal.console.frame import Frame, frame
from portal.console.list_rows import Line, lines
from portal.console.listing import Counts, Wanted
from portal.core.database import reading
from portal.core.ids import read_id
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    count_text: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the chart: how many requests came this far."""

    label: str
    count_text: str
    percent: int


@dataclass(frozen=True, slots=True)
class ListPage:
    """Everything the template shows; `nothing` says why it is empty: "" (it is not), "first", "filters" or "search"."""

    heading: str
    lines: Sequence[Line]
    tabs: Sequence[Tab]
    steps: Sequence[Step]
    zone: str
    shown_text: str
    newer: str
    older: str
    clear: str
    nothing: str
    filters_text: str
    example_site: str


@bp.get("")
def home() -> Response:
    return redirect(url_for("console.requests"), 303)


@bp.get("/requests")
def requests() -> Response:
    """Exactly one hit of a search leads straight to it."""
    person, form = signed_in(), FilterForm(request.args)
    with reading():
        sites = listing.sites_seen(person.only_site)
        chosen = _chosen(sites, form)
        wanted = _wanted(chosen, form, form.validate())
        found = listing.page(wanted)
        if _is_only_hit(wanted, found):
            return redirect(url_for("console.request_page", request_id=found.rows[0].request.id), 303)
        if not found.rows and calls.exists(wanted.q, wanted.site_ids):
            return redirect(url_for("console.api_calls", q=wanted.q), 303)  # a call that changed no subscription
        shown = lines(found.rows, {site.id: site for site in chosen}, in_full=person.may_act)
        page = _page(wanted, found, listing.count(wanted), shown, chosen)
        around = frame(person, chosen, current="requests", query=wanted.q)
        choices = {"": "All sites"} | {str(site.id): site.name for site in sites}
    form.site.choices = choices if len(sites) > 1 else {}
    return make_response(_rendered(page, form, around), 422 if form.errors else 200)


def _rendered(page: ListPage, form: FilterForm, around: Frame) -> str:
    return render_template("console/requests.html", page=page, form=form, frame=around)


def _chosen(sites: Sequence[Site], form: FilterForm) -> Sequence[Site]:
    """The site of the address bar where it is one of the person's, else all of them."""
    return [site for site in sites if str(site.id) == form.site.data] or sites


def _wanted(sites: Sequence[Site], form: FilterForm, is_valid: bool) -> Wanted:
    zone_name = sites[0].timezone if sites else "UTC"
    everything = Wanted(tuple(site.id for site in sites), zone_name)
    if not is_valid:
        return everything
    return Wanted(
        everything.site_ids,
        zone_name,
        state=form.state.data if form.state.data in words.STATES else "",
        since=form.since.data,
        until=form.until.data,
        q=(form.q.data or "").replace("\x00", "").strip(),
        after=read_id(request.args.get("after", "")),
        before=read_id(request.args.get("before", "")),
    )


def _is_only_hit(wanted: Wanted, found: listing.Page) -> bool:
    narrowed = wanted.state or wanted.since or wanted.until or wanted.after or wanted.before
    return bool(wanted.q) and not narrowed and len(found.rows) == 1


def _page(
    wanted: Wanted, found: listing.Page, counts: Counts, shown: Sequence[Line], sites: Sequence[Site]
) -> ListPage:
    rows = found.rows
    total = _total_text(counts)
    in_state = total if not wanted.state else f"{counts.by_state.get(wanted.state, 0):,}"
    heading = f"{in_state} {'result' if in_state == '1' else 'results'} for “{wanted.q}”" if wanted.q else "Requests"
    return ListPage(
        heading=heading,
        lines=shown,
        tabs=_tabs(wanted, counts),
        steps=_steps(counts),
        zone=times_of.zone_text(wanted.zone_name),
        shown_text=f"{words.counted(len(rows), 'request')} here, {in_state} in all",
        newer=_address(wanted, before=str(rows[0].request.id)) if rows and found.has_newer else "",
        older=_address(wanted, after=str(rows[-1].request.id)) if rows and found.has_older else "",
        clear=url_for("console.requests"),
        nothing="" if rows else _nothing(wanted),
        filters_text=_filters_text(wanted),
        example_site=str(sites[0].id) if sites else "…",
    )


def _tabs(wanted: Wanted, counts: Counts) -> list[Tab]:
    """Each state with its count; beyond what is counted the newest are no measure, so no number is shown."""
    tabs = [Tab("All", _total_text(counts), _address(wanted, state=""), not wanted.state)]
    for state, label in words.STATES.items():
        count_text = "" if counts.is_cut else f"{counts.by_state.get(state, 0):,}"
        tabs.append(Tab(label, count_text, _address(wanted, state=state), wanted.state == state))
    return tabs


def _steps(counts: Counts) -> list[Step]:
    sent = counts.reached["sent"]
    if not sent or counts.is_cut:
        return []
    return [Step(name.capitalize(), f"{many:,}", many * 100 // sent) for name, many in counts.reached.items()]


def _total_text(counts: Counts) -> str:
    return f"{listing.COUNTED_TO:,}+" if counts.is_cut else f"{counts.total:,}"


def _nothing(wanted: Wanted) -> str:
    if wanted.state or wanted.since or wanted.until or wanted.after or wanted.before:
        return "filters"
    return "search" if wanted.q else "first"


def _filters_text(wanted: Wanted) -> str:
    """ "Expired, from March 1, 2026, to March 5, 2026": the filters as a sentence."""
    days = [("from", wanted.since), ("to", wanted.until)]
    parts = [f"{word} {times_of.day_heading(day)}" for word, day in days if day]
    if wanted.state:
        parts.insert(0, words.STATES[wanted.state])
    if wanted.q:
        parts.append(f"“{wanted.q}”")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _address(wanted: Wanted, **changed: str) -> str:
    """This page with other filters; whoever changes one begins at the newest again."""
    values = {
        "state": wanted.state,
        "from": wanted.since.isoformat() if wanted.since else "",
        "to": wanted.until.isoformat() if wanted.until else "",
        "q": wanted.q,
        "site": request.args.get("site", ""),
    } | changed
    query = urlencode({name: value for name, value in values.items() if value})
    return url_for("console.requests") + (f"?{query}" if query else "")
