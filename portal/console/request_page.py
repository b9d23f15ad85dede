"""One request: the answer in a sentence, everything that happened, and what support can do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, make_response, render_template, request
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response

from portal.console import calls_told, changes_told, messages_told, money_told, story, webhooks_told
from portal.console.access import SignedIn
from portal.console.door import bp, signed_in
from portal.console.entries import Day, Entry, by_day
from portal.console.forms import ShowForm
from portal.console.frame import Frame, frame
from portal.console.story import NEWEST, Story
from portal.console.summary import Summary, summary
from portal.core.database import reading
from portal.core.errors import NotFound
from portal.core.ids import read_id
from portal.core.settings import Settings

SHOWN = {"messages": "Messages and opens", "money": "Money", "api": "API calls and webhooks", "staff": "Staff"}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a button: `problem` says why it did nothing, `address` is shown once and never kept."""

    done: str = ""
    problem: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class RequestPage:
    """`replaced_by_newer`: a later request exists, and the buttons belong to that one."""

    summary: Summary
    days: Sequence[Day]
    is_cut: bool
    most: int
    replaced_by_newer: bool
    choices: dict[str, str]


DONE = {
    "sent": Told(done="Sent again. Earlier links still work."),
    "new": Told(done="New link made. Copy it, or send it again. Links from before say where to get the new one."),
    "revoked": Told(done="Link revoked. Nobody can open this request until there is a new link."),
}


@bp.get("/requests/<request_id>")
def request_page(request_id: str) -> Response:
    return shown(request_id, DONE.get(request.args.get("done", ""), Told()))


def shown(request_id: str, told: Told, status: int = 200) -> Response:
    """The page in a transaction of its own, rendered after it. 404 where there is no such request to see."""
    person, our_id, form = signed_in(), read_id(request_id), ShowForm(request.args)
    if our_id is None:
        raise NoSuchPage
    page, around = _read(our_id, person, form.show.data or "")
    form.show.choices = page.choices
    return make_response(render_template("console/request.html", page=page, told=told, form=form, frame=around), status)


def _read(request_id: uuid.UUID, person: SignedIn, show: str) -> tuple[RequestPage, Frame]:
    with reading():
        try:
            found = story.of_request(request_id, person.only_site)
        except NotFound:
            raise NoSuchPage from None
        entries = timeline(found)
        page = RequestPage(
            summary=summary(found, in_full=person.may_act),
            days=by_day([entry for entry in entries if show not in SHOWN or entry.group == show], found.site),
            is_cut=found.is_cut,
            most=NEWEST,
            replaced_by_newer=not found.is_newest_request,
            choices={"": f"All {len(entries)} events"} | SHOWN,
        )
        return page, frame(person, [found.site], current="requests")


def timeline(found: Story) -> list[Entry]:
    """Every entry, in no order yet."""
    settings: Settings = current_app.extensions["portal_settings"]
    host = urlsplit(settings.public_url).netloc
    return [
        *calls_told.told(found),
        *changes_told.told(found),
        *messages_told.told(found, host),
        *money_told.told(found),
        *webhooks_told.told(found, settings.public_url),
    ]
