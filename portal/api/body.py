"""Reads a JSON body before any schema sees it: type, size, encoding, syntax."""

from __future__ import annotations

from typing import Any

from flask import g, request
from werkzeug.exceptions import RequestEntityTooLarge

from portal.core import json
from portal.core.errors import PortalError

JSON_TYPES = ("application/json", "text/json")


class NotJson(PortalError):
    status, code = 415, "unsupported_media_type"
    message = "Send the body as application/json."


class BadBody(PortalError):
    status, code = 400, "bad_json"


def read_object() -> dict[str, Any]:
    """The body as a JSON object, read once a request.

    Raises NotJson (415), BadBody (400); a body over 1 MB is 413 by the app's limit.
    """
    if "sent_object" not in g:
        value = _read()
        if not isinstance(value, dict):
            raise BadBody("The body must be one JSON object.")
        g.sent_object = value
    found: dict[str, Any] = g.sent_object
    return found


def read_list() -> list[Any]:
    """The body as a JSON array, for the calls that take one. Raises as read_object does."""
    value = _read()
    if not isinstance(value, list):
        raise BadBody("The body must be one JSON array.")
    return value


def sent_object() -> dict[str, Any]:
    """The same for a call that needs no body: empty where none was sent, or one that is not JSON."""
    return read_object() if _is_json() and request.get_data(cache=True) else {}


def _is_json() -> bool:
    return request.mimetype in JSON_TYPES or request.mimetype.endswith("+json")


def _refuse_cut(data: bytes) -> None:
    """A body that names no length is read up to the limit and no further, without a word of what was left."""
    if request.content_length is None and len(data) >= (request.max_content_length or len(data) + 1):
        raise RequestEntityTooLarge


def _read() -> Any:
    if not _is_json():
        raise NotJson
    data = request.get_data(cache=True)
    _refuse_cut(data)
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadBody("The body is not UTF-8.") from None
    except json.BadJson as error:
        raise BadBody(str(error)) from None
