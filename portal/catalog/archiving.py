"""What a merchant no longer offers is archived: hidden, not to be taken any more; whoever has it keeps it."""

from __future__ import annotations

from portal.catalog.add_ons import AddOn
from portal.catalog.agreements import Agreement
from portal.core import changes
from portal.core.errors import NotAllowedNow
from portal.sites import clock
from portal.sites.models import Site


def archive(site: Site, offer: Agreement | AddOn) -> None:
    """Repeating it is no error."""
    if offer.archived_at is None:
        offer.archived_at = clock.now(site)
        _note(site, offer, "archived", (None, offer.archived_at.isoformat()))


def unarchive(site: Site, offer: Agreement | AddOn) -> None:
    """Offered again. Raises NotAllowedNow where it was not archived."""
    if offer.archived_at is None:
        raise NotAllowedNow("This is not archived.")
    _note(site, offer, "unarchived", (offer.archived_at.isoformat(), None))
    offer.archived_at = None


def _note(site: Site, offer: Agreement | AddOn, what: str, archived: tuple[str | None, str | None]) -> None:
    kind = "agreement" if isinstance(offer, Agreement) else "add_on"
    changes.record(
        f"{kind.replace('_', '-')} {what}",
        site_id=site.id,
        entity=kind,
        entity_id=offer.id,
        at=clock.now(site),
        fields={"archived_at": archived},
    )
