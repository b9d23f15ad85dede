"""What every address of every dialect goes through: key, limit, scope and idempotency before, headers and log after."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from flask import Blueprint, Response, g

from portal.api import auth, idempotency, rate_limits, request_log
from portal.api.dialect import Dialect, register

Check = Callable[[], None]


def guard(bp: Blueprint, dialect: Dialect, *, check: Check | None = None) -> None:
    """Put a blueprint of this dialect behind the shared guard; headers of its own it adds with `bp.after_request`.

    `check` may refuse a call whose key is good, before anything of it is kept under its Idempotency-Key.
    """
    register(dialect)
    bp.before_request(functools.partial(_before, check))
    bp.after_request(_after)


def _before(check: Check | None) -> Response | None:
    g.began_ns = time.monotonic_ns()
    auth.require_key()
    if check is not None:
        check()
    return idempotency.begin()


def _after(response: Response) -> Response:
    response = rate_limits.tell(idempotency.finish(response))
    request_log.note(response)
    return response
