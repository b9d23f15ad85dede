"""Who knocks at the API: a bearer key, known by its hash, speaking for one site."""

from __future__ import annotations

import uuid

from flask import g, request

from portal.core.context import name_actor
from portal.core.database import reading
from portal.core.errors import NotFound, PortalError
from portal.core.ids import read_id
from portal.sites import keys


class Unauthorized(PortalError):
    status, code = 401, "unauthorized"
    message = "Give a valid API key: Authorization: Bearer sk_…"


def require_key() -> None:
    """Guard of every API blueprint: names the actor and puts the key's site into `g.site_id`. Raises Unauthorized."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthorized
    with reading():
        known = keys.find(secret.strip())
    if known is None:
        raise Unauthorized
    g.site_id = known.site_id
    name_actor("merchant", known.key_id)


def own_site(site_id: str) -> uuid.UUID:
    """The site of the path, where it is the key's own; any other is as unknown as one that does not exist."""
    mine: uuid.UUID = g.site_id
    if read_id(site_id) != mine:
        raise NotFound("There is no such site for this key.")
    return mine
