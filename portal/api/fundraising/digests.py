"""The MD5 of a body that callers of this dialect may send beside it: where it is another body's, nothing is done."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import request

from portal.core.errors import PortalError

HEADERS = ("Content-MD5", "RequestMD5")


class OtherBody(PortalError):
    """What arrived is not what was sent, or the digest is none."""

    status, code = 400, "md5_mismatch"


def check() -> None:
    """Raises OtherBody unless each digest that was sent, in base64 or in hex, is that of the body."""
    for name in HEADERS:
        told = request.headers.get(name)
        if told is not None and not _is_of(request.get_data(cache=True), told.strip()):
            raise OtherBody(f"{name} is not the MD5 of the body that arrived. Send the MD5 in base64 or in hex.")


def _is_of(body: bytes, told: str) -> bool:
    digest = hashlib.md5(body, usedforsecurity=False)  # the caller's choice: a check sum, no proof of who sent it
    written = base64.b64encode(digest.digest()).decode()
    candidates = (written, written.rstrip("="), digest.hexdigest())
    spelled = told.lower() if len(told) == len(digest.hexdigest()) else told
    return any(hmac.compare_digest(one.encode(), spelled.encode()) for one in candidates)
