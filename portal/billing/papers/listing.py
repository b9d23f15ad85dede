"""The payments that have papers, page by page: the newest first, in two reads whatever the history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_

from portal.billing.models import Invoice, Payment
from portal.core.database import session

PAGE = 12


@dataclass(frozen=True, slots=True)
class PaidPage:
    """Payments with their invoices; `older` is where the next page begins, None at the end."""

    paid: Sequence[tuple[Payment, Invoice]]
    older: uuid.UUID | None


def paid(subscription_id: uuid.UUID, after: uuid.UUID | None = None, limit: int = PAGE) -> PaidPage:
    """Those that are older than payment `after`; an unknown one, or somebody else's, begins at the newest."""
    mine = (
        select(Payment, Invoice)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.subscription_id == subscription_id, Payment.paid_at.is_not(None))
        .order_by(Payment.paid_at.desc(), Payment.id.desc())
        .limit(limit + 1)
    )
    last = session().get(Payment, after) if after else None
    if last is not None and last.subscription_id == subscription_id and last.paid_at is not None:
        mine = mine.where(tuple_(Payment.paid_at, Payment.id) < tuple_(last.paid_at, last.id))
    rows = [(row[0], row[1]) for row in session().execute(mine)]
    return PaidPage(rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None)
