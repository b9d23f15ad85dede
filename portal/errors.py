"""Every error leaves in the shape of who asked: a dialect's JSON, or a page in the look of the product."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from portal.api import dialect
from portal.checkout import language
from portal.core.errors import PortalError

log = logging.getLogger(__name__)

WORDS = {
    400: "The request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is too large: 1 MB at most, a file 5 MB.",
    415: "Send the body as application/json.",
}
PAGES = frozenset({400, 403, 404, 405, 410, 413, 415, 422, 429, 500, 503})


class _AsPortalError(PortalError):
    def __init__(self, status: int, message: str, code: str) -> None:
        super().__init__(message, code=code)
        self.status = status


def install(app: Flask) -> None:
    app.register_error_handler(PortalError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def _refused(error: PortalError) -> Response:
    g.error = error  # what comes after may want to know more than the status
    asked = dialect.of(request.path)
    return asked.refuse(error) if asked else page(error.status)


def _http(error: HTTPException) -> Response:
    if error.response is not None and error.code is not None and error.code < 400:
        return make_response(error.response)
    status = error.code or 500
    if (asked := dialect.of(request.path)) is not None:
        code = (error.name or "error").lower().replace(" ", "_")
        response = asked.refuse(_AsPortalError(status, WORDS.get(status, error.name or "Error"), code))
    else:
        response = page(status, _minutes(error))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _broken(error: Exception) -> Response:
    """The last resort (ASVS 16.5.4): the log has the cause, the answer only says that it is our fault."""
    log.error("request failed", exc_info=error)
    if (asked := dialect.of(request.path)) is not None:
        return asked.refuse(_AsPortalError(500, "Something went wrong on our side. Try again.", "internal_error"))
    return page(500)


def page(status: int, retry_minutes: int = 0) -> Response:
    """The page of an error, in the language of the browser."""
    name = f"errors/{status}.html" if status in PAGES else "errors/500.html" if status >= 500 else "errors/404.html"
    lang = language.current()
    words = {"lang": lang, "dir": language.direction(lang), "retry_minutes": retry_minutes}
    return make_response(render_template(name, **words), status)


def _minutes(error: HTTPException) -> int:
    """How long somebody who asked too often has to wait, where the refusal says so; 0 else."""
    seconds = getattr(error, "retry_after", None)
    return -(-seconds // 60) if isinstance(seconds, int) else 0
