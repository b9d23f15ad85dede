"""Addresses of the dialect: the phases of a subscription."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import select

from portal.api.answers import answer
from portal.api.hyperline import answers, reading, update_shapes
from portal.api.hyperline.door import bp
from portal.api.hyperline.manual import manual
from portal.api.hyperline.subscriptions import TAG
from portal.core.database import reading as only_reading
from portal.core.database import session
from portal.core.errors import NotFound
from portal.subscriptions import phases
from portal.subscriptions.models import Terms


@bp.get("/subscriptions/<subscription_id>/phases", strict_slashes=False)
@manual.operation("Get subscription phases", tag=TAG, answers={200: answers.Phases})
def list_phases(subscription_id: str) -> Response:
    """The present one, those before it, and those that are planned."""
    with only_reading():
        found = _phases(subscription_id)
    return answer({"meta": {"total": len(found), "taken": len(found), "skipped": 0}, "data": found})


@bp.get("/subscriptions/<subscription_id>/phases/<phase_id>", strict_slashes=False)
@manual.operation("Get subscription phase", tag=TAG, answers={200: answers.Phase})
def get_phase(subscription_id: str, phase_id: str) -> Response:
    """One phase with its products."""
    with only_reading():
        found = next((one for one in _phases(subscription_id) if one["id"] == phase_id), None)
    if found is None:
        raise NotFound("Phase not found")
    return answer(found)


def _phases(subscription_id: str) -> list[dict[str, Any]]:
    found = reading.subscription(subscription_id)
    terms = session().scalars(select(Terms).where(Terms.subscription_id == found.id)).all()
    return update_shapes.phase_shapes(reading.whole(found), phases.all_of(found.id), terms)
