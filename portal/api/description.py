"""Addresses of the API's own description: the OpenAPI document, its pages, and a Postman collection."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request
from markupsafe import Markup, escape
from werkzeug.exceptions import NotFound

from portal.api import openapi, postman
from portal.api.calls import Call, of_edition
from portal.api.operation import described
from portal.api.shared import Edition, Shared
from portal.core import json
from portal.core.settings import Settings

_CODE = re.compile(r"`([^`]+)`")

bp = Blueprint("api_description", __name__, url_prefix="/api")

KEPT = "portal_api_document"


@dataclass(frozen=True, slots=True)
class Document:
    """The document, who speaks in it, and the bytes that are sent. Built at the first call: by then all doors are."""

    shape: dict[str, Any]
    manuals: tuple[Shared, ...]
    kept: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` gave at the first call."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]


@bp.get("/openapi.json")
def openapi_json() -> Response:
    """Everything the API takes and answers, in every dialect."""
    known = document()
    return _sent("openapi", lambda: known.shape)


@bp.get("/postman.json")
def postman_json() -> Response:
    """The same calls as a Postman collection."""
    known = document()
    names = [edition.name for edition in _editions(known)]
    return _sent("postman", lambda: postman.collection(known.shape, names))


@bp.get("/docs")
@bp.get("/docs/<name>")
def docs(name: str | None = None) -> Response:
    """One page a version or dialect, made on the server; the script adds copying and trying, nothing to read."""
    known = document()
    editions = _editions(known)
    edition = next((one for one in editions if name in (None, one.name)), None)
    if edition is None:
        raise NotFound
    sections = known.once(f"calls {edition.name}", lambda: _sections(known.shape, edition))
    page = DocsPage(
        edition=edition,
        others=tuple(editions),
        about=next(manual.about for manual in known.manuals if edition in manual.editions),
        base=known.shape["servers"][0]["url"],
        lead=tuple(known.shape["info"]["description"].split("\n* ")),
        version=known.shape["info"]["version"],
        sections=sections,
    )
    return make_response(render_template("api/docs.html", page=page))


@dataclass(frozen=True, slots=True)
class Section:
    """The calls about one subject."""

    tag: str
    calls: tuple[Call, ...]

    @property
    def anchor(self) -> str:
        return self.tag.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class DocsPage:
    """What templates/api/docs.html shows."""

    edition: Edition
    others: tuple[Edition, ...]
    about: str
    base: str
    lead: tuple[str, ...]
    version: str
    sections: tuple[Section, ...]

    @property
    def names_site(self) -> bool:
        """The site stands in the addresses; elsewhere it is the key's."""
        return any("{site_id}" in call.path for section in self.sections for call in section.calls)

    def say(self, text: str) -> Markup:
        """What stands between back quotes as code; everything is escaped first."""
        return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped a line above


def document() -> Document:
    """The one of this process."""
    return built(current_app._get_current_object())  # type: ignore[attr-defined]


def built(app: Flask) -> Document:
    """The document of an application, built once."""
    if KEPT not in app.extensions:
        settings: Settings = app.extensions["portal_settings"]
        manuals = {r.operation.manual.name: r.operation.manual for r in described(app) if r.operation is not None}
        app.extensions[KEPT] = Document(openapi.build(app, settings.public_url), tuple(manuals.values()))
    known: Document = app.extensions[KEPT]
    return known


def collection(app: Flask) -> dict[str, Any]:
    """The Postman collection of an application."""
    known = built(app)
    return postman.collection(known.shape, [edition.name for edition in _editions(known)])


def _editions(known: Document) -> list[Edition]:
    return [edition for manual in known.manuals for edition in manual.editions]


def _sections(shape: dict[str, Any], edition: Edition) -> tuple[Section, ...]:
    calls = list(of_edition(shape, edition.name))
    tags = dict.fromkeys(call.tag for call in calls)
    return tuple(Section(tag, tuple(call for call in calls if call.tag == tag)) for tag in tags)


def _sent(name: str, make: Callable[[], Any]) -> Response:
    """The same for everybody, asked for again after five minutes; 304 where the reader has it already."""
    sent: bytes = document().once(f"{name} sent", lambda: json.dumps(make()).encode())
    response = Response(sent, mimetype="application/json")
    response.set_etag(document().once(f"{name} etag", lambda: hashlib.sha256(sent).hexdigest()[:32]))
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"  # public, without credentials: viewers elsewhere may read it
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.make_conditional(request)
    return response
