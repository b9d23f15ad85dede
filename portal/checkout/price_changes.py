"""What a price became after the yes: from when it counts, and when the customer was told or agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import func, select

from portal.billing.models import Consent, Invoice
from portal.core.database import session
from portal.core.formats import amount
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.words import rhythm_words

MOST = 12


@dataclass(frozen=True, slots=True)
class PriceChange:
    """`first_day` is the first date that is charged by `new`; None where none was or will be. `counts`: it binds."""

    old: Terms
    new: Terms
    first_day: date | None
    agreed_at: datetime | None
    counts: bool

    @property
    def at(self) -> datetime:
        return self.new.created_at

    def words(self, locale: str) -> tuple[str, str]:
        """The old price and the new one; with their rhythm, where that has changed too."""
        old, new = (amount(terms.amount_minor, terms.currency, locale) for terms in (self.old, self.new))
        if self.old.rhythm == self.new.rhythm:
            return old, new
        return f"{old} {rhythm_words(self.old.rhythm, locale)}", f"{new} {rhythm_words(self.new.rhythm, locale)}"


def of(subscription: Subscription) -> tuple[PriceChange, ...]:
    """The newest changes since the first yes, in no order; one read, and none where nothing ever changed."""
    if subscription.version == 1:
        return ()
    billed = select(func.min(Invoice.period_start)).where(Invoice.terms_id == Terms.id, Invoice.status != "void")
    agreed = select(func.min(Consent.at)).where(Consent.terms_id == Terms.id, Consent.payer_id.is_(None))
    versions = session().execute(
        select(Terms, billed.scalar_subquery(), agreed.scalar_subquery())
        .where(Terms.subscription_id == subscription.id)
        .order_by(Terms.version.desc())
        .limit(MOST + 1)
    )
    found = sorted(versions, key=lambda row: row[0].version)
    first = next((terms.version for terms, _, agreed_at in found if agreed_at is not None), found[0][0].version)
    bound = next((terms.version for terms, *_ in found if terms.id == subscription.binding_terms_id), 0)
    return tuple(
        PriceChange(old, new, _first_day(subscription, new, day), agreed_at, new.version <= bound)
        for (old, *_), (new, day, agreed_at) in pairwise(found)
        if new.version > first and (old.amount_minor, old.rhythm) != (new.amount_minor, new.rhythm)
    )


def _first_day(subscription: Subscription, terms: Terms, billed: date | None) -> date | None:
    if billed is None and terms.id == subscription.binding_terms_id:
        return subscription.next_due_on
    return billed
