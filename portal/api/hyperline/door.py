"""What makes this a dialect: its path, errors as `{"message"}`, and its own headers for the rate limit."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, g

from portal.api import door
from portal.api.answers import written
from portal.api.buckets import Level
from portal.api.dialect import Dialect
from portal.core.clock import real_now
from portal.core.errors import InvalidFields, PortalError, Problem
from portal.sites.keys import Limit

# What our own fields are called here, where a rule of the domain names one.
OUR_WORDS = {
    "until": "reactivate_at",
    "start_date": "starts_at",
    "end_date": "cancel_at",
    "apply_on": "apply_at",
    "customer": "customer_id",
    "customer.email": "billing_email",
    "customer.mobile_phone": "phone",
    "customer.external_id": "external_id",
    "frequency": "billing_interval_period",
    "item_id": "payload.product_id",
    "coupon": "payload",
    "coupon.id": "payload.coupon_id",
    "coupon.name": "payload.name",
    "coupon.percent": "payload.discount_percent",
    "coupon.amount": "payload.discount_amount",
}


def write_error(error: PortalError, status: int) -> Response:
    """One sentence for people; several wrong fields are all named in it."""
    words = "; ".join(_named(one) for one in error.problems) if isinstance(error, InvalidFields) else str(error)
    return written({"message": words}, status)


HYPERLINE = Dialect(name="hyperline", prefix="/v1", write_error=write_error)

bp = Blueprint("hyperline", __name__, url_prefix=HYPERLINE.prefix)
door.guard(bp, HYPERLINE)


@bp.after_request
def tell_limit(response: Response) -> Response:
    """The limit in the names that clients of this dialect look for."""
    found: tuple[Level, Limit] | None = g.get("rate")
    if found is not None:
        level, limit = found
        full_at = real_now() + timedelta(microseconds=level.full_in_ns // 1000)
        response.headers["X-RateLimit-Limit"] = str(limit.burst)
        response.headers["X-RateLimit-Remaining"] = str(level.left)
        response.headers["X-RateLimit-Reset"] = full_at.isoformat(timespec="milliseconds")
    return response


def _named(problem: Problem) -> str:
    field = OUR_WORDS.get(problem.field, problem.field)
    return f"{field}: {problem.message}"
