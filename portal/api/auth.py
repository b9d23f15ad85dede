"""Who knocks at the API: a key, known by its hash, speaking for one site and within its scopes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request

from portal.api import credentials, dialect, rate_limits
from portal.api.credentials import Unauthorized
from portal.core.context import name_actor
from portal.core.database import reading
from portal.core.errors import NotFound, PortalError
from portal.core.ids import read_id
from portal.sites import keys
from portal.sites.keys import KnownKey

_NEEDED = "_needed_scope"
_ENDED = {"revoked": "This API key was revoked.", "expired": "This API key has expired."}
View = TypeVar("View", bound=Callable[..., Any])


class Forbidden(PortalError):
    status, code = 403, "forbidden"


def needs(scope: str) -> Callable[[View], View]:
    """Mark a view as needing this scope; without a mark reading needs `read` and everything else `write`."""
    assert scope in keys.SCOPES

    def mark(view: View) -> View:
        setattr(view, _NEEDED, scope)
        return view

    return mark


def require_key() -> None:
    """Name the actor, put the key into `g.key` and its site into `g.site_id`.

    Raises Unauthorized, Forbidden, TooManyCalls. One who is over the limit costs no SQL.
    """
    asked = dialect.of(request.path)
    credentials.refuse_in_address(request.args)
    shown = credentials.presented(request.headers.get, asked.key_ways if asked else (credentials.bearer,))
    is_counted = rate_limits.take_if_known(shown.secret)
    with reading():
        known = keys.find(shown.secret, shown.key_id)
    if known is None:
        raise Unauthorized
    g.key, g.site_id = known, known.site_id
    name_actor("merchant", known.key_id)
    if known.state != "good":
        raise Unauthorized(f"{_ENDED[known.state]} {Unauthorized.message}")
    rate_limits.take(shown.secret, known, is_counted=is_counted)
    _refuse_out_of_scope(known)


def own_site(site_id: str) -> uuid.UUID:
    """The site of the path, where it is the key's own; any other is as unknown as one that does not exist."""
    mine: uuid.UUID = g.site_id
    if read_id(site_id) != mine:
        raise NotFound("There is no such site for this key.")
    return mine


def _refuse_out_of_scope(known: KnownKey) -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    default = "read" if request.method in {"GET", "HEAD", "OPTIONS"} else "write"
    needed = getattr(view, _NEEDED, default)
    if needed not in known.scopes:
        raise Forbidden(
            f"This key may not do that: it needs the scope {needed}, and has {', '.join(sorted(known.scopes))}."
        )
