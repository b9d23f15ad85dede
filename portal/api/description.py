"""Addresses of the API's own description: the OpenAPI document, built once a process and kept by its hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, request

from portal.api import openapi
from portal.core import json
from portal.core.settings import Settings

bp = Blueprint("api_description", __name__, url_prefix="/api")

KEPT = "portal_api_document"


@dataclass(frozen=True, slots=True)
class Document:
    """The document, and the bytes and hash of what is sent."""

    shape: dict[str, Any]
    sent: bytes
    etag: str


@bp.get("/openapi.json")
def openapi_json() -> Response:
    """Everything the API takes and answers, in every dialect."""
    known = document()
    return cached(Response(known.sent, mimetype="application/json"), known.etag)


def document() -> Document:
    """Built at the first call: by then every door is registered."""
    if KEPT not in current_app.extensions:
        settings: Settings = current_app.extensions["portal_settings"]
        shape = openapi.build(current_app._get_current_object(), settings.public_url)  # type: ignore[attr-defined]
        sent = json.dumps(shape).encode()
        current_app.extensions[KEPT] = Document(shape, sent, hashlib.sha256(sent).hexdigest()[:32])
    known: Document = current_app.extensions[KEPT]
    return known


def cached(response: Response, etag: str) -> Response:
    """The same for everybody, asked for again after five minutes; 304 where the reader has it already."""
    response.set_etag(etag)
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"  # public, without credentials: viewers elsewhere may read it
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.make_conditional(request)
    return response
