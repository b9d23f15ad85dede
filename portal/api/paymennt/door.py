"""What makes this a dialect: its path, its header pairs, its envelope, and every error as HTTP 400 in its shape."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, g

from portal.api import door
from portal.api.answers import answer, written
from portal.api.credentials import bearer, pair
from portal.api.dialect import Dialect
from portal.core.errors import InvalidFields, PortalError, Problem

# The guides' names, those of today's reference, and those that the PHP client sends.
PAIRS = (
    ("X-POINTCHECKOUT-KEY", "X-POINTCHECKOUT-SECRET"),
    ("X-Paymennt-Api-Key", "X-Paymennt-Api-Secret"),
    ("X-PointCheckout-Api-Key", "X-PointCheckout-Api-Secret"),
)
OUR_WORDS = {
    "start_date": "startDate",
    "end_date": "endDate",
    "frequency": "sendEvery",
    "send_on_hour": "sendOnHour",
    "customer.mobile_phone": "customer.phone",
}


def write_error(error: PortalError, status: int) -> Response:
    """One sentence for people; several wrong fields are all named in it."""
    words = "; ".join(_named(one) for one in error.problems) if isinstance(error, InvalidFields) else str(error)
    return written({"success": False, "elapsed": _elapsed(), "error": words}, status)


PAYMENNT = Dialect(
    name="paymennt",
    prefix="/mer/v2.0",
    write_error=write_error,
    key_ways=(*(pair(*names) for names in PAIRS), bearer),
)

bp = Blueprint("paymennt", __name__, url_prefix=PAYMENNT.prefix)
door.guard(bp, PAYMENNT)


def done(result: Any) -> Response:
    """The answer of a view; where the view writes, made inside its transaction."""
    return answer({"success": True, "elapsed": _elapsed(), "result": result})


def _named(problem: Problem) -> str:
    field = OUR_WORDS.get(problem.field, problem.field)
    return f"missing {field}" if problem.kind == "missing" else f"invalid {field}: {problem.message}"


def _elapsed() -> int:
    """Milliseconds since the request came in; 0 where nobody came so far as to be timed."""
    began: int = g.get("began_ns", time.monotonic_ns())
    return (time.monotonic_ns() - began) // 1_000_000
