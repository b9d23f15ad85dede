"""JSON answers of the API: exact numbers, and kept under the caller's Idempotency-Key with the work they tell of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from portal.api import idempotency
from portal.core import json


def answer(shape: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer of a view. Where the view writes, it answers inside its transaction(): see portal.api.idempotency."""
    response = written(shape, status, headers)
    idempotency.keep(response)
    return response


def written(shape: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as every dialect writes it."""
    return Response(json.dumps(shape) + "\n", status, headers=dict(headers or {}), mimetype="application/json")
