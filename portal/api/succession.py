"""Versions that a later one has taken over: their answers say so and where it is (RFC 9745, RFC 5829, RFC 8594)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from flask import Response


@dataclass(frozen=True, slots=True)
class Superseded:
    """Since when new work should use `successor`; `sunset_on`: from then on it may stop answering, None: no plan."""

    successor: str
    since: date
    sunset_on: date | None = None


def tell(response: Response, superseded: Superseded, successor_path: str) -> Response:
    """Add Deprecation, Link and, where a last day is set, Sunset."""
    response.headers["Deprecation"] = f"@{int(_midnight(superseded.since).timestamp())}"
    response.headers.add("Link", f'<{successor_path}>; rel="successor-version"')
    if superseded.sunset_on is not None:
        response.headers["Sunset"] = format_datetime(_midnight(superseded.sunset_on), usegmt=True)
    return response


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
