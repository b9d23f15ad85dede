"""JSON answers of the API: exact numbers, and errors in the shape of the dialect that asked."""

from __future__ import annotations

from typing import Any

from flask import Response

from portal.core import json
from portal.core.errors import InvalidFields, PortalError, Problem

TOP_LEVEL = frozenset({"id", "external_id", "description", "locale"})


def answer(shape: Any, status: int = 200) -> Response:
    return Response(json.dumps(shape) + "\n", status, mimetype="application/json")


def native_error(error: PortalError) -> Response:
    """`{"success": false, "errors": ["missing description"], "details": [...]}` (HF16, HF17; contract section 3)."""
    problems = error.problems if isinstance(error, InvalidFields) else []
    errors = [f"{p.kind} {_short(p)}" for p in problems] or [str(error)]
    details: list[dict[str, str | None]] = [
        {"field": p.field, "code": p.kind, "message": p.message} for p in problems
    ] or [{"field": None, "code": error.code, "message": str(error)}]
    response = answer({"success": False, "errors": errors, "details": details}, error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _short(problem: Problem) -> str:
    """`invalid mobile_phone`, not `invalid customer.mobile_phone`: the field's own name where that is unmistakable."""
    leaf = problem.field.rpartition(".")[2]
    return problem.field if leaf in TOP_LEVEL else leaf
