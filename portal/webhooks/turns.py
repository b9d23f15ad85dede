"""Which deliveries come next: every address in its turn, and one that asked for time or hangs is left alone for it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from portal.core.clock import real_now
from portal.core.database import session
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks.models import Delivery

LOOKED_AT = 20_000
OF_ONE_ADDRESS = 50
AT_ONCE = 500
HANGING_REST = timedelta(minutes=1)


def due_in_turn() -> Sequence[uuid.UUID]:
    """What is due now and held by nobody: the oldest of each address first, so that a backlog hides nobody else."""
    due = (
        select(Delivery.id, Delivery.site_id, Delivery.endpoint_id, Delivery.due_at)
        .where(Delivery.due_at <= real_now())
        .order_by(Delivery.due_at)
        .limit(LOOKED_AT)
        .subquery()
    )
    turn = func.row_number().over(partition_by=(due.c.site_id, due.c.endpoint_id), order_by=due.c.due_at)
    placed = select(due.c.id, due.c.due_at, turn.label("turn")).subquery()
    wanted = select(placed.c.id).where(placed.c.turn <= OF_ONE_ADDRESS).order_by(placed.c.turn, placed.c.due_at)
    return session().scalars(wanted.limit(AT_ONCE)).all()


def rest(site: Site, delivery: Delivery, until: datetime) -> None:
    """Nothing else goes where this delivery goes before `until` (the site's time); no try is counted for it.

    Rows that another worker holds right now are left out: they are under way, or being settled.
    """
    if until <= clock.now(site):
        return
    others = select(Delivery.id).where(
        Delivery.site_id == site.id, Delivery.id != delivery.id, _same_address(delivery), _before(site, until)
    )
    ids = session().scalars(others.with_for_update(skip_locked=True)).all()
    if not ids:
        return
    times = clock.due(site, until)
    session().execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.status == "waiting")
        .values(due_at=times.due_at, site_due_at=times.site_due_at)
        .execution_options(synchronize_session=False)
    )


def rest_hanging(delivery_id: uuid.UUID) -> None:
    """Leave what else waits for the address of this delivery alone for a while: it does not answer.

    Otherwise a backlog of thousands would be tried for hours, each call holding a thread to its time limit. A site on
    a clock of its own is a rehearsal, whose times are those of the table.
    """
    delivery = session().get_one(Delivery, delivery_id)
    site = session().get_one(Site, delivery.site_id)
    if site.clock_at is None:
        rest(site, delivery, clock.now(site) + HANGING_REST)


def _same_address(delivery: Delivery) -> ColumnElement[bool]:
    if delivery.endpoint_id is not None:
        return Delivery.endpoint_id == delivery.endpoint_id
    return and_(Delivery.endpoint_id.is_(None), Delivery.url == delivery.url)


def _before(site: Site, until: datetime) -> ColumnElement[bool]:
    if site.clock_at is None:
        return Delivery.due_at < until
    return or_(Delivery.due_at.is_not(None), Delivery.site_due_at < until)
