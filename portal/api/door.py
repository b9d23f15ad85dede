"""What every address of every dialect goes through: key, limit, scope and idempotency before, headers and log after."""

from __future__ import annotations

import time

from flask import Blueprint, Response, g

from portal.api import auth, idempotency, rate_limits, request_log
from portal.api.dialect import Dialect, register


def guard(bp: Blueprint, dialect: Dialect) -> None:
    """Put a blueprint of this dialect behind the shared guard; headers of its own it adds with `bp.after_request`."""
    register(dialect)
    bp.before_request(_before)
    bp.after_request(_after)


def _before() -> Response | None:
    g.began_ns = time.monotonic_ns()
    auth.require_key()
    return idempotency.begin()


def _after(response: Response) -> Response:
    response = rate_limits.tell(idempotency.finish(response))
    request_log.note(response)
    return response
