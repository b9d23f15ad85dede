"""Address of the native API: what a change would do, before it is made."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, Field

from portal.api import auth, casing
from portal.api.answers import answer
from portal.api.native import answers, values
from portal.api.native.manual import manual
from portal.api.native.reading import Read, refuse_problems
from portal.api.native.routes import bp, leniently
from portal.api.native.schemas import SubscriptionBody
from portal.core.database import session, transaction
from portal.sites.models import Site
from portal.subscriptions import find
from portal.subscriptions.simulate import Simulation, simulate
from portal.subscriptions.words import reason_words

MOST_DATES = 120


class SimulateQuery(BaseModel):
    """How far to look."""

    count: Annotated[int, values.whole(1, MOST_DATES, required=True)] = Field(
        5, ge=1, le=MOST_DATES, description="How many charges."
    )


class _ThrownAway(Exception):
    """Ends the transaction without keeping anything of it; holds what is answered."""

    def __init__(self, told: Response) -> None:
        super().__init__("nothing of this is kept")
        self.told = told


@bp.post("/subscription/<subscription_id>/simulate")
@manual.operation(
    "Simulate a change",
    tag="Subscriptions",
    body=SubscriptionBody,
    read=leniently,
    query=SimulateQuery,
    answers={200: answers.Simulated},
    body_example={"amount": 29.99},
)
def simulate_change(version: str, site_id: str, subscription_id: str, body: Read, query: SimulateQuery) -> Response:
    """Takes the body of addUpdate and answers which version there would be, what would differ, and the next charges.
    Nothing is saved and nobody is told."""
    mine = auth.own_site(site_id)
    refuse_problems(body.problems)
    try:
        with transaction():
            subscription = find.by_either_id(mine, subscription_id, lock=True)
            seen = simulate(session().get_one(Site, mine), subscription, body.order, query.count)
            raise _ThrownAway(answer(casing.written(_shape(seen), version)))
    except _ThrownAway as done:
        return done.told


def _shape(seen: Simulation) -> dict[str, Any]:
    return {
        "success": True,
        "version": seen.version,
        "changes": [{"field": name, "old": old, "new": new} for name, (old, new) in seen.changes.items()],
        "data": [
            {"date": one.on, "amount": one.amount.decimal, "reason": reason_words(one.reason, "en")}
            for one in seen.coming
        ],
    }
