"""The native API's versions: v4 has taken over v3 and v3.1, which go on answering."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from flask import Response, request

from portal.api import succession
from portal.api.succession import Superseded

SUPERSEDED = {version: Superseded("v4", since=date(2026, 1, 1)) for version in ("v3", "v3.1")}


def tell_successor(response: Response) -> Response:
    """After every view of the native blueprint."""
    version = (request.view_args or {}).get("version", "")
    superseded = SUPERSEDED.get(version)
    if superseded is None:
        return response
    path = quote(request.path, safe="/:@!$&'()*+,;=~")
    return succession.tell(response, superseded, path.replace(f"/{version}/", f"/{superseded.successor}/", 1))
