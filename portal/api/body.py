"""Reads a JSON body before any schema sees it: type, size, encoding, syntax."""

from __future__ import annotations

from typing import Any

from flask import request

from portal.core import json
from portal.core.errors import PortalError

JSON_TYPES = ("application/json", "text/json")


class NotJson(PortalError):
    status, code = 415, "unsupported_media_type"
    message = "Send the body as application/json."


class BadBody(PortalError):
    status, code = 400, "bad_json"


def read_object() -> dict[str, Any]:
    """The body as a JSON object. Raises NotJson (415), BadBody (400); a body over 1 MB is 413 by the app's limit."""
    if request.mimetype not in JSON_TYPES and not request.mimetype.endswith("+json"):
        raise NotJson
    try:
        value = json.loads(request.get_data(cache=False).decode("utf-8"))
    except UnicodeDecodeError:
        raise BadBody("The body is not UTF-8.") from None
    except json.BadJson as error:
        raise BadBody(str(error)) from None
    if not isinstance(value, dict):
        raise BadBody("The body must be one JSON object.")
    return value
