"""Invoice numbers: INV-000001 and on for each site, without gaps, given in the order of payment after settlement.

An invoice that is collected by link is numbered when its link is sent."""

from __future__ import annotations

import uuid

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    String,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.billing.models import Invoice
from portal.core.database import Row, one_at_a_time, session
from portal.core.ids import new_id

BATCH = 1000
PADDED_BELOW = 1_000_000  # INV-999999 is followed by INV-1000000

_WAITING = (or_(Invoice.paid_at.is_not(None), Invoice.sent_at.is_not(None)), Invoice.invoice_number.is_(None))
_SINCE = func.coalesce(Invoice.sent_at, Invoice.paid_at)


class InvoiceCounter(Row):
    """The last number that a site has given."""

    __tablename__ = "invoice_counters"
    __table_args__ = (CheckConstraint("last_number >= 0", name="counts_up"),)

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"), unique=True)
    last_number: Mapped[int] = mapped_column(BigInteger)


def waiting_site() -> uuid.UUID | None:
    """A site with settled invoices that have no number yet."""
    return session().scalar(select(Invoice.site_id).where(*_WAITING).order_by(Invoice.site_id).limit(1))


def number_settled(site_id: uuid.UUID, limit: int = BATCH) -> int:
    """Number up to `limit` settled invoices of a site, those paid first first; how many there were.

    One pass at a time for a site, and the counter moves with the numbers in one transaction: what rolls back leaves
    no gap. An invoice that is settled later than another and committed earlier keeps its lower number.
    """
    one_at_a_time(f"invoice numbers {site_id}")
    last = session().scalar(select(InvoiceCounter.last_number).where(InvoiceCounter.site_id == site_id))
    if last is None:
        session().execute(insert(InvoiceCounter).values(id=new_id(), site_id=site_id, last_number=0))
    given = _give_numbers(site_id, last or 0, limit)
    if given:
        session().execute(
            update(InvoiceCounter)
            .where(InvoiceCounter.site_id == site_id)
            .values(last_number=InvoiceCounter.last_number + given)
        )
    return given


def _give_numbers(site_id: uuid.UUID, last: int, limit: int) -> int:
    first = (
        select(Invoice.id, _SINCE.label("since"))
        .where(Invoice.site_id == site_id, *_WAITING)
        .order_by(_SINCE, Invoice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # what changes this moment waits for the next pass: no number may be lost
        .subquery()
    )
    place = func.row_number().over(order_by=(first.c.since, first.c.id))
    placed = select(first.c.id, (literal(last) + place).label("number")).subquery()
    padded = func.substr(cast(PADDED_BELOW + placed.c.number, String), 2)
    digits = case((placed.c.number < PADDED_BELOW, padded), else_=cast(placed.c.number, String))
    done = session().execute(
        update(Invoice)
        .where(Invoice.id == placed.c.id, Invoice.invoice_number.is_(None))
        .values(invoice_number=literal("INV-") + digits)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
