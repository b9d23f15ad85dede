"""What a merchant adds to the invoices of a subscription: a memo its customer reads, and one that stays inside.

Each change is a row of its own, and an invoice keeps what was said when it was issued: the newest one older than it.
"""

from __future__ import annotations

import uuid
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Row, session
from portal.core.keep import given
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.orders import SubscriptionOrder


class Memo(Row):
    """Both memos as they stand from now on; ids are in the order of time."""

    __tablename__ = "memos"
    __table_args__ = (Index(None, "subscription_id"),)

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    for_customer: Mapped[str]
    internal: Mapped[str]
    created_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Memos:
    """Both; empty where nothing was said."""

    for_customer: str = ""
    internal: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """All that was said about one subscription, oldest first."""

    rows: Sequence[Memo] = field(default_factory=list)

    @property
    def now(self) -> Memos:
        return _memos(self.rows[-1]) if self.rows else Memos()

    def on(self, invoice_id: uuid.UUID) -> Memos:
        """What stands on this invoice for good."""
        before = bisect_left(self.rows, invoice_id.int, key=lambda row: row.id.int)
        return _memos(self.rows[before - 1]) if before else Memos()


def of(subscription_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Said]:
    """By subscription, in one read; of one without memos an empty one."""
    found: dict[uuid.UUID, list[Memo]] = defaultdict(list)
    wanted = select(Memo).where(Memo.subscription_id.in_(subscription_ids)).order_by(Memo.id)
    for row in session().scalars(wanted):
        found[row.subscription_id].append(row)
    return {one: Said(found[one]) for one in subscription_ids}


def save(site: Site, subscription_id: uuid.UUID, order: SubscriptionOrder) -> dict[str, tuple[Any, Any]]:
    """Write what the order says of memos, where it is news: field → (old, new)."""
    old = of([subscription_id])[subscription_id].now
    new = Memos(given(order.customer_memo, old.for_customer) or "", given(order.internal_memo, old.internal) or "")
    changed = {
        name: (before or None, after or None)
        for name, before, after in (
            ("customer_memo", old.for_customer, new.for_customer),
            ("internal_memo", old.internal, new.internal),
        )
        if before != after
    }
    if changed:
        session().add(
            Memo(
                site_id=site.id,
                subscription_id=subscription_id,
                for_customer=new.for_customer,
                internal=new.internal,
                created_at=clock.now(site),
            )
        )
    return changed


def _memos(row: Memo) -> Memos:
    return Memos(row.for_customer, row.internal)
