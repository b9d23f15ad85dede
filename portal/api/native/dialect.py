"""What makes the native API a dialect: its path, and its errors in Hyfin's shape."""

from __future__ import annotations

from flask import Response

from portal.api.answers import written
from portal.api.dialect import Dialect
from portal.core.errors import InvalidFields, PortalError, Problem

TOP_LEVEL = frozenset({"id", "external_id", "description", "locale"})


def write_error(error: PortalError, status: int) -> Response:
    """`{"success": false, "errors": ["missing description"], "details": [...]}` (HF16, HF17; contract section 3)."""
    problems = error.problems if isinstance(error, InvalidFields) else []
    errors = [f"{p.kind} {_short(p)}" for p in problems] or [str(error)]
    details: list[dict[str, str | None]] = [
        {"field": p.field, "code": p.kind, "message": p.message} for p in problems
    ] or [{"field": None, "code": error.code, "message": str(error)}]
    return written({"success": False, "errors": errors, "details": details}, status)


def _short(problem: Problem) -> str:
    """`invalid mobile_phone`, not `invalid customer.mobile_phone`: the field's own name where that is unmistakable."""
    leaf = problem.field.rpartition(".")[2]
    return problem.field if leaf in TOP_LEVEL else leaf


NATIVE = Dialect(name="native", prefix="/api", write_error=write_error)
