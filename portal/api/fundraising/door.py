"""What makes this a dialect: its path, its bare key, its one shape of errors, and addresses in any spelling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from portal.api import door
from portal.api.answers import written
from portal.api.credentials import bare, bearer
from portal.api.dialect import Dialect
from portal.api.fundraising import digests
from portal.api.fundraising.spelling import AnySpelling
from portal.core.errors import InvalidFields, PortalError, Problem

# How the domain calls a field, and what callers of this dialect call it.
OUR_WORDS = {
    "currency": "agreementGuid",
    "customer": "contactGuid",
    "customer.email": "email",
    "customer.mobile_phone": "msisdn",
    "end_date": "expiresAfterDate",
    "external_id": "externalId",
    "frequency": "scheduleType",
    "payment_method": "paymentMethodGuid",
    "start_date": "startDate",
    "unit_amount": "unitPrice",
}


def write_error(error: PortalError, status: int) -> Response:
    """One sentence for people, a code for programs, and every wrong field by its name."""
    shape: dict[str, Any] = {"status": status, "code": error.code, "message": str(error)}
    if isinstance(error, InvalidFields):
        named = [replace(one, field=OUR_WORDS.get(one.field, one.field)) for one in error.problems]
        shape["message"] = " ".join(map(_sentence, named))
        shape["errors"] = [{"field": one.field, "code": one.kind, "message": one.message} for one in named]
    return written(shape, status)


FUNDRAISING = Dialect(
    name="fundraising",
    prefix="/fundraising",
    write_error=write_error,
    key_ways=(bearer, bare),
)

bp = Blueprint("fundraising", __name__, url_prefix=FUNDRAISING.prefix)
door.guard(bp, FUNDRAISING, check=digests.check)
bp.record_once(lambda state: AnySpelling.install(state.app))


def _sentence(problem: Problem) -> str:
    return f"{problem.field}: {problem.message}"
