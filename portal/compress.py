"""Sends pages and their files compressed: a phone on a slow network gets each first view in one flight."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

LEAST = 600  # bytes: less than that fits one packet anyway
KINDS = frozenset({"text/html", "text/css", "text/javascript", "application/javascript", "application/json"})
PLACES = ("/p/", "/static/", "/api/docs", "/api/openapi.json", "/api/postman.json")


def install(app: Flask) -> None:
    """Only where no secret can be guessed from the size of an answer.

    Whoever sends a victim's browser to a page of which they choose a part could learn the rest from how well it
    compresses. The customer's pages are safe: their address is the secret, and it is known before anything is sent.
    The console, whose pages repeat what was searched for beside the token of a session, is not compressed.
    """

    @app.after_request
    def compress(response: Response) -> Response:
        if request.path.startswith(PLACES) and response.mimetype in KINDS:
            response.vary.add("Accept-Encoding")
            if _may_be(response):
                _compress(response)
        return response


def _may_be(response: Response) -> bool:
    asked_whole = response.status_code not in {204, 206, 304} and "Content-Encoding" not in response.headers
    return asked_whole and request.method == "GET" and request.accept_encodings["gzip"] > 0


def _compress(response: Response) -> None:
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < LEAST:
        return
    is_file = request.path.startswith("/static/")
    response.set_data(_of_file(body) if is_file else gzip.compress(body, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"


@lru_cache(maxsize=32)
def _of_file(body: bytes) -> bytes:
    """Files do not change while the process runs: compressed once, and as well as can be."""
    return gzip.compress(body, 9, mtime=0)
