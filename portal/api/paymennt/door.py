"""The dialect's door: keys in its header pairs, its envelope, and every error as HTTP 400 in its shape."""

from __future__ import annotations

import logging
import time
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from portal.api.answers import answer
from portal.api.auth import Unauthorized
from portal.core.context import name_actor
from portal.core.database import reading
from portal.core.errors import InvalidFields, NotFound, PortalError, Problem
from portal.sites import keys

log = logging.getLogger(__name__)

bp = Blueprint("paymennt", __name__, url_prefix="/mer/v2.0")

# The guides' names, those of today's reference, and those that the PHP client sends.
PAIRS = (
    ("X-POINTCHECKOUT-KEY", "X-POINTCHECKOUT-SECRET"),
    ("X-Paymennt-Api-Key", "X-Paymennt-Api-Secret"),
    ("X-PointCheckout-Api-Key", "X-PointCheckout-Api-Secret"),
)
# What keeps its own status in every dialect (contract section 5).
ALIKE = frozenset({401, 413, 415, 429, 500, 503})
OUR_WORDS = {
    "start_date": "startDate",
    "end_date": "endDate",
    "frequency": "sendEvery",
    "send_on_hour": "sendOnHour",
    "customer.mobile_phone": "customer.phone",
}


@bp.before_request
def knock() -> None:
    """Names the actor and puts the key's site into `g.site_id`. Raises Unauthorized."""
    g.began_ns = time.monotonic_ns()
    shown = _shown()
    if shown is None:
        raise Unauthorized("Give a valid key and secret: X-Paymennt-Api-Key and X-Paymennt-Api-Secret.")
    key_id, secret = shown
    with reading():
        known = keys.find(secret, key_id)
    if known is None:
        raise Unauthorized("Give a valid key and secret: X-Paymennt-Api-Key and X-Paymennt-Api-Secret.")
    g.site_id = known.site_id
    name_actor("merchant", known.key_id)


def _shown() -> tuple[str | None, str] | None:
    """Key id and secret; a bearer key names itself."""
    for id_header, secret_header in PAIRS:
        key_id, secret = (request.headers.get(name, "").strip() for name in (id_header, secret_header))
        if key_id and secret:
            return key_id, secret
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return (None, secret.strip()) if scheme.lower() == "bearer" and secret.strip() else None


def done(result: Any) -> Response:
    return answer({"success": True, "elapsed": _elapsed(), "result": result})


@bp.errorhandler(PortalError)
def refuse(error: PortalError) -> Response:
    """One sentence for people; several wrong fields are all named in it."""
    words = "; ".join(_named(one) for one in error.problems) if isinstance(error, InvalidFields) else str(error)
    status = error.status if error.status in ALIKE else 400
    response = answer({"success": False, "elapsed": _elapsed(), "error": words}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@bp.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    status = error.code if error.code in ALIKE else 400
    return answer({"success": False, "elapsed": _elapsed(), "error": error.description or "Refused."}, status)


@bp.errorhandler(Exception)
def _broken(error: Exception) -> Response:
    log.error("request failed", exc_info=error)
    words = "Something went wrong on our side. Try again."
    return answer({"success": False, "elapsed": _elapsed(), "error": words}, 500)


@bp.route("/", defaults={"rest": ""}, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@bp.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(rest: str) -> Response:
    """An address or a method that this API does not have is an error like any other."""
    raise NotFound("There is nothing at this address, or it does not take this method.")


def _named(problem: Problem) -> str:
    field = OUR_WORDS.get(problem.field, problem.field)
    return f"missing {field}" if problem.kind == "missing" else f"invalid {field}: {problem.message}"


def _elapsed() -> int:
    """Milliseconds since the request came in."""
    began: int = g.get("began_ns", time.monotonic_ns())
    return (time.monotonic_ns() - began) // 1_000_000
