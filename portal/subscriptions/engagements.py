"""What a merchant's own system keeps beside a subscription: its agreement, and words and marks of its own."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import changes
from portal.core.database import Row, session
from portal.core.keep import KEEP, NotGiven, given
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import external_ids
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription


class Engagement(Row):
    """At most one a subscription; nothing in it is charged by: that is what the terms are for."""

    __tablename__ = "engagements"

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"), unique=True)
    agreement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agreements.id"))
    external_link: Mapped[str | None]  # where the merchant's own system shows it
    origin_at: Mapped[datetime | None]  # when it began there; nothing is counted from it
    data_set: Mapped[str | None]
    hold_words: Mapped[str | None]
    cancel_words: Mapped[str | None]


def of(subscription: Subscription) -> Engagement:
    """The one of this subscription, made where there is none. The subscription's row is locked by the caller."""
    found = session().scalar(select(Engagement).where(Engagement.subscription_id == subscription.id))
    if found is None:
        found = Engagement(site_id=subscription.site_id, subscription_id=subscription.id)
        session().add(found)
        session().flush()
    return found


def keep(
    site: Site,
    subscription: Subscription,
    *,
    external_id: str | None | NotGiven = KEEP,
    tells: bool = True,
    **values: Any,
) -> None:
    """Change what is kept beside it, with its line in the log; the same values again change nothing.

    With `tells` off no event is published: the words belong to a move that is told by itself. The row is locked by
    the caller. Raises InvalidFields where another subscription has the external id.
    """
    differences = note(of(subscription), **values)
    wanted = given(external_id, subscription.external_id)
    if wanted != subscription.external_id:
        external_ids.reserve(site.id, wanted, subscription.id)
        differences["external_id"] = (subscription.external_id, wanted)
        subscription.external_id = wanted
    if not differences:
        return
    changes.record(
        "subscription updated",
        site_id=site.id,
        entity="subscription",
        entity_id=subscription.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields=differences,
    )
    if tells:
        announce(site, subscription, "subscription", "updated", version=subscription.version)


def note(engagement: Engagement, **values: Any) -> dict[str, tuple[Any, Any]]:
    """Set these fields; field → (old, new) for what is different now, as the log holds it."""
    found = {}
    for name, value in values.items():
        before = getattr(engagement, name)
        if before != value:
            found[name] = (_plain(before), _plain(value))
            setattr(engagement, name, value)
    return found


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, (uuid.UUID, datetime)) else value
